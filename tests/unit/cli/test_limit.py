"""`-l`: which clusters."""

from __future__ import annotations

from pathlib import Path

import pytest

from remediate.cli.limit import limited, with_served
from remediate.errors import InputError
from remediate.model.inventory import Cluster, Host, Inventory, Role

NAMES = ("exp-c-east", "exp-c-west", "cucm-east")


def cluster(name: str) -> Cluster:
    """One Expressway-C or CUCM cluster with one node, in the group of its site."""
    role = Role.EXPRESSWAY_C if name.startswith("exp") else Role.CUCM_PUBLISHER
    host = Host(name=f"{name}-1", address="192.0.2.1", fqdn=f"{name}-1.example.test", role=role, cluster=name)
    return Cluster(
        name=name,
        role="expressway-c" if name.startswith("exp") else "cucm",
        hosts=(host,),
        groups=(name.rpartition("-")[2],),
        serves=("cucm-east",) if name == "exp-c-east" else (),
    )


INVENTORY = Inventory(clusters=tuple(map(cluster, NAMES)))


@pytest.mark.parametrize(
    ("pattern", "chosen"),
    [
        ("exp-c-east", {"exp-c-east"}),
        ("exp-*", {"exp-c-east", "exp-c-west"}),
        ("east", {"exp-c-east", "cucm-east"}),
        ("exp-c-east,cucm-east", {"exp-c-east", "cucm-east"}),
        ("exp-*:&east", {"exp-c-east"}),
        ("exp-*:!east", {"exp-c-west"}),
        ("!east", {"exp-c-west"}),
        ("all", set(NAMES)),
    ],
)
def test_pattern(pattern: str, chosen: set[str]) -> None:
    """Names, groups, globs, intersection and exclusion, as Ansible's hands type them."""
    assert limited(pattern, INVENTORY) == frozenset(chosen)


def test_no_pattern() -> None:
    """Without a pattern nothing is narrowed."""
    assert limited("", INVENTORY) is None
    assert with_served(None, INVENTORY) is None


def test_from_file(tmp_path: Path) -> None:
    """`@file` reads one part per line and leaves comments out."""
    (tmp_path / "limit").write_text("# the east\nexp-c-east\n\ncucm-east\n", encoding="utf-8")
    assert limited(f"@{tmp_path / 'limit'}", INVENTORY) == frozenset({"exp-c-east", "cucm-east"})


def test_single_peer_is_refused() -> None:
    """A peer's name does not silently select its whole cluster: the error names the cluster."""
    with pytest.raises(InputError, match="say exp-c-east"):
        limited("exp-c-east-1", INVENTORY)


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("exp-c-eastt", "did you mean exp-c-east"),
        ("east:&west", "selects no cluster"),
        ("@/nonexistent", "^/nonexistent: cannot be read: No such file or directory$"),
    ],
)
def test_nothing_selected(pattern: str, words: str) -> None:
    """A pattern that selects nothing is an error, never an empty run."""
    with pytest.raises(InputError, match=words):
        limited(pattern, INVENTORY)


def test_served_clusters_are_read_too() -> None:
    """Judging an Expressway-C cluster needs the UC clusters that it serves."""
    assert with_served(frozenset({"exp-c-east"}), INVENTORY) == frozenset({"exp-c-east", "cucm-east"})

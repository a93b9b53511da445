"""What lint says without a network."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from remediate.files.lint import lint
from remediate.files.project import load_desired

PROJECT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def playbook(tmp_path: Path, days: int) -> Path:
    """A workaround that ends in so many days, and an inventory for it."""
    (tmp_path / "clusters.yml").write_text(
        "clusters:\n  exp-c:\n    role: expressway-c\n    peers:\n      exp-c-1: {address: 10.0.0.1}\n"
    )
    until = (NOW + timedelta(days=days)).isoformat().replace("+00:00", "Z")
    file = tmp_path / "off.yml"
    file.write_text(
        "plays:\n  - name: off\n    hosts: all\n    desired: {verify_origin_server: Off}\n"
        f"    workaround: {{owner: A, ticket: B, reason: C, expires: '{until}'}}\n"
    )
    return file


@pytest.mark.parametrize(
    ("days", "words"), [(3, ""), (20, "is long; 14 is plenty"), (31, "30 at most"), (-1, "has ended already")]
)
def test_workaround(tmp_path: Path, days: int, words: str) -> None:
    """Above 14 days it warns, above 30 it refuses (operations rule 18)."""
    found = lint([tmp_path, playbook(tmp_path, days)], NOW)
    assert [words in str(error) for error in found] == ([True] if words else [])


def test_folder_of_ansible(tmp_path: Path) -> None:
    """It stands for its hosts file, and the variables beside it are not taken for inventories."""
    (tmp_path / "hosts").write_text("[expressway_c]\nexp-c-1 ansible_host=192.0.2.1\n")
    (tmp_path / "site.yml").write_text("- hosts: all\n")
    assert lint([tmp_path], NOW) == ()


def test_empty_inventory(tmp_path: Path) -> None:
    """One line says so."""
    (tmp_path / "clusters.yml").write_text("# nothing yet\n")
    assert [str(error) for error in lint([tmp_path], NOW)] == [f"{tmp_path / 'clusters.yml'}: empty file"]


def test_every_file_is_looked_at(tmp_path: Path) -> None:
    """A file that does not load hides no other."""
    (tmp_path / "a.yml").write_text("a: *b")
    (tmp_path / "b.yml").write_text("plays: [{nme: x}]")
    assert len(lint([tmp_path / "a.yml", tmp_path / "b.yml"], NOW)) == 2


@pytest.mark.parametrize(
    ("play", "words"),
    [
        ("desired: {originz: verified}", ":4:15: unknown key 'originz': did you mean origins?"),
        ("desired: {origins: verifyed}", ":4:24: 'verifyed' is not known here: did you mean verified?"),
        ("desired: {origins: '{{ origins }}'}", ""),
        ("desired: {}\n    remedies: [upload-missing]", ":5:16: 'upload-missing' is not known here"),
        ("desired: {}\n    workaround: {owner: A}", ":5:17: ticket is missing"),
    ],
)
def test_playbook_alone(tmp_path: Path, play: str, words: str) -> None:
    """Without an inventory a playbook's keys and plain words are checked all the same, with line and column."""
    file = tmp_path / "playbook.yml"
    file.write_text(f"plays:\n  - name: one\n    hosts: all\n    {play}\n")
    found = [str(error) for error in lint([file], NOW)]
    assert [words in error for error in found] == ([True] if words else []), found


def test_shipped_playbooks() -> None:
    """The playbooks that are shipped have no mistake of form."""
    assert lint(sorted((PROJECT / "playbooks").glob("*.yml")), NOW) == ()


def test_example_inventory() -> None:
    """The example loads, and every shipped playbook that needs no variables of yours loads on it."""
    assert lint([PROJECT / "inventories" / "example"], NOW) == ()
    for name in ("mra-origin-verification.yml", "mra-readiness.yml"):
        assert load_desired(PROJECT / "inventories" / "example", PROJECT / "playbooks" / name).plays
    words = {f"workaround_{key}": key for key in ("owner", "ticket", "reason")}
    until = {"workaround_expires": "2026-12-01T06:00:00Z"}
    workaround = PROJECT / "playbooks" / "mra-workaround.yml"
    assert load_desired(PROJECT / "inventories" / "example", workaround, words | until).plays[0].workaround is not None


def test_policy(tmp_path: Path) -> None:
    """The policy beside an inventory is checked with it."""
    (tmp_path / "clusters.yml").write_text("clusters: {c: {role: expressway-c, peers: {p: {address: 10.0.0.1}}}}\n")
    (tmp_path / "policy.yml").write_text("soak: soon\n")
    [found] = lint([tmp_path], NOW)
    assert "policy.yml:1:" in str(found)

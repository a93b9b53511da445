"""`-l`: which clusters. A cluster is changed as a whole, so a pattern names clusters, never single peers."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from remediate.errors import InputError
from remediate.model.inventory import Cluster, Inventory

OPTION = "--limit"


def limited(pattern: str, inventory: Inventory) -> frozenset[str] | None:
    """Names of the clusters a pattern selects; None for no pattern.

    Parts stand between commas or colons: a name, a group or a glob adds, `&b` keeps those also in b,
    `!b` takes away, `@file` reads one part per line. Raises InputError for a part that selects nothing.
    """
    if not pattern:
        return None
    chosen: set[str] = set()
    parts = tuple(_parts(pattern))
    if parts and parts[0][0] in "&!":
        chosen = {cluster.name for cluster in inventory.clusters}
    for part in parts:
        names = _matching(part.lstrip("&!"), inventory)
        chosen = chosen & names if part[0] == "&" else chosen - names if part[0] == "!" else chosen | names
    if not chosen:
        raise InputError(f"{pattern} selects no cluster", path=OPTION)
    return frozenset(chosen)


def with_served(clusters: frozenset[str] | None, inventory: Inventory) -> frozenset[str] | None:
    """The same and the UC clusters that they serve: judging needs both sides."""
    if clusters is None:
        return None
    return clusters.union(*(c.serves for c in inventory.clusters if c.name in clusters))


def _parts(pattern: str) -> Iterator[str]:
    for part in filter(None, (p.strip() for p in pattern.replace(":", ",").split(","))):
        yield from _from_file(Path(part[1:])) if part.startswith("@") else (part,)


def _from_file(path: Path) -> tuple[str, ...]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", path=str(path)) from error
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def _matching(word: str, inventory: Inventory) -> set[str]:
    names = {c.name for c in inventory.clusters if _matches(word, c)}
    if names:
        return names
    holder = next((c.name for c in inventory.clusters for h in c.hosts if fnmatchcase(h.name, word)), "")
    if holder:
        hint = f"the peers of a cluster are changed together: say {holder}"
        raise InputError(f"{word} is a node, and a limit names clusters", path=OPTION, hint=hint)
    from remediate.cli.parser import nearest  # noqa: PLC0415 - only for the message

    near = nearest(word, (c.name for c in inventory.clusters))
    raise InputError(f"no cluster {word}", path=OPTION, hint=f"did you mean {near}?" if near else "")


def _matches(word: str, cluster: Cluster) -> bool:
    return word == "all" or any(fnmatchcase(name, word) for name in (cluster.name, *cluster.groups))

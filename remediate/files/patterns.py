"""Ansible's host patterns over clusters: `a:b`, `a:&b`, `a:!b`, globs, `all`, `@file`.

A cluster is changed as a whole, so a pattern names clusters and groups, never single peers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from remediate.errors import InputError
from remediate.files.convert import nearest
from remediate.files.reading import MEBIBYTE, decoded, read_bounded
from remediate.model.inventory import Cluster


def select(pattern: str, clusters: Iterable[Cluster], where: str) -> tuple[str, ...]:
    """Names of the clusters a pattern selects, in their order.

    Parts stand between commas or colons: a name, a group or a glob adds, `&b` keeps those also in b, `!b` takes
    away, `@file` reads one part per line. `where` names the option or place in the InputError raised for a part
    that matches nothing, or when nothing is left.
    """
    known = tuple(clusters)
    chosen: set[str] = set()
    parts = tuple(_parts(pattern))
    if parts and parts[0][0] in "&!":
        chosen = {cluster.name for cluster in known}
    for part in parts:
        names = _matching(part.lstrip("&!"), known, where)
        chosen = chosen & names if part[0] == "&" else chosen - names if part[0] == "!" else chosen | names
    if not chosen:
        raise InputError(f"{pattern!r} selects no cluster", path=where)
    return tuple(cluster.name for cluster in known if cluster.name in chosen)


def _parts(pattern: str) -> Iterator[str]:
    for part in filter(None, (p.strip() for p in pattern.replace(":", ",").split(","))):
        yield from _from_file(Path(part[1:])) if part.startswith("@") else (part,)


def _from_file(path: Path) -> tuple[str, ...]:
    lines = decoded(read_bounded(path, MEBIBYTE, InputError), str(path), InputError).splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def _matching(word: str, clusters: tuple[Cluster, ...], where: str) -> set[str]:
    names = {c.name for c in clusters if word == "all" or any(fnmatchcase(n, word) for n in (c.name, *c.groups))}
    if names:
        return names
    holder = next((c.name for c in clusters for h in c.hosts if fnmatchcase(h.name, word)), "")
    if holder:
        hint = f"the peers of a cluster are changed together: say {holder}"
        raise InputError(f"{word} is a node, and a pattern names clusters", path=where, hint=hint)
    words = {name for c in clusters for name in (c.name, *c.groups)}
    raise InputError(f"no cluster or group {word!r}", path=where, hint=nearest(word, words))

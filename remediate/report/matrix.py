"""The matrix peers × UC servers' ports with its views side by side: now, after the steps, after an upgrade."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from remediate.model.finding import Connection, TlsLink
from remediate.report.as_text.words import state
from remediate.report.dossier import Dossier

Key = tuple[str, str, str, int]


@dataclass(frozen=True)
class Cell:
    """One peer and one port: the connection in each view, None where it is not judged."""

    connections: tuple[Connection | None, ...]

    @property
    def words(self) -> tuple[str, ...]:
        """One word per view; a single one where nothing differs."""
        told = tuple(state(c) if c else "–" for c in self.connections)
        return told[:1] if len(set(told)) == 1 else told


@dataclass(frozen=True)
class Row:
    """One port of one UC server."""

    server: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Matrix:
    """One Expressway-C cluster."""

    cluster: str
    views: tuple[str, ...]
    peers: tuple[str, ...]
    rows: tuple[Row, ...]
    now: tuple[Connection, ...]


def matrices(dossier: Dossier) -> tuple[Matrix, ...]:
    """One per Expressway-C cluster, those that fail first."""
    plan = dossier.plan
    if plan is None:
        return ()
    views = [("before the run" if dossier.run else "now", plan.before)]
    views += [("after the steps", plan.after)] if plan.steps and plan.after else []
    views += [("after an upgrade", dossier.upgraded)] if dossier.upgraded else []
    clusters = tuple(dict.fromkeys(c.link.cluster for c in plan.before))
    made = [_matrix(cluster, views) for cluster in clusters]
    return tuple(sorted(made, key=lambda m: not any(c.state == "fails" for c in m.now)))


def _matrix(cluster: str, views: list[tuple[str, tuple[Connection, ...]]]) -> Matrix:
    found = [{_key(c.link): c for c in connections if c.link.cluster == cluster} for _, connections in views]
    now = tuple(found[0].values())
    peers = tuple(dict.fromkeys(c.link.peer for c in now))
    servers = {(c.link.origin_cluster, c.link.origin, c.link.port): c.link for c in now}
    rows = tuple(
        Row(_server(link, found[1:]), tuple(_cell(found, peer, place) for peer in peers))
        for place, link in servers.items()
    )
    return Matrix(cluster, tuple(name for name, _ in views), peers, rows, now)


def _key(link: TlsLink) -> Key:
    return (link.peer, link.origin_cluster, link.origin, link.port)


def _cell(found: Iterable[dict[Key, Connection]], peer: str, place: tuple[str, str, int]) -> Cell:
    return Cell(tuple(view.get((peer, *place)) for view in found))


def _server(link: TlsLink, later: Iterable[dict[Key, Connection]]) -> str:
    """With the name asked for, and the one that the steps change it to."""
    renamed = next((c.link.asked for v in later for k, c in v.items() if k == _key(link)), link.asked)
    then = f", then as {renamed}" if renamed != link.asked else ""
    return f"{link.origin}:{link.port} (asked as {link.asked}{then})"

"""Which UC server fails on which peer, on which port, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from remediate.model.finding import Connection, Finding
from remediate.report.as_text.findings import findings_lines
from remediate.report.as_text.words import (
    OFF_EXPOSES,
    SAME_NAME,
    SINCE_X14_2,
    STATES,
    count,
    log_lines,
    moment,
    names,
    state,
    tally,
    why,
    would_fail,
)
from remediate.report.sanitize import page
from remediate.report.tables import blocks, fits, table

_ORDER = tuple(STATES)
_MOST_GROUPS = 20
_MOST_REASONS = 8
WITH_CHECK_ON = "What would fail passes only because nothing is checked: it fails as soon as VerifyOriginServer is On."


def verify(
    connections: Sequence[Connection], findings: Sequence[Finding], taken_at: datetime, columns: int = 100
) -> str:
    """Matrix, then what is not good with its reasons, then findings, then one line to end with."""
    return page(
        (
            f"Read {moment(taken_at)}.",
            *_matrices(connections, columns),
            *_troubles(connections),
            *findings_lines(findings, columns),
            *_background(connections, findings),
            "",
            f"Verify: {tally(connections)}.",
        )
    )


def matrix(connections: Sequence[Connection], columns: int = 100) -> tuple[str, ...]:
    """UC servers down, peers across, the state in each cell. All of one Expressway-C cluster.

    Where that is too wide, a name that only repeats the server's own is left out, then peers go below one another.
    """
    peers = tuple(dict.fromkeys(c.link.peer for c in connections))
    cells = {(_server(c), c.link.peer): state(c) for c in connections}
    servers = {_server(c): _short(c) for c in connections}
    rows = [(server, *(cells.get((server, peer), "-") for peer in peers)) for server in servers]
    headers = ("UC server", *peers)
    if fits(headers, rows, columns):
        return table(headers, rows, columns)
    return blocks(headers, [(servers[row[0]], *row[1:]) for row in rows], columns)


def grouped(connections: Sequence[Connection]) -> tuple[tuple[Connection, ...], ...]:
    """Connections alike but for peer and UC server, together; the worst state first, in it the rarest.

    Each group holds every one of its peers with every one of its servers.
    """
    servers: dict[object, list[Connection]] = {}
    for connection in connections:
        servers.setdefault((_server(connection), _likeness(connection)), []).append(connection)
    groups: dict[object, list[Connection]] = {}
    for alike in servers.values():
        peers = tuple(c.link.peer for c in alike)
        groups.setdefault((peers, _likeness(alike[0])), []).extend(alike)
    return tuple(map(tuple, sorted(groups.values(), key=_worst_and_rarest_first)))


def by_kind(connections: Sequence[Connection]) -> tuple[tuple[Connection, ...], ...]:
    """The same; of more than `_MOST_GROUPS` those that differ by their cluster alone, as one."""
    groups = grouped(connections)
    if len(groups) <= _MOST_GROUPS:
        return groups
    kinds: dict[object, list[Connection]] = {}
    for group in groups:
        kinds.setdefault(_likeness(group[0])[1:], []).extend(group)
    return tuple(map(tuple, sorted(kinds.values(), key=_worst_and_rarest_first)))


def _worst_and_rarest_first(group: Sequence[Connection]) -> tuple[int, int]:
    return _ORDER.index(group[0].state), len(group)


def where(group: Sequence[Connection], at_most: int = 6) -> str:
    """Peers and UC servers of a group; of many clusters how many connections, and in which."""
    clusters = tuple(dict.fromkeys(c.link.cluster for c in group))
    servers = tuple(dict.fromkeys(f"{c.link.origin}:{c.link.port}" for c in group))
    if len(clusters) > 1:
        told = f"{count(len(group), 'connection')} in {count(len(clusters), 'cluster')} ({names(clusters, 3)})"
        return f"{told} → {names(servers, 3)}"
    return f"{names(tuple(dict.fromkeys(c.link.peer for c in group)))} → {names(servers, at_most)}"


def _server(connection: Connection) -> str:
    link = connection.link
    return f"{link.origin}:{link.port} (asked as {link.asked})"


def _short(connection: Connection) -> str:
    link = connection.link
    own = link.asked.partition(".")[0] == link.origin
    return f"{link.origin}:{link.port}" if own else _server(connection)


def _likeness(connection: Connection) -> tuple[object, ...]:
    link = connection.link
    texts = tuple(line.replace(link.peer, "").replace(link.asked, "") for line in why(connection))
    return (link.cluster, state(connection), connection.impact, texts)


def _matrices(connections: Sequence[Connection], columns: int) -> Iterator[str]:
    by_cluster: dict[str, list[Connection]] = {}
    for connection in connections:
        by_cluster.setdefault(connection.link.cluster, []).append(connection)
    for cluster, *alike in _alike(by_cluster):
        own = by_cluster[cluster]
        yield ""
        yield f"{cluster}: {tally(own)}"
        yield from (f"  {line}" for line in matrix(own, columns - 2))
        if alike:
            yield f"  alike in {count(len(alike), 'more cluster')}: {names(alike, 3)}"


def _alike(by_cluster: dict[str, list[Connection]]) -> list[list[str]]:
    """Clusters whose matrix is to be shown; of many, those that look the same together, the worst and rarest first."""
    if len(by_cluster) <= _MOST_GROUPS:
        return [[cluster] for cluster in by_cluster]
    kinds: dict[object, list[str]] = {}
    for cluster, own in by_cluster.items():
        kinds.setdefault(_pattern(own), []).append(cluster)

    def badness(alike: list[str]) -> tuple[int, int]:
        return min(_ORDER.index(c.state) for c in by_cluster[alike[0]]), len(alike)

    return sorted(kinds.values(), key=badness)


def _pattern(own: Sequence[Connection]) -> object:
    """The states, whatever peers and UC servers are called."""
    peers = list(dict.fromkeys(c.link.peer for c in own))
    return tuple(sorted((peers.index(c.link.peer), c.link.port, state(c)) for c in own))


def _troubles(connections: Sequence[Connection]) -> Iterator[str]:
    groups = by_kind([c for c in connections if c.state not in ("good", "good-unverified") or would_fail(c)])
    for group in groups[:_MOST_GROUPS]:
        yield ""
        yield from _trouble(group)
    if len(groups) > _MOST_GROUPS:
        yield f"… and {len(groups) - _MOST_GROUPS} more kinds (--json has all)"


def _trouble(group: Sequence[Connection]) -> Iterator[str]:
    first = group[0]
    peers, servers = (tuple(dict.fromkeys(texts)) for texts in ((c.link.peer for c in group), map(_server, group)))
    impact = f": {first.impact}" if first.state == "fails" else ""
    one = len({c.link.cluster for c in group}) == 1
    yield f"{state(first)}  {f'{names(peers)} → {names(servers, 4)}' if one else where(group)}{impact}"
    reasons = tuple(dict.fromkeys(line for connection in group for line in why(connection)))
    yield from (f"  {line}" for line in reasons[:_MOST_REASONS])
    if len(reasons) > _MOST_REASONS:
        yield f"  … and {count(len(reasons) - _MOST_REASONS, 'more reason')} of this kind"
    yield from (f"  log: {line}" for line in log_lines(first))


def _background(connections: Sequence[Connection], findings: Sequence[Finding]) -> Iterator[str]:
    states = {c.state for c in connections}
    notes = (
        (SINCE_X14_2, "fails" in states),
        (SAME_NAME, any(mark in f.id for f in findings for mark in ("duplicate", "collision", "same-name", "twin"))),
        (WITH_CHECK_ON, any(map(would_fail, connections))),
        (OFF_EXPOSES, "good-unverified" in states),
    )
    told = [note for note, applies in notes if applies]
    yield from ("", *told) if told else ()

"""Where the peers of one cluster differ: sets that each keeps for itself, and values that must be the same on all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Literal, TypeVar

from remediate.model.base import Value
from remediate.model.observed import ObservedState, PeerReading
from remediate.model.reading import Known, Unknown
from remediate.model.uc_server import UC_SERVER_KINDS, UcServer
from remediate.report.as_text.words import count, names
from remediate.report.sanitize import page
from remediate.report.tables import table
from remediate.tls.describe import FACTORY, describe

T = TypeVar("T")
UNKNOWN = "unknown"


class PeerRow(Value):
    """One thing, and what each peer has of it.

    `per peer`: a set that is kept on each peer and never replicated, so that somebody has to make it match.
    `replicated`: a value of the cluster; where it differs, replication is late or broken.
    """

    scope: Literal["per peer", "replicated"]
    subject: str
    values: tuple[str, ...]
    """In the order of the peers; `unknown` where it was not read."""


def peer_rows(peers: Sequence[PeerReading]) -> tuple[PeerRow, ...]:
    """Only what differs, or is not known of every peer."""
    return tuple(row for row in _rows(peers) if len(set(row.values)) > 1 or UNKNOWN in row.values)


def peers_of(observed: ObservedState, cluster: str) -> tuple[PeerReading, ...]:
    """Its readings, by name."""
    return tuple(sorted((p for p in observed.peers if p.cluster == cluster), key=lambda p: p.host))


def compare_peers(cluster: str, peers: Sequence[PeerReading], columns: int) -> str:
    """A table of the rows that differ, one column per peer, and what a difference means."""
    rows = peer_rows(peers)
    hosts = tuple(p.host for p in peers)
    if not rows:
        return page((f"{cluster}: no differences between {names(hosts)}.",))
    lines = table(("what", "scope", *hosts), [(r.subject, r.scope, *r.values) for r in rows], columns)
    notes = (
        ("Per peer: never replicated; upload or remove it on each peer that differs.", "per peer"),
        (
            "Replicated: set on the configuration primary; a peer that still differs after a minute is a fault.",
            "replicated",
        ),
    )
    scopes = {r.scope for r in rows}
    told = tuple(words for words, scope in notes if scope in scopes)
    return page((*lines, "", *told, f"{cluster}: {count(len(rows), 'difference')}."))


def _rows(peers: Sequence[PeerReading]) -> Iterator[PeerRow]:
    products, views = [p.product for p in peers], [p.view for p in peers]
    yield _row("replicated", "version", [_told(one, lambda product: product.version) for one in products])
    yield _row("replicated", "configuration primary", [_told(one, lambda view: str(view.primary)) for one in views])
    database = [_told(one, lambda view: view.database or "not told") for one in views]
    yield _row("replicated", "cluster database", database)
    for path in dict.fromkeys(path for peer in peers for path, _ in peer.settings):
        yield _row("replicated", path, [_told(p.setting(path), lambda value: value or "absent") for p in peers])
    zones = [p.zones for p in peers]
    for name in sorted({zone for one in zones if isinstance(one, Known) for zone in one.value}):
        yield _row("replicated", f"zone {name}", [_has(one, name) for one in zones])
    yield from _uc_servers(peers)
    yield from _trusted([_sha256s(p) for p in peers], _chosen(peers))


def _uc_servers(peers: Sequence[PeerReading]) -> Iterator[PeerRow]:
    """Entries that some peer shows, by each; a kind that no peer could tell is no row: releases lack its page."""
    for kind in UC_SERVER_KINDS:
        pages = [dict(p.uc_servers).get(kind, Unknown(why="not read")) for p in peers]
        shown = [{s.address: s for s in page.value} if isinstance(page, Known) else None for page in pages]
        for address in dict.fromkeys(name for one in shown for name in one or ()):
            values = [_entry(one.get(address)) if one is not None else UNKNOWN for one in shown]
            yield _row("replicated", f"UC server {address}", values)


def _entry(server: UcServer | None) -> str:
    if server is None:
        return "missing"
    return f"TLS verify mode {server.tls_verify or 'not told'}, status {server.status or 'not told'}"


def _chosen(peers: Sequence[PeerReading]) -> dict[str, str]:
    """Each certificate that somebody chose to trust, by SHA-256; every peer's factory root is its own."""
    entries = [e for p in peers if isinstance(p.trust, Known) for e in p.trust.value.entries]
    seen = {entry.sha256: describe(entry.der) for entry in entries}
    return {sha256: one.label for sha256, one in seen.items() if not one.common_name.startswith(FACTORY)}


def _sha256s(peer: PeerReading) -> Known[tuple[str, ...]] | Unknown:
    return Known(value=peer.trust.value.sha256s) if isinstance(peer.trust, Known) else peer.trust


def _trusted(lists: Sequence[Known[tuple[str, ...]] | Unknown], chosen: dict[str, str]) -> Iterator[PeerRow]:
    for sha256, label in chosen.items():
        yield _row("per peer", f"trusted CA {label} {sha256[:16]}", [_has(one, sha256) for one in lists])
    if not any(isinstance(one, Known) for one in lists):
        yield _row("per peer", "trusted CA list", [UNKNOWN for _ in lists])


def _row(scope: Literal["per peer", "replicated"], subject: str, values: Sequence[str]) -> PeerRow:
    return PeerRow(scope=scope, subject=subject, values=tuple(values))


def _has(reading: Known[tuple[str, ...]] | Unknown, wanted: str) -> str:
    return _told(reading, lambda found: "listed" if wanted in found else "missing")


def _told(reading: Known[T] | Unknown, shown: Callable[[T], str]) -> str:
    return shown(reading.value) if isinstance(reading, Known) else UNKNOWN

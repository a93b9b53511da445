"""The chain of trust of each UC server as drawn: what it serves, what the peers list, and where it breaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

from remediate.checks.connections import chains_for, store_of
from remediate.model.base import Value
from remediate.model.certificate import Chain, EncodedCertificate, TrustStore
from remediate.model.desired import DesiredState
from remediate.model.finding import Connection
from remediate.model.observed import ObservedState
from remediate.model.verdict import Accepted, Reason, Rejected
from remediate.report.as_text.words import reason_words, state
from remediate.tls.chains import issuer_matches
from remediate.tls.describe import Described, describe

NAMES = 6
"""So many names of a certificate are printed; the rest are counted."""


class DrawnCertificate(Value):
    """One box of the drawing."""

    place: Literal["served", "listed", "missing"]
    label: str
    lines: tuple[str, ...] = ()
    """Key, end of validity, SHA-256, names."""
    broken: tuple[str, ...] = ()
    """What the traffic server objects to in this certificate."""


class DrawnChain(Value):
    """One UC server's port as these peers meet it, leaf first."""

    server: str
    peers: tuple[str, ...]
    state: str
    certificates: tuple[DrawnCertificate, ...]


def drawn_chains(
    desired: DesiredState, observed: ObservedState, connections: Iterable[Connection]
) -> tuple[DrawnChain, ...]:
    """One drawing per UC server's port; peers for which it is the same share it. Without a chain read, none."""
    drawn: dict[DrawnChain, list[str]] = {}
    for connection in connections:
        link = connection.link
        store = store_of(observed, link.peer)
        for chain in chains_for(desired, observed, link, "now"):
            drawing = DrawnChain(
                server=f"{link.origin}:{link.port} (asked as {link.asked})",
                peers=(),
                state=state(connection),
                certificates=tuple(_boxes(chain, store, connection)),
            )
            drawn.setdefault(drawing, []).append(link.peer)
    return tuple(drawing.model_copy(update={"peers": tuple(peers)}) for drawing, peers in drawn.items())


def _boxes(chain: Chain, store: TrustStore | None, connection: Connection) -> Iterator[DrawnCertificate]:
    verdict = connection.verdict
    reasons = verdict.reasons if isinstance(verdict, Rejected) else ()
    entries = store.entries if store else ()
    listed = {entry.sha256 for entry in entries}
    for depth, certificate in enumerate(chain):
        own = [reason for reason in reasons if _concerns(reason, depth)]
        words = tuple(reason_words(reason, connection.link) for reason in own)
        yield _served(certificate, certificate.sha256 in listed, words)
    if chain:
        yield from _above(chain[-1], entries, verdict if isinstance(verdict, Accepted) else None)


def _concerns(reason: Reason, depth: int) -> bool:
    """A name is the leaf's matter, as is what has no depth."""
    return (reason.depth or 0) == depth


def _served(certificate: EncodedCertificate, listed: bool, broken: tuple[str, ...]) -> DrawnCertificate:
    seen = describe(certificate.der)
    also = ("also in the trusted CA list",) if listed else ()
    return DrawnCertificate(place="served", label=seen.label, lines=(*_lines(seen), *also), broken=broken)


def _above(last: EncodedCertificate, entries: Chain, accepted: Accepted | None) -> Iterator[DrawnCertificate]:
    """What must stand in the list above the last certificate that was sent."""
    seen = describe(last.der)
    if seen.self_signed:
        if last.sha256 not in {e.sha256 for e in entries}:
            told = "this self-signed certificate itself would have to be in the trusted CA list"
            yield DrawnCertificate(place="missing", label=seen.label, lines=(told,))
        return
    anchors = [e for e in entries if e.sha256 != last.sha256 and issuer_matches(last, e)]
    if not anchors:
        told = "its issuer is neither sent nor in the trusted CA list"
        yield DrawnCertificate(place="missing", label=seen.issuer or "an issuer that cannot be read", lines=(told,))
    chosen = [e for e in anchors if accepted and e.sha256 in accepted.path] or anchors[:1]
    for anchor in chosen:
        above = describe(anchor.der)
        yield DrawnCertificate(place="listed", label=above.label, lines=_lines(above))


def _lines(seen: Described) -> tuple[str, ...]:
    more = f" and {len(seen.dns_names) - NAMES} more" if len(seen.dns_names) > NAMES else ""
    names = (f"names: {', '.join(seen.dns_names[:NAMES])}{more}",) if seen.dns_names else ()
    until = f", until {seen.not_after:%Y-%m-%d}" if seen.not_after else ""
    return (f"{seen.key or 'key that cannot be read'}{until}", *names, f"SHA-256 {seen.sha256}")

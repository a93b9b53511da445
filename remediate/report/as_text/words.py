"""The words of the screen: peer, UC server, connection, pending action, temporary workaround."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from remediate.model.certificate import Provenance
from remediate.model.finding import Connection, TlsLink
from remediate.model.verdict import Accepted, Reason, Rejected, Undetermined

STATES = {
    "fails": "FAILS",
    "pending": "pending",
    "undetermined": "unknown",
    "good-unverified": "unverified",
    "good": "good",
}
"""State and its word, worst first."""

WOULD_FAIL = "would fail"
"""Good only while nothing is checked."""

_COUNTED = {
    "good": "good",
    "good-unverified": "unverified",
    "fails": "fail",
    "pending": "pending",
    "undetermined": "unknown",
}

SINCE_X14_2 = (
    "From X14.2 the traffic server of Expressway-C checks the certificates of UC servers "
    "(CSCwc69661, also printed as CSCwc6961; CSCwa25108)."
)
SAME_NAME = "Expressway keeps one certificate per name only: two with one CN shadow each other (CSCwa12905)."
OFF_EXPOSES = (
    "While VerifyOriginServer is Off, whoever stands between Expressway-C and the UC servers can read "
    "every MRA user's credentials."
)

_CHAIN = {
    9: "a certificate of the chain is not valid yet",
    10: "a certificate of the chain has expired",
    18: "the server's self-signed certificate is not in the trusted CA list",
    19: "the chain ends at a root that is not in the trusted CA list",
    20: "the issuer is neither in the trusted CA list nor sent by the server",
    21: "the issuer is neither in the trusted CA list nor sent by the server",
    22: "the chain is longer than the traffic server follows",
    24: "an issuer of the chain is not a certificate authority",
    26: "the certificate is not meant for a server",
    66: "the key is too weak",
    67: "a CA's key is too weak",
    68: "a signature of the chain is too weak",
}


def reason_words(reason: Reason, link: TlsLink) -> str:
    """Why a connection is refused, in one sentence, with OpenSSL's number and depth where it has them."""
    match reason.kind:
        case "name":
            return f"name: the certificate holds neither {link.asked} nor a CN that matches it"
        case "trust_file":
            return f"trusted CA list of {link.peer}: damaged, so every UC server is refused ({reason.error})"
        case "tls":
            return f"TLS: {reason.error}"
        case "chain":
            return _chain_words(reason)


def _chain_words(reason: Reason) -> str:
    plain = _CHAIN.get(reason.number or 0, reason.error)
    depth = f" at depth {reason.depth}" if reason.depth is not None else ""
    return f"chain: {plain} (error {reason.number}{depth}: {reason.error})"


def why(connection: Connection) -> tuple[str, ...]:
    """Each thing that stands between a connection and good, one line each."""
    verdict = connection.verdict
    match verdict:
        case Rejected():
            told = tuple(reason_words(r, connection.link) for r in verdict.reasons)
        case Undetermined():
            told = not_known((*connection.missing, *verdict.missing))
        case Accepted():
            told = not_known(connection.missing)
    return (*told, *(f"pending action: {p}" for p in connection.pending))


def not_known(missing: Iterable[str]) -> tuple[str, ...]:
    """One line per reason; what is missing for the same reason stands together."""
    together: dict[str, list[str]] = {}
    for text in dict.fromkeys(missing):
        what, _, reason = text.partition(": ")
        together.setdefault(reason, []).append(what)
    return tuple(f"not known: {', '.join(w)}{f': {reason}' if reason else ''}" for reason, w in together.items())


def log_lines(connection: Connection) -> tuple[str, ...]:
    """What the traffic server writes about it, verbatim."""
    verdict = connection.verdict
    return tuple(r.log for r in verdict.reasons if r.log)[:1] if isinstance(verdict, Rejected) else ()


def state(connection: Connection) -> str:
    """The word of its cell. A connection that passes only because nothing is checked says so."""
    return WOULD_FAIL if would_fail(connection) else STATES[connection.state]


def would_fail(connection: Connection) -> bool:
    """Whether it passes while VerifyOriginServer is Off, and would be refused with it On."""
    return connection.state == "good-unverified" and isinstance(connection.verdict, Rejected)


def tally(connections: Iterable[Connection]) -> str:
    """`4 good, 2 fail, 1 pending, 0 unknown`; unverified ones are named when there are any."""
    told = [state(c) for c in connections]
    counts = {word: told.count(STATES[key]) for key, word in _COUNTED.items()} | {WOULD_FAIL: told.count(WOULD_FAIL)}
    shown = ("good", "unverified", WOULD_FAIL, "fail", "pending", "unknown")
    return ", ".join(f"{counts[w]} {w}" for w in shown if counts[w] or w not in ("unverified", WOULD_FAIL))


def moment(at: datetime) -> str:
    """To the second, UTC."""
    return at.strftime("%Y-%m-%d %H:%M:%SZ")


def names(hosts: Sequence[str], at_most: int = 6) -> str:
    """`a, b, c`, or the first few and how many more."""
    if len(hosts) <= at_most:
        return ", ".join(hosts)
    return f"{', '.join(hosts[:at_most])} and {len(hosts) - at_most} more"


def count(number: int, one: str, many: str = "") -> str:
    """`1 step`, `2 steps`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def provenance_words(provenance: Provenance) -> str:
    """How it is known that a certificate is genuine."""
    match provenance.kind:
        case "ca-file":
            return f"from {provenance.source}, whose SHA-256 the inventory holds"
        case "fingerprint":
            return f"by its SHA-256 in the inventory, which was read at {provenance.source}"
        case "cucm-ssh" | "cucm-api":
            return f"read with a login from {provenance.source}"


def undo_words(kind: str) -> str:
    """How a step is taken back; what follows is how a person does it."""
    return "left in place; a person can take it out" if kind == "left-in-place" else kind.replace("-", " ")


def owed_words(kind: str, cluster: str, host: str, what: str) -> str:
    """A pending action as the operator would say it."""
    match kind:
        case "restart":
            return f"restart {host}: what was added to the trusted CA list takes effect only then"
        case "refresh-servers":
            return f"Refresh servers on {host or cluster}: Configuration > Unified Communications"
        case "update-ctl":
            return f"{what} on {host}, then reset the phones of {cluster}: they trust by the CTL (mixed mode)"
        case _:
            return f"restart {what} on {host}"

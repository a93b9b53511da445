"""What logs and captures show, for the person who has to mend it. Everything but verbatim lines fits the columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from remediate.evidence.diagnosis import Diagnosis
from remediate.evidence.failures import Failure
from remediate.evidence.mending import Cause, Mend
from remediate.evidence.notes import Note
from remediate.evidence.presented import Presented
from remediate.report.as_text.presented import leaf_words, presented_lines
from remediate.report.as_text.words import SAME_NAME, SINCE_X14_2, count, moment, names
from remediate.report.sanitize import clean, cut, page
from remediate.report.tables import table

LABEL = 7
MOST_SHOWN = 20
MOST_NOTES = 20
WIDEST = 80

CAUSES: dict[Cause, str] = {
    "self-signed": "chain: its self-signed certificate is not in the trusted CA list",
    "root-not-trusted": "chain: it ends at a root that is not in the trusted CA list",
    "issuer-unknown": "chain: the issuer is neither in the trusted CA list nor sent by the server",
    "out-of-date": "chain: a certificate of it is out of date",
    "chain-otherwise": "chain: the traffic server does not accept it",
    "name": "name: the certificate does not hold the name that is asked for",
    "address-as-name": "name: asked by its address, which the certificate does not hold",
    "trusted-ca-list-damaged": "trusted CA list of the peer: damaged, so every UC server is refused",
    "expressway-not-trusted": "the other direction: the UC server does not trust the Expressway's certificate",
    "expressway-refused": "the other direction: the UC server refuses the Expressway's certificate",
    "reason-not-in-log": "refused; the WARNING that says why is not in these logs",
    "tls-otherwise": "TLS: the handshake broke before a certificate was judged",
}
SHORT: dict[Cause, str] = {
    "self-signed": "self-signed",
    "root-not-trusted": "root not trusted",
    "issuer-unknown": "issuer unknown",
    "out-of-date": "out of date",
    "chain-otherwise": "chain",
    "name": "name not held",
    "address-as-name": "asked by address",
    "trusted-ca-list-damaged": "trusted CA list damaged",
    "expressway-not-trusted": "Expressway not trusted",
    "expressway-refused": "Expressway refused",
    "reason-not-in-log": "not told",
    "tls-otherwise": "TLS",
}
_TRUSTED_CA_PAGE = "the trusted CA list of every peer of the cluster (Maintenance > Security > Trusted CA certificate)"
MENDS: dict[Mend, str] = {
    "upload-ca-chain": f"upload the root and every intermediate CA that signed it to {_TRUSTED_CA_PAGE}",
    "upload-self-signed": f"upload the self-signed certificate itself to {_TRUSTED_CA_PAGE}; it fails again at renewal",
    "sign-by-trusted-ca": "have the UC server's certificate signed by a CA that every peer trusts already; on CUCM 14 "
    "and later one certificate can serve Tomcat and CallManager (reuse)",
    "renew-certificate": "renew the certificate that is out of date, after a look at the clocks of both sides",
    "change-system-server": "change System > Server to the node's own FQDN where every certificate that it serves "
    "holds that, and Refresh servers on Expressway-C at once",
    "reissue-with-name": "re-issue the certificate with the name asked for as a DNS name in it",
    "repair-trusted-ca-list": "find the damaged block in the trusted CA list of this peer and replace the list",
    "add-expressway-ca-to-uc": "upload the root and intermediates that signed the Expressway-C's own certificate to "
    "tomcat-trust and CallManager-trust on the publisher; restart Cisco Tomcat, Cisco CallManager and Cisco TFTP",
    "look-at-uc-server": "read the UC server's own log for what it holds against the Expressway-C's certificate",
    "collect-warning": "collect a diagnostic log of every peer over a whole login",
    "compare-tls": "compare TLS versions and cipher lists of both sides",
}
AS_ADDRESS = "an IP-address entry in the certificate is not looked at: only the address as a DNS name would be"
NOT_SELF_SIGNED = "depth 0 does not say self-signed: the certificate came without its issuer"
FIRST_ONLY = (
    "A line tells the first thing that the traffic server met: when that is mended, another may show. "
    "remediate plan decides from readings."
)
WORKAROUND = (
    "Until it is mended: VerifyOriginServer: Off, as a temporary workaround with owner, ticket and end "
    "(playbooks/mra-workaround.yml)."
)


def diagnose(diagnosis: Diagnosis, columns: int = 80) -> str:
    """Summary, one block per failure with its latest lines verbatim, what was not read, one line to end with."""
    broad = min(columns, WIDEST)
    shown, presented = diagnosis.failures[:MOST_SHOWN], diagnosis.presented
    return page(
        (
            *_wrapped(_looked(diagnosis), broad),
            *_summary(diagnosis.failures, broad),
            *(line for failure in shown for line in _block(failure, presented, broad)),
            *_more(diagnosis, broad),
            *presented_lines(presented, broad),
            *_notes(diagnosis.notes, broad),
            *_background(diagnosis.failures, broad),
            "",
            _end(diagnosis),
        )
    )


def _looked(diagnosis: Diagnosis) -> str:
    seen = diagnosis.looked
    captures = f" and {count(seen.captures, 'packet capture')}" if seen.captures else ""
    return f"Read {count(seen.logs, 'Expressway log')}{captures} in {count(seen.files, 'file')}, {_size(seen.size)}."


def _size(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size} bytes"


def _summary(failures: Sequence[Failure], columns: int) -> Iterator[str]:
    if len(failures) < 2:
        return
    yield ""
    rows = [
        (f.asked or "-", _ports(f), SHORT[f.cause], str(f.requests), str(len(f.peers))) for f in failures[:MOST_SHOWN]
    ]
    yield from table(("UC server", "Port", "Why", "Requests", "Peers"), rows, columns)


def _block(failure: Failure, presented: Sequence[Presented], columns: int) -> Iterator[str]:
    yield ""
    yield cut(clean(f"{'FAILS' if failure.terminated else 'noted'}  {_server(failure)}"), columns)
    yield from _labelled("why", CAUSES[failure.cause], columns)
    if failure.error:
        depth = f" at depth {failure.depth}" if failure.depth is not None else ""
        yield from _labelled("", f"{failure.error}{depth}", columns)
    if failure.cause == "issuer-unknown" and failure.depth == 0:
        yield from _labelled("", NOT_SELF_SIGNED, columns)
    if not failure.terminated:
        yield from _labelled("", "only noted (Action=Continue): the request went on", columns)
    for chain in dict.fromkeys(p.chain for p in presented if p.chain and _same_server(p, failure)):
        yield from _labelled("shown", leaf_words(chain), columns)
    yield from _labelled("peers", names(failure.peers) or "not in the log", columns)
    yield from _labelled("hit", _hit(failure), columns)
    yield from _labelled("seen", _seen(failure), columns)
    for number, mend in enumerate(failure.mends, 1):
        yield from _labelled("fix" if number == 1 else "or", MENDS[mend], columns)
    if failure.cause == "address-as-name":
        yield from _labelled("", AS_ADDRESS, columns)
    for line in (failure.warning, failure.error_line):
        if line is not None:
            yield f"  {'log*' if line.rejoined else 'log'}: {line.text}"


def _same_server(presented: Presented, failure: Failure) -> bool:
    return presented.address == failure.address and presented.port in failure.ports


def _server(failure: Failure) -> str:
    if not failure.asked and not failure.address:
        return "any UC server"
    place = failure.address or failure.server
    asked = f" (asked as {failure.asked})" if failure.asked and failure.asked != place else ""
    return f"{place}:{_ports(failure)}{asked}"


def _ports(failure: Failure) -> str:
    return " or ".join(map(str, failure.ports)) or "?"


def _hit(failure: Failure) -> str:
    parts = [", ".join(failure.services)]
    for one, held in (("user", failure.users), ("device", failure.devices)):
        if held:
            parts.append(f"{one if len(held) == 1 else one + 's'} {names(held)}")
    if failure.more:
        parts.append("and others")
    return "; ".join(filter(None, parts)) or "not in the log"


def _seen(failure: Failure) -> str:
    times = count(failure.requests, "request")
    if failure.attempts > failure.requests:
        times += f" ({count(failure.attempts, 'attempt')})"
    if failure.first is None or failure.last is None:
        return f"{times}, time not in the log"
    if failure.first == failure.last:
        return f"{times}, {moment(failure.first)}"
    return f"{times}, {moment(failure.first)} to {moment(failure.last)}"


def _more(diagnosis: Diagnosis, columns: int) -> Iterator[str]:
    hidden = len(diagnosis.failures) - MOST_SHOWN
    if hidden > 0:
        yield ""
        yield from _wrapped(f"… and {count(hidden, 'more failure')} of other kinds (--json has all)", columns)
    if diagnosis.beyond:
        yield from _wrapped(
            f"{count(diagnosis.beyond, 'more refusal')} of kinds beyond {len(diagnosis.failures)}", columns
        )


def _notes(notes: Sequence[Note], columns: int) -> Iterator[str]:
    for title, held in (
        ("Not read, or in part only:", [n for n in notes if n.lost]),
        ("Read with care:", [n for n in notes if not n.lost]),
    ):
        if held:
            yield ""
            yield title
            for note in held[:MOST_NOTES]:
                yield from _wrapped(": ".join(filter(None, (note.place, note.what))), columns, "  ", "    ")
            if len(held) > MOST_NOTES:
                yield f"  and {len(held) - MOST_NOTES} more (--json has all)"


def _background(failures: Sequence[Failure], columns: int) -> Iterator[str]:
    causes, kinds = {f.cause for f in failures}, {f.kind for f in failures}
    forward = bool(kinds & {"chain", "name"})
    log_star = any(line and line.rejoined for f in failures for line in (f.warning, f.error_line))
    told = (
        (SINCE_X14_2, forward),
        (SAME_NAME, bool(causes & {"self-signed", "root-not-trusted", "issuer-unknown"})),
        (FIRST_ONLY, bool(failures)),
        (WORKAROUND, forward),
        ("log*: was broken over several lines, told as one.", log_star),
    )
    for text, applies in told:
        if applies:
            yield ""
            yield from _wrapped(text, columns)


def _end(diagnosis: Diagnosis) -> str:
    if not diagnosis.failures:
        return "Diagnose: no refusal found."
    servers = {f.asked or f.address for f in diagnosis.failures}
    peers = {peer for f in diagnosis.failures for peer in f.peers}
    told = (count(len(diagnosis.failures), "failure"), count(len(servers), "UC server"), count(len(peers), "peer"))
    return f"Diagnose: {', '.join(told)}."


def _labelled(label: str, text: str, columns: int) -> Iterator[str]:
    yield from _wrapped(text, columns, f"  {label}".ljust(LABEL + 2), " " * (LABEL + 2))


def _wrapped(text: str, columns: int, first: str = "", rest: str = "") -> Iterator[str]:
    """Paths and names stay whole where they fit."""
    yield from textwrap.wrap(clean(text), columns, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)

"""Certificates that packet captures show, for people."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from remediate.evidence.presented import Presented
from remediate.model.certificate import Chain
from remediate.report.as_text.words import count, moment
from remediate.report.sanitize import clean
from remediate.tls.describe import Described, describe

MOST_SHOWN = 20
TITLE = "What servers presented, as the captures of packets show it (evidence, no source to trust):"
HIDDEN = "TLS 1.3 hides certificates from a capture: `remediate collect` reads them by a handshake of its own."


def presented_lines(presented: Sequence[Presented], columns: int) -> Iterator[str]:
    """Each chain with time, address and port; at the end that TLS 1.3 hid some."""
    if not presented:
        return
    yield ""
    yield from _wrapped(TITLE, columns)
    for one in presented[:MOST_SHOWN]:
        yield from _wrapped(_heading(one), columns, "  ", "    ")
        for place, certificate in enumerate(one.chain):
            yield from _wrapped(f"{place}  {certificate_words(describe(certificate.der))}", columns, "    ", "       ")
    if len(presented) > MOST_SHOWN:
        yield f"  and {len(presented) - MOST_SHOWN} more (--json has all)"
    if any(not one.chain for one in presented):
        yield from _wrapped(HIDDEN, columns)


def leaf_words(chain: Chain) -> str:
    """The server's own certificate, in one sentence."""
    return f"{certificate_words(describe(chain[0].der))} (from a capture of packets)"


def certificate_words(seen: Described) -> str:
    """Subject, issuer, key, end, digest."""
    issued = "self-signed" if seen.self_signed else f"issued by {seen.issuer or 'nobody that can be read'}"
    until = f", until {moment(seen.not_after)}" if seen.not_after else ""
    return f"{seen.label}, {issued}, {seen.key or 'key not read'}{until}, SHA-256 {seen.sha256}"


def _heading(one: Presented) -> str:
    asked = f" (asked as {one.asked})" if one.asked else ""
    when = moment(one.first) if one.first == one.last else f"{moment(one.first)} to {moment(one.last)}"
    refused = f"; refused: {', '.join(one.refused)}" if one.refused else ""
    told = "" if one.chain else ", certificates hidden"
    ends = f"{one.client} → {one.address}:{one.port}{asked}"
    return f"{ends}: TLS {one.tls}{told}, {count(one.times, 'time')}, {when}{refused}"


def _wrapped(text: str, columns: int, first: str = "", rest: str = "") -> Iterator[str]:
    yield from textwrap.wrap(clean(text), columns, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)

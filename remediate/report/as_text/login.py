"""A login test in words: one line per request, likes counted together."""

from __future__ import annotations

from collections.abc import Iterator

from remediate.model.login import Login, Request
from remediate.report.as_text.words import count
from remediate.report.sanitize import page

HOW_TO_TELL = (
    "which Expressway-C peer served it is not known: test again with --log FILE, a traffic server log of Expressway-E"
    " that is written meanwhile, as its remote syslog server has it"
)


def login(value: Login) -> str:
    """All requests by what they asked for, and a closing sentence."""
    return page((*_lines(value), _closing(value)))


def request_words(request: Request) -> str:
    """Where it went and what became of it."""
    where = f"{request.origin}:{request.port}" if request.origin else "itself"
    served = f" by {request.peer}" if request.peer else ""
    outcome = "200" if request.good else request.why
    return f"{request.edge} → {where}{served} ({request.what}): {outcome}"


def _lines(value: Login) -> Iterator[str]:
    groups: dict[str, int] = {}
    for request in value.requests:
        words = request_words(request)
        groups[words] = groups.get(words, 0) + 1
    yield from (f"  {words}" + (f" × {times}" if times > 1 else "") for words, times in groups.items())


def _closing(value: Login) -> str:
    rounds = max((request.round for request in value.requests), default=0)
    peers = sorted({request.peer for request in value.requests if request.peer})
    served = f"served by {', '.join(peers)}" if peers else HOW_TO_TELL
    failed = len(value.failed)
    verdict = "good" if value.good else f"{count(failed, 'request')} of {len(value.requests)} failed"
    return f"Login test, {count(rounds, 'time')}: {verdict}; {served}."

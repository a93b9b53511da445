"""What was examined, by subject, each with what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from remediate.model.condition import Condition, State, counted
from remediate.report.as_text.words import count
from remediate.report.sanitize import clean, page

_WORDS: dict[State, str] = {"good": "good", "note": "note", "stops": "STOPS", "unknown": "unknown"}


def doctor(conditions: Sequence[Condition]) -> str:
    """One block per area in the order in which it was looked at, and the sum."""
    areas = dict.fromkeys(condition.area for condition in conditions)
    blocks = (line for area in areas for line in _block(area, [c for c in conditions if c.area == area]))
    return page((*blocks, *_sum(conditions)))


def _block(area: str, conditions: Sequence[Condition]) -> Iterator[str]:
    yield f"{area}:"
    for one in conditions:
        word = _WORDS[one.state]
        yield f"  {word.ljust(7)}  {clean(one.subject)}: {one.what}"
        if one.next:
            yield f"           next: {one.next}"
    yield ""


def _sum(conditions: Sequence[Condition]) -> Iterator[str]:
    counts = counted(conditions)
    unknown = f"{count(counts['unknown'], 'thing')} could not be examined"
    if counts["stops"]:
        yield f"{count(counts['stops'], 'thing')} would stop an apply" + (f"; {unknown}." if counts["unknown"] else ".")
    elif counts["unknown"]:
        yield f"Nothing that could be examined would stop an apply; {unknown}."
    else:
        yield "Nothing that was examined would stop an apply."

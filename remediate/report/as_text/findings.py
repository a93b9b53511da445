"""Findings as a table that fits the screen: one row per kind, its last column wrapped and never cut."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from remediate.model.finding import Finding
from remediate.report.as_text.words import count, names
from remediate.report.sanitize import clean, padded, width
from remediate.report.tables import GAP

HEADERS = ("severity", "finding", "what")
_NARROWEST = 20
_EVIDENCE = 8
"""So many lines of evidence per kind; --json has all."""


def findings_lines(findings: Sequence[Finding], columns: int = 100) -> tuple[str, ...]:
    """Findings of one kind together; those of connections in short, since the connections tell them."""
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        summary = "" if finding.links else finding.summary
        groups.setdefault((finding.severity.value, finding.id, summary), []).append(finding)
    if not groups:
        return ()
    rows = [(severity, identity, tuple(_told(group))) for (severity, identity, _), group in groups.items()]
    return ("", "Findings:", *(f"  {line}" for line in _table(rows, columns - 2)))


def _told(group: Sequence[Finding]) -> Iterator[str]:
    first, subjects = group[0], tuple(dict.fromkeys(f.subject for f in group))
    if first.links:
        links = count(len({str(link) for f in group for link in f.links}), "connection")
        yield f"{links} (remediate explain {first.id})"
        return
    yield f"{names(subjects)}: {first.summary}"
    yield from first.evidence[:_EVIDENCE]
    if len(first.evidence) > _EVIDENCE:
        more = count(len(first.evidence) - _EVIDENCE, "more line", "more lines")
        yield f"… and {more} of evidence (--json has all)"
    if len(group) > 1 and first.evidence:
        yield f"(evidence of {first.subject}; {count(len(group) - 1, 'more subject')} alike)"


def _table(rows: Sequence[tuple[str, str, tuple[str, ...]]], columns: int) -> Iterator[str]:
    wide = (
        max(width(text) for text in (HEADERS[0], *(row[0] for row in rows))),
        max(width(text) for text in (HEADERS[1], *(row[1] for row in rows))),
    )
    room = max(_NARROWEST, columns - sum(wide) - 2 * len(GAP))
    yield GAP.join((padded(HEADERS[0], wide[0]), padded(HEADERS[1], wide[1]), HEADERS[2]))
    for severity, identity, told in rows:
        lines = [part for line in told for part in _wrapped(clean(line), room)]
        for number, line in enumerate(lines):
            head = (severity, identity) if number == 0 else ("", "")
            yield GAP.join((padded(head[0], wide[0]), padded(head[1], wide[1]), line)).rstrip()


def _wrapped(line: str, room: int) -> list[str]:
    """At blanks; what has none, such as a fingerprint, is cut into pieces, and its later lines stand in."""
    if width(line) <= room:
        return [line]
    return textwrap.wrap(line, room, subsequent_indent="  ", break_on_hyphens=False) or [line]

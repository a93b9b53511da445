"""What steps leave to be done, and what earlier runs left: likes on one line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from remediate.actions import Owed
from remediate.checks.verification import VerificationOff
from remediate.planning.plan import Plan
from remediate.report.as_text.words import names, owed_words


def owed_lines(owed: Sequence[Owed]) -> Iterator[str]:
    """One line per kind, whatever the number of hosts."""
    groups: dict[tuple[str, str], list[str]] = {}
    for one in owed:
        groups.setdefault((one.kind, one.what), []).append(one.host or one.cluster)
    for (kind, what), places in groups.items():
        yield owed_words(kind, "", names(tuple(dict.fromkeys(places))), what)


def earlier_lines(value: Plan) -> Iterator[str]:
    """What stands from before a plan: the check that is off, by whose word, and what is to be done still."""
    yield from (f"{f.subject}: {f.summary}" for f in value.findings if f.id == VerificationOff.id)
    owed = (Owed(kind=o.kind, cluster=o.cluster, host=o.host, what=o.what) for o in value.owed_before)
    yield from owed_lines(tuple(owed))

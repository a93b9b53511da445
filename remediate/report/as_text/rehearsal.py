"""A rehearsal in words: what held, cluster by cluster, and whatever did not, way by way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from remediate.model.observed import ObservedState
from remediate.model.rehearsal import Rehearsal, Trial
from remediate.report.as_text.words import count, names
from remediate.report.sanitize import page

MOST_WRONG = 5
"""Ways that do not hold are told up to here for each cluster; the first ones show what is wrong with all."""


def rehearsal(held: Rehearsal, observed: ObservedState, name: str) -> str:
    """`name`: of the plan file."""
    read = f"{observed.taken_at:%Y-%m-%d %H:%M:%SZ}"
    parts: dict[tuple[str, ...], list[str]] = {}
    for cluster, trials in groupby(held.trials, key=lambda trial: trial.cluster):
        parts.setdefault(tuple(_cluster(tuple(trials))), []).append(cluster)
    return page(
        (
            f"Rehearsal of {name} on twins of its devices, as read {read}. No device was reached.",
            *(line for lines, clusters in parts.items() for line in (f"  {names(clusters)}", *lines)),
            _sum(held),
        )
    )


def _cluster(trials: Sequence[Trial]) -> Iterator[str]:
    for reaches, mine in groupby(trials, key=lambda trial: trial.reaches):
        if reaches:
            yield f"    where VerifyOriginServer is {reaches}:"
        yield from _part(tuple(mine))


def _part(trials: Sequence[Trial]) -> Iterator[str]:
    whole, back = (trial for trial in trials if not trial.trouble)
    yield f"    as planned     {whole.ended}{_left(back)}"
    for label, kind in (("with a fault", "fault"), ("dead midway", "death")):
        mine = [trial for trial in trials if trial.kind == kind]
        if mine:
            yield f"    {label:<14} {', '.join(_counted(mine))}"
    wrong = [trial for trial in trials if trial.wrong]
    for trial in wrong[:MOST_WRONG]:
        yield f"    WRONG  {trial.trouble or 'as planned'}; {trial.way}: {trial.ended}"
        yield from (f"      {line}" for line in trial.wrong)
    if len(wrong) > MOST_WRONG:
        yield f"    WRONG  and {count(len(wrong) - MOST_WRONG, 'more way', 'more ways')} (--json has all)"


def _left(back: Trial) -> str:
    left = f", {count(back.left, 'change')} left as declared" if back.left else ""
    return f"; taken back{left}" if not back.wrong else ""


def _counted(trials: Sequence[Trial]) -> Iterator[str]:
    for way, words in (("to the end", "went on to the same end"), ("back", "taken back")):
        mine = [trial for trial in trials if trial.way == way]
        if mine:
            yield f"{sum(not trial.wrong for trial in mine)} of {len(mine)} {words}"


def _sum(held: Rehearsal) -> str:
    if not held.trials:
        return "Nothing to rehearse: the plan has no step."
    good = len(held.trials) - len(held.wrong)
    return f"Rehearsal: {good} of {count(len(held.trials), 'way')} held."

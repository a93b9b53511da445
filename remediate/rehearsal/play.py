"""Every way through a plan: as it is, with each step refused or its reply lost, and dead at each event; to the end, and
back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Literal, NamedTuple

from remediate.actions import SetVerifyOriginServer
from remediate.checks import connections_for
from remediate.engine.apply import ApplyResult
from remediate.errors import RemediateError
from remediate.model.base import digest
from remediate.model.finding import Connection
from remediate.model.observed import ObservedState
from remediate.model.rehearsal import Rehearsal, Trial, Way
from remediate.planning.plan import Plan
from remediate.rehearsal.stage import Cast, Stage
from remediate.rehearsal.twin import Scope
from remediate.report.as_text.words import STATES, names

FAULTS = {
    "refuse": "the device refuses it",
    "lost-before": "the reply is lost, and nothing was done",
    "lost-after": "the reply is lost, and it was done",
}
REACHES: dict[Scope, str] = {"replicated": "replicated", "per-peer": "per peer"}


class Trouble(NamedTuple):
    """What happens on the way."""

    kind: Literal["as planned", "fault", "death"]
    words: str = ""


AS_PLANNED = Trouble("as planned")


def rehearse(cast: Cast, sha256: str, at: datetime, tool_version: str) -> Rehearsal:
    """All trials of a plan, whose file has this SHA-256: cluster by cluster."""
    parts = {cluster: replace(cast, plan=_part(cast.plan, cluster)) for cluster in cast.plan.clusters}
    trials = (
        trial
        for cluster, part in parts.items()
        for scope in _scopes(part.plan)
        for trial in _Rehearsing(part, cluster, scope).trials()
    )
    return Rehearsal(
        plan=sha256, readings=digest(cast.observed), at=at, tool_version=tool_version, trials=tuple(trials)
    )


def _part(plan: Plan, cluster: str) -> Plan:
    """One cluster's steps: clusters have nothing to do with each other."""
    return plan.model_copy(
        update={
            "steps": tuple(step for step in plan.steps if step.cluster == cluster),
            "closes": tuple(name for name in plan.closes if name == cluster),
            "workarounds": tuple(one for one in plan.workarounds if one[0] == cluster),
            "undoes": "",  # a way back is played as any plan: what it closes in the ledger is no step of it
            "purpose": "remediate",
        }
    )


def _scopes(part: Plan) -> tuple[Scope, ...]:
    """How far the setting reaches is known on the night only: both."""
    sets = any(isinstance(step.action, SetVerifyOriginServer) for step in part.steps)
    return ("replicated", "per-peer") if sets else ("per-peer",)


class _Rehearsing:
    """The trials of one cluster, where the setting reaches so far."""

    def __init__(self, part: Cast, cluster: str, scope: Scope) -> None:
        self._part, self._cluster, self._scope = part, cluster, scope
        self._reaches = REACHES[scope] if len(_scopes(part.plan)) > 1 else ""

    def trials(self) -> Iterator[Trial]:
        """As planned first; where that fails, the rest has nothing to say."""
        whole = self._stage()
        result = whole.apply(self._part.plan)
        whole.settle()
        wrong = self._unlike_the_plan(whole, result)
        yield self._trial(AS_PLANNED, "to the end", result.outcome, wrong)
        end = whole.now()
        yield self._back(whole, AS_PLANNED)
        if wrong:
            return
        yield from self._faults()
        yield from self._deaths(end)

    def _stage(self) -> Stage:
        return Stage(self._part, self._scope)

    def _unlike_the_plan(self, stage: Stage, result: ApplyResult) -> tuple[str, ...]:
        """Steps that were not done, or connections that are then otherwise than the plan says."""
        if result.outcome != "done":
            return tuple(f"{s.step}: {s.state}: {s.why}" for s in result.steps if s.state not in ("ok", "changed"))
        told = {c.link: c for c in self._part.plan.after if c.link.cluster == self._cluster}
        found = connections_for(self._part.desired, stage.now(), "now", [self._cluster])
        return _otherwise((told[c.link], c) for c in found if c.link in told and told[c.link].state != c.state)

    def _faults(self) -> Iterator[Trial]:
        for number, step in enumerate(self._part.plan.steps):
            if step.by == "tool":
                for fault, words in FAULTS.items():
                    stage = self._stage()
                    stage.twin.faults[step.action.host] = [*[""] * self._writes_before(number), fault]
                    stage.apply(self._part.plan)
                    yield self._back(stage, Trouble("fault", f"{step.id}: {words}"))

    def _writes_before(self, number: int) -> int:
        """To the host of the step of this number, by the steps before it."""
        host = self._part.plan.steps[number].action.host
        return sum(step.by == "tool" and step.action.host == host for step in self._part.plan.steps[:number])

    def _deaths(self, end: ObservedState) -> Iterator[Trial]:
        event = 0
        while (died := (stage := self._stage()).dies_at(event)) != "":
            trouble = Trouble("death", f"the run dies {died}")
            yield self._on(stage, trouble, end)
            again = self._stage()
            again.dies_at(event)
            yield self._back(again, trouble)
            event += 1

    def _on(self, stage: Stage, trouble: Trouble, end: ObservedState) -> Trial:
        """Go on: to the very end, or where what is not known forbids that, to a stop from which all is taken back."""
        try:
            result = stage.apply(self._part.plan, stage.run)
        except RemediateError as error:
            return self._trial(trouble, "to the end", "refused", (str(error),))
        stage.settle()
        if result.outcome == "done":
            return self._trial(trouble, "to the end", result.outcome, stage.differs(end))
        back = self._back(stage, trouble)
        return self._trial(trouble, "to the end", f"{result.outcome}, and taken back", back.wrong)

    def _back(self, stage: Stage, trouble: Trouble) -> Trial:
        try:
            result = stage.take_back()
        except RemediateError as error:
            return self._trial(trouble, "back", "refused", (str(error),))
        stage.settle()
        failed = () if result is None or result.outcome == "done" else (f"the way back ends {result.outcome}",)
        differs, declared = stage.differs(stage.began), stage.declared()
        wrong = (*failed, *(line for line in differs if line not in declared))
        ended = "nothing had begun" if result is None else result.outcome
        return self._trial(trouble, "back", ended, wrong).model_copy(
            update={"left": len(declared.intersection(differs))}
        )

    def _trial(self, trouble: Trouble, way: Way, ended: str, wrong: tuple[str, ...]) -> Trial:
        return Trial(
            cluster=self._cluster,
            reaches=self._reaches,
            kind=trouble.kind,
            trouble=trouble.words,
            way=way,
            ended=ended,
            wrong=wrong,
        )


def _otherwise(pairs: Iterable[tuple[Connection, Connection]]) -> tuple[str, ...]:
    """One line for all connections that end in one state where another was foretold."""
    links: dict[tuple[str, str], list[str]] = {}
    for told, found in pairs:
        links.setdefault((found.state, told.state), []).append(str(found.link))
    return tuple(
        f"ends {STATES[state]}, and the plan says {STATES[foretold]}: {names(every, 2)}"
        for (state, foretold), every in links.items()
    )

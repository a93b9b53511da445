"""The backout card: the literal commands and clicks that undo, the last change first, without this tool."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from remediate.actions import Action, RestartPeer, SetVerifyOriginServer, Undo
from remediate.journal.entries import StepIntended
from remediate.journal.fold import RunState
from remediate.model.observed import VERIFY_ORIGIN_SERVER
from remediate.planning.plan import Plan
from remediate.report.as_text.words import count, moment
from remediate.report.dossier import Dossier
from remediate.report.markdown import block, page, text

WRITTEN = ("intended", "unknown", "confirmed", "failed")
"""What a device may hold of a step: taken back too where its end is not known."""


@dataclass(frozen=True)
class _Written:
    number: int
    title: str
    host: str
    undo: Undo
    expected: str
    command: str = ""
    note: str = ""


def backout(dossier: Dossier) -> str:
    """Of a run: what it wrote. Of a plan: every step, for when the window goes wrong."""
    run, plan = dossier.run, dossier.plan
    if run is not None:
        return page(_lines(f"Backout of run {run.run}", _run(run), f"opened {moment(run.opened_at)} by {run.who}"))
    assert plan is not None, "a dossier is of a run or has a plan"
    told = f"made {moment(plan.made_at)}; only what was done is undone"
    return page(_lines("Backout of the plan", _plan(plan), told))


def _lines(heading: str, written: Sequence[_Written], told: str) -> Iterator[str]:
    yield f"# {text(heading)}"
    yield ""
    yield text(told) + "."
    yield ""
    if not written:
        yield "Nothing was written: there is nothing to undo."
    else:
        yield f"{count(len(written), 'change')}, the last first. Stop and call when a result is not the expected one."
    for place, one in enumerate(reversed(written), 1):
        yield ""
        yield f"## {place}. {text(one.host)}: undo of step {one.number}"
        yield ""
        yield f"It was: {text(one.title)}. {text(one.note)}".rstrip()
        yield ""
        yield from _undo(one)
        yield ""
        yield "- Done at ______ by ______ (initials)"


def _undo(one: _Written) -> Iterator[str]:
    if one.undo.kind == "left-in-place":
        yield "It may stay: a correct CA in the list does no harm. Only if it must go:"
        yield ""
    if one.command:
        yield from block((f"ssh admin@{one.host}", one.command, f"xConfiguration {VERIFY_ORIGIN_SERVER}"))
        yield ""
        yield f"- [ ] Expected: OK, then {text(one.command.removeprefix('xConfiguration '))}"
        yield "- [ ] Every other peer reads the same within two minutes; one that does not is set by itself"
    else:
        yield from block((one.undo.how,))
        yield ""
        yield f"- [ ] Expected: {one.expected}"


def _plan(plan: Plan) -> list[_Written]:
    return [_written(number, s.action, s.undo, s.inverse) for number, s in enumerate(plan.steps, 1)]


def _run(run: RunState) -> list[_Written]:
    found = []
    for number, step in enumerate(run.steps, 1):
        intended = step.intended
        if intended is not None and step.status in WRITTEN:
            note = "" if step.status == "confirmed" else "Look first: whether it took effect is not known."
            one = _written(number, intended.action, intended.undo, intended.inverse)
            found.append(replace(one, note=_note(intended, note)))
    return found


def _written(number: int, action: Action, undo: Undo, inverse: Action | None) -> _Written:
    command = inverse.command if isinstance(inverse, SetVerifyOriginServer) else ""
    expected = "maintenance mode is Off" if isinstance(action, RestartPeer) else "the page shows what was there before"
    return _Written(number, action.title, action.host, undo, expected, command)


def _note(intended: StepIntended, note: str) -> str:
    before = f"Before it: {intended.before}." if isinstance(intended.before, str) else ""
    return " ".join(filter(None, (before, note)))

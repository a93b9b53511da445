"""`--target` and `--exclude`: plan everything, choose, and plan what was chosen."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Sequence

from remediate.cli.parser import WHERE, nearest
from remediate.errors import InputError
from remediate.planning.plan import Plan, Step
from remediate.planning.selection import chosen, matching

Planned = Callable[[frozenset[str] | None], Plan]


def selected(planned: Planned, args: Namespace) -> Plan:
    """The plan of the steps that the command line names, which says what it leaves out.

    It is planned anew, so that each step expects what is there without those that are left out. Raises InputError
    for a name that is no step's.
    """
    whole = planned(None)
    if not (args.target or args.exclude):
        return whole
    for option, patterns in (("--target", args.target), ("--exclude", args.exclude)):
        _refuse_unknown(option, patterns, whole.steps)
    part = planned(chosen(whole.steps, args.target, args.exclude))
    kept = {step.id for step in part.steps}
    left_out = tuple(step.id for step in whole.steps if step.id not in kept)
    return part.model_copy(update={"left_out": left_out})


def _refuse_unknown(option: str, patterns: Sequence[str], steps: Sequence[Step]) -> None:
    ids = [step.id for step in steps]
    for pattern in patterns:
        if not any(matching(step, (pattern,)) for step in steps):
            near = nearest(pattern, ids)
            known = f"its steps: {', '.join(ids[:5])}" if ids else "it has none"
            hint = f"did you mean {near}?" if near else known
            raise InputError(f"no step {pattern} in this plan", path=f"{WHERE}: {option}", hint=hint)

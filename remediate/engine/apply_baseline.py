"""What a step compares with is read right before it, where the plan could only foretell it."""

from __future__ import annotations

from fractions import Fraction

from remediate.engine.apply_ports import Lane
from remediate.model.fact import Fact, FieldReading
from remediate.model.reading import Known
from remediate.planning.plan import Step

MISSING = Fraction(1, 100)
"""Of the phones registered before a restart so many may be away after it: in a large cluster some come and go."""


def repeatable(step: Step) -> bool:
    """Whether the goal is to happen anew, so that finding it reached already says nothing."""
    return any(fact.relation == "differs" for fact in step.confirm)


def rebased(lane: Lane, step: Step) -> Step:
    """The step with what `differs` and `at-least` compare with as it is now; the plan's where it cannot be read."""
    if not repeatable(step):
        return step
    confirm = tuple(_now(fact, lane.sessions.field(fact.field)) for fact in step.confirm)
    return step.model_copy(update={"confirm": confirm})


def _now(fact: Fact, reading: FieldReading) -> Fact:
    if not isinstance(reading, Known) or not isinstance(reading.value, str):
        return fact
    if fact.relation == "differs":
        return fact.model_copy(update={"value": reading.value})
    if fact.relation == "at-least":
        count = int(reading.value)
        return fact.model_copy(update={"value": str(count - int(count * MISSING))})
    return fact

"""Restarts in the text of a plan."""

from __future__ import annotations

from remediate.report.as_text.plan import plan as plan_text
from tests.unit.engine.test_apply_restart import restarts


def test_restarts_stand_last() -> None:
    """Below the uploads they are for, in the order in which they run, and none is left pending."""
    text = plan_text(restarts().plan)
    order = "restart one peer after the other, in this order: exp-c-2, exp-c-3, exp-c-1"
    assert text.index("upload other-root") < text.index(order)
    assert "maintenance mode on, then up to 300 s for calls to end" in text
    assert "Pending actions that these steps leave" not in text

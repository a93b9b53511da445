"""Differences that were found once, without a traffic server: `decide` answers as was measured."""

from __future__ import annotations

import pytest

from tests.conformance.corpus import predicted
from tests.conformance.live.agreement import Compared
from tests.conformance.live.cases import Kept, kept


@pytest.mark.parametrize("case", [pytest.param(c, id=c.identity) for c in kept()])
def test_kept_case(case: Kept) -> None:
    """What was mended stays mended."""
    assert Compared(case.asked, case.measured, predicted(case.asked.question)).agree

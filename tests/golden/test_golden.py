"""Each golden case: the same capture and playbook give the same findings, plan and words."""

from __future__ import annotations

from pathlib import Path

import pytest

from remediate.lab.scenarios import SCENARIOS
from tests.golden.cases import cases, judged


@pytest.mark.parametrize("case", cases(), ids=lambda path: path.name)
def test_case(case: Path) -> None:
    """Findings, plan and plan text are as they were reviewed."""
    for name, text in judged(case).items():
        assert (case / name).read_text(encoding="utf-8") == text, (
            f"{case.name}/{name}: run python -m tests.golden.cases"
        )


def test_every_scenario_has_a_case() -> None:
    """A scenario without a golden case is a scenario nobody reviewed."""
    assert set(SCENARIOS) <= {case.name for case in cases()}

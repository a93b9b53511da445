"""Findings as a table."""

from __future__ import annotations

import pytest

from remediate.model.finding import Finding, Severity
from remediate.report.as_text.findings import findings_lines
from remediate.report.sanitize import width

LONG = Finding(
    id="trusted-ca-lists-differ",
    severity=Severity.WARNING,
    cluster="exp-c",
    subject="exp-c",
    summary="trusted CA lists differ: exp-c-1 lacks 2, exp-c-2 lacks 1, which shows as a login that fails now and then",
    evidence=("exp-c-1 lacks " + "ab" * 32,),
)


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_fits(columns: int) -> None:
    """No line is wider than the screen, and nothing of a finding is cut off: it goes on below."""
    lines = findings_lines([LONG], columns)
    assert max(map(width, lines)) <= columns
    told = "".join("".join(line[2:].split()) for line in lines[2:])
    for part in (*LONG.summary.split(), "ab" * 32):
        assert part in told


def test_alike() -> None:
    """Subjects of one kind share a row; the evidence of the first stands for them."""
    found = [LONG.model_copy(update={"subject": f"exp-{n}"}) for n in range(3)]
    text = "\n".join(findings_lines(found, 100))
    assert text.count("trusted-ca-lists-differ") == 1
    assert "exp-0, exp-1, exp-2: trusted CA lists differ" in text
    assert "(evidence of exp-0; 2 more subjects alike)" in text


def test_none() -> None:
    """Without findings there is no heading."""
    assert findings_lines([]) == ()

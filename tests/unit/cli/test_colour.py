"""Colour for eyes at a terminal, and nowhere else."""

from __future__ import annotations

import io

import pytest

from remediate.cli.colour import END, GREEN, RED, YELLOW, painted, wanted


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


@pytest.mark.parametrize(
    ("stream", "plain", "environment", "expected"),
    [
        (Terminal(), False, {"TERM": "xterm"}, True),
        (Terminal(), True, {"TERM": "xterm"}, False),
        (Terminal(), False, {"TERM": "dumb"}, False),
        (Terminal(), False, {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (Terminal(), False, {"TERM": "xterm", "ANSIBLE_NOCOLOR": "1"}, False),
        (io.StringIO(), False, {"TERM": "xterm"}, False),
        (io.StringIO(), False, {"ANSIBLE_FORCE_COLOR": "1"}, True),
        (io.StringIO(), False, {"ANSIBLE_FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_b128_wanted(stream: io.StringIO, plain: bool, environment: dict[str, str], expected: bool) -> None:
    """A terminal has it unless its user said no; a pipe has it only when told so."""
    assert wanted(stream, plain, environment) is expected


def test_painted() -> None:
    """States in a matrix, glyphs of a plan, severities, and counters that are not 0."""
    row = "  cucm-pub:6972  FAILS  good\n"
    assert painted(row) == f"  cucm-pub:6972  {RED}FAILS{END}  {GREEN}good{END}\n"
    assert painted("  ~ change it\n") == f"  {YELLOW}~{END} change it\n"
    assert painted("error: no such file\n") == f"{RED}error{END}: no such file\n"
    assert painted("exp-c-1 : ok=1 failed=2 stale=0\n") == f"exp-c-1 : ok=1 {RED}failed=2{END} stale=0\n"


@pytest.mark.parametrize(
    "text", ['{"state": "good"}\n', "<html>  good  </html>", "# Why\n\n| good |\n", "a good day\n"]
)
def test_left_alone(text: str) -> None:
    """Documents for machines and pages stay byte for byte; a word in a sentence is a word."""
    assert painted(text) == text

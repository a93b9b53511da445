"""Exit codes: which wins, and which error ends in which."""

from __future__ import annotations

import pytest

from remediate import errors
from remediate.cli.exits import RANK, Exit, of_error, worst

PAIRS = [
    ((0, 4), 4),
    ((4, 7), 7),
    ((7, 3), 3),
    ((3, 2), 2),
    ((2, 8), 8),
    ((8, 9), 9),
    ((9, 10), 10),
    ((10, 130), 130),
    ((130, 11), 11),
    ((11, 250), 250),
    ((13, 12), 12),
    ((0, 13), 13),
    ((0, 0), 0),
]


@pytest.mark.parametrize(("codes", "winner"), PAIRS)
def test_rank(codes: tuple[int, int], winner: int) -> None:
    """Of two codes the worse one wins, in either order."""
    assert (worst(codes), worst(codes[::-1])) == (winner, winner)


def test_none_is_good() -> None:
    """Without any code nothing went wrong."""
    assert worst(()) == 0


def test_every_code_has_a_rank() -> None:
    """No code is left without a place in the rank."""
    assert sorted(RANK) == sorted(Exit)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.InputError("x"), 5),
        (errors.PlanFileError("x"), 5),
        (errors.PlanConflict("x"), 5),
        (errors.StalePlan("x"), 3),
        (errors.PreconditionFailed("x"), 3),
        (errors.Unreachable("h", "x"), 4),
        (errors.DeviceTimeout("h", "x"), 4),
        (errors.IdentityNotTrusted("h", "x"), 1),
        (errors.Locked("x"), 6),
        (errors.ForbiddenStep("x"), 7),
        (errors.PostconditionFailed("x"), 9),
        (errors.RollbackIncomplete("x"), 11),
        (errors.JournalError("x"), 1),
        (errors.BugError("x"), 250),
    ],
    ids=lambda value: type(value).__name__,
)
def test_of_error(error: errors.RemediateError, code: int) -> None:
    """Each error has one code."""
    assert of_error(error) == code

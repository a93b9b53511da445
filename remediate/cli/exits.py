"""Exit codes: one meaning each, and which wins when several hold."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from remediate import errors


class Exit(IntEnum):
    """What a script may rely on."""

    OK = 0
    """Done, or no changes."""
    ERROR = 1
    """Nothing was written."""
    CHANGES_OR_FAILED = 2
    """`plan`, `drift`, `compare` with -detailed-exitcode: changes. `apply`: a node failed. `predict`: reject."""
    STALE = 3
    """Stale plan, or a precondition refused."""
    UNREACHABLE = 4
    """Not reachable or not known, and nothing failed."""
    USAGE = 5
    """Usage, inventory, playbook or any other input."""
    LOCKED = 6
    """Somebody else works on the cluster."""
    REFUSED = 7
    """By policy: approval, expiry, a connection that would fail."""
    BUDGET = 8
    """Stopped by the policy's budget: too many clusters failed."""
    NOT_CONVERGED = 9
    """Applied and not in force; for `verify`: something fails or is pending."""
    ROLLED_BACK = 10
    """Failed, and what was written is taken back."""
    ROLLBACK_INCOMPLETE = 11
    """Something could not be taken back: call a human."""
    EXPIRED = 12
    """A temporary workaround is past its date."""
    OUTSTANDING = 13
    """A temporary workaround, a pending action or an open run."""
    INTERRUPTED = 130
    """By Ctrl-C or another signal: the step under way was ended."""
    BUG = 250
    """Not the operator's fault: please report it."""


RANK = (250, 11, 130, 10, 9, 8, 2, 3, 7, 4, 6, 5, 1, 12, 13, 0)
"""Worst first."""

_OF_ERRORS: tuple[tuple[type[errors.RemediateError], Exit], ...] = (
    (errors.InputError, Exit.USAGE),
    (errors.PlanConflict, Exit.USAGE),
    (errors.Unreachable, Exit.UNREACHABLE),
    (errors.DeviceTimeout, Exit.UNREACHABLE),
    (errors.StalePlan, Exit.STALE),
    (errors.PreconditionFailed, Exit.STALE),
    (errors.Locked, Exit.LOCKED),
    (errors.ForbiddenStep, Exit.REFUSED),
    (errors.PostconditionFailed, Exit.NOT_CONVERGED),
    (errors.RollbackIncomplete, Exit.ROLLBACK_INCOMPLETE),
    (errors.BugError, Exit.BUG),
)


def of_error(error: errors.RemediateError) -> Exit:
    """The code of an error that ends a command; 1 where none is more telling."""
    return next((code for kind, code in _OF_ERRORS if isinstance(error, kind)), Exit.ERROR)


def worst(codes: Iterable[int]) -> int:
    """The one that wins; 0 for none."""
    return min(codes, key=RANK.index, default=0)

"""Part of a plan: the steps that are named, with what they rest on; or all but those, and what rests on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase

from remediate.actions import (
    RefreshServers,
    RenameSystemServer,
    RestartPeer,
    RestartService,
    SetVerifyOriginServer,
    UploadCertificates,
)
from remediate.planning.plan import Step


def chosen(steps: Sequence[Step], targets: Sequence[str], excludes: Sequence[str]) -> frozenset[str]:
    """Ids of what stays. Without targets every step is one; what is excluded leads."""
    named = [step for step in steps if not targets or matching(step, targets)]
    kept = _closed(named, steps, rests_on)
    dropped = _closed([step for step in steps if matching(step, excludes)], steps, lambda a, b: rests_on(b, a))
    return frozenset(step.id for step in kept) - frozenset(step.id for step in dropped)


def matching(step: Step, patterns: Iterable[str]) -> bool:
    """By id, or by address as `show --json` has it; `*` and `?` stand for anything."""
    forms = (step.id, f"{step.cluster}.{step.action.host}.{step.id}")
    return any(fnmatchcase(form, pattern) for form in forms for pattern in patterns)


def rests_on(step: Step, other: Step) -> bool:
    """Whether one step makes no sense, or leaves logins failing, without the other.

    A changed name and its *Refresh servers* belong together both ways: between them no client gets through.
    """
    same = step.cluster == other.cluster
    match step.action, other.action:
        case (RefreshServers(), RenameSystemServer()) | (RenameSystemServer(), RefreshServers()):
            return same
        case RestartService(), RenameSystemServer():
            return same
        case RestartPeer(host=host), UploadCertificates(host=uploaded):
            return host == uploaded
        case SetVerifyOriginServer(), SetVerifyOriginServer():  # the others follow the primary
            return same and step.unless is not None and other.unless is None
    return False


def _closed(seeds: Iterable[Step], steps: Sequence[Step], leads_to: Callable[[Step, Step], bool]) -> list[Step]:
    """The seeds, and every step that one of them leads to, however far."""
    found = list(seeds)
    for step in found:  # it grows while it is walked
        found += [other for other in steps if other not in found and leads_to(step, other)]
    return found

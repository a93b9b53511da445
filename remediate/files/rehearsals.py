"""The note beside a plan file that it was rehearsed: `PLAN.rehearsed`."""

from __future__ import annotations

from pathlib import Path

from remediate.errors import InputError
from remediate.files.durable import write_private
from remediate.files.json_strict import parse_value
from remediate.model.base import canonical_json
from remediate.model.rehearsal import Rehearsal, Rehearsed

SUFFIX = ".rehearsed"


def note_of(plan: Path) -> Path:
    """Where it lies."""
    return plan.with_name(plan.name + SUFFIX)


def write_note(plan: Path, held: Rehearsal) -> Path:
    """Write it, 0600; where. Raises InputError where the disk refuses."""
    told = Rehearsed(
        plan=held.plan,
        readings=held.readings,
        at=held.at,
        tool_version=held.tool_version,
        trials=len(held.trials),
    )
    write_private(note_of(plan), canonical_json(told))
    return note_of(plan)


def forget_note(plan: Path) -> None:
    """What an earlier rehearsal said holds no longer. Raises InputError where the disk refuses."""
    path = note_of(plan)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"cannot be removed: {error.strerror}", path=str(path)) from error


def read_note(plan: Path) -> Rehearsed | None:
    """It, or None where there is none. Raises InputError where it cannot be read."""
    path = note_of(plan)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=str(path)) from error
    return parse_value(data, Rehearsed, str(path), InputError)

"""Plan files: the canonical JSON of a `Plan`. SHA-256 of the bytes is what is approved and used once."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from remediate.errors import PlanFileError
from remediate.files.durable import write_private
from remediate.files.json_strict import parse_value
from remediate.files.reading import MOST_STORED, read_bounded
from remediate.model.base import canonical_json
from remediate.planning.plan import Plan


def write_plan(path: Path, plan: Plan) -> str:
    """Write it 0600; its SHA-256."""
    data = canonical_json(plan)
    write_private(path, data)
    return hashlib.sha256(data).hexdigest()


def read_plan(path: Path) -> tuple[Plan, str]:
    """A plan and the SHA-256 of the very bytes that were parsed; `-` reads stdin. Raises `PlanFileError`."""
    data = _bytes(path)
    if data.startswith((b"-", b"#")):
        hint = f"remediate plan {path} -i INV -o FILE makes a plan of it"
        raise PlanFileError("this is YAML, such as a playbook, and no plan file", path=str(path), hint=hint)
    plan = parse_value(data, Plan, str(path), PlanFileError)
    if canonical_json(plan) != data:
        raise PlanFileError("not in canonical form: edited or reformatted since it was made", path=str(path))
    other = next((step for step in plan.steps if step.risk is not step.action.risk), None)
    if other is not None:
        why = f"step {other.id} is {other.action.risk.value}, and the file says {other.risk.value}"
        raise PlanFileError(why, path=str(path), hint="make a new plan")
    names = [step.id for step in plan.steps]
    twice = next((name for at, name in enumerate(names) if name in names[:at]), "")
    if twice:
        raise PlanFileError(f"two of its steps are called {twice}", path=str(path), hint="make a new plan")
    return plan, hashlib.sha256(data).hexdigest()


def _bytes(path: Path) -> bytes:
    if str(path) == "-":
        return sys.stdin.buffer.read()
    return read_bounded(path, MOST_STORED, PlanFileError)

"""Values → JSON documents with a `format_version` (`MAJOR.MINOR`; a new minor only adds keys)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from remediate.actions import UploadCertificates
from remediate.errors import InputError
from remediate.model.base import Value
from remediate.model.finding import Connection, Finding
from remediate.model.observed import ObservedState
from remediate.model.outstanding import Outstanding
from remediate.planning.plan import Plan, Step
from remediate.report.dossier import Dossier
from remediate.report.sharing import self_signed_twins, shared_certificates

FORMAT_VERSION = "1.0"


def document(kind: str | None, **members: object) -> str:
    """One object, keys sorted, lone surrogates written as `\\ud800` and so on in plain text (B098)."""
    content = {"format_version": FORMAT_VERSION, "kind": kind} | members
    return json.dumps(inert(content), sort_keys=True, ensure_ascii=False, indent=2) + "\n"


def predict(answer: dict[str, Any]) -> str:
    """One verdict; `kind` is what the traffic server objects to, as its question and its answer have it."""
    return document(**{"kind": None, **answer})


def verify(connections: Sequence[Connection], findings: Sequence[Finding], observed: ObservedState) -> str:
    """Kind `verify`: `connections[]`, `findings[]`, `counts` by state, `shared_certificates[]`,
    `self_signed_twins[][]`, `taken_at`."""
    states = [c.state for c in connections]
    return document(
        "verify",
        taken_at=_time(observed.taken_at),
        shared_certificates=shared_certificates(observed),
        self_signed_twins=self_signed_twins(observed),
        connections=connections,
        findings=findings,
        counts={state: states.count(state) for state in dict.fromkeys(states)},
    )


def plan(value: Plan, sha256: str = "") -> str:
    """Kind `plan`, in Terraform's shape: `resource_changes[]` beside the plan's own members."""
    own = value.model_dump(mode="json", exclude={"format_version", "steps"})
    return document(
        "plan",
        **own,
        sha256=sha256,
        steps_digest=value.steps_digest,
        timestamp=_time(value.made_at),
        errored=False,
        resource_changes=[_change(step) for step in value.steps],
    )


def drift(value: Plan) -> str:
    """Kind `drift`: `resource_drift[]` as the changes of a plan, and what is `blocked`."""
    return document("drift", resource_drift=[_change(step) for step in value.steps], blocked=value.blocked)


def lint(wrong: Sequence[InputError]) -> str:
    """Kind `lint`, in the shape of Terraform's `validate -json`: `valid`, `error_count`, `diagnostics[]`."""
    return document("lint", valid=not wrong, error_count=len(wrong), diagnostics=[_diagnostic(one) for one in wrong])


def _diagnostic(error: InputError) -> dict[str, Any]:
    start = {"line": error.line, "column": error.column} if error.line else None
    return {
        "severity": "error",
        "summary": error.what,
        "detail": error.hint,
        "range": {"filename": error.path, "start": start},
    }


def report(dossier: Dossier) -> str:
    """Kind `report`: everything that the other forms are made of (schema `report`)."""
    members = dossier.model_dump(mode="json")
    return document(members.pop("kind"), **members)


def status(outstanding: Outstanding, at: datetime) -> str:
    """Kind `status`: what is open, and which temporary workarounds are past their date."""
    late = [lease.cluster for lease in outstanding.expired(at)]
    return document("status", at=_time(at), expired=late, **outstanding.model_dump(mode="json"))


def _change(step: Step) -> dict[str, Any]:
    adds = isinstance(step.action, UploadCertificates)
    return {
        "address": f"{step.cluster}.{step.action.host}.{step.id}",
        "type": step.action.kind,
        "name": step.id,
        "change": {
            "actions": ["create" if adds else "update"],
            "before": step.expect,
            "after": list(step.confirm),
        },
        "action_reason": list(step.because),
        "action": step.action,
        "by": step.by,
        "risk": step.risk.value,
        "cautions": list(step.action.cautions),
        "expect": step.expect,
        "inverse": step.inverse,
        "undo": step.undo,
        "deadline": step.deadline,
        "unless": step.unless,
    }


def inert(value: object) -> Any:
    """Members that JSON takes, lone surrogates marked."""
    match value:
        case Value():
            return inert(value.model_dump(mode="json"))
        case dict():
            return {str(k): inert(v) for k, v in value.items()}
        case list() | tuple():
            return [inert(v) for v in value]
        case str():
            return "".join(_marked(value))
        case _:
            return value


def _marked(text: str) -> Iterator[str]:
    return (f"\\u{ord(c):04x}" if "\ud800" <= c <= "\udfff" else c for c in text)


def _time(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")

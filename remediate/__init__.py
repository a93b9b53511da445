"""Plan, apply, verify and roll back what Cisco Expressway X14.2+ needs for MRA.

The Python API: `remediate.Fleet` and the values that it takes and gives. A name is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from remediate.api import Fleet, Judgement
    from remediate.engine.apply import ApplyResult, Stop
    from remediate.errors import RemediateError
    from remediate.files.captures import read_capture, write_capture
    from remediate.files.plans import read_plan
    from remediate.model.finding import Connection, Finding
    from remediate.model.observed import ObservedState
    from remediate.model.outstanding import Outstanding
    from remediate.planning.plan import Plan

_HOMES = {
    "Fleet": "api",
    "Judgement": "api",
    "ApplyResult": "engine.apply",
    "Stop": "engine.apply",
    "RemediateError": "errors",
    "read_capture": "files.captures",
    "write_capture": "files.captures",
    "read_plan": "files.plans",
    "Connection": "model.finding",
    "Finding": "model.finding",
    "ObservedState": "model.observed",
    "Outstanding": "model.outstanding",
    "Plan": "planning.plan",
}

__all__ = [
    "ApplyResult",
    "Connection",
    "Finding",
    "Fleet",
    "Judgement",
    "ObservedState",
    "Outstanding",
    "Plan",
    "RemediateError",
    "Stop",
    "__version__",
    "read_capture",
    "read_plan",
    "write_capture",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"remediate.{_HOMES[name]}"), name)

"""JSON Schemas (draft 2020-12) for editors and pipelines: inventory, policy, playbook, settings, plan, capture, report.

Those of the files that people write are made of the loaders' own key lists, those of our own files of their models.
`python -m remediate.files.schemas` writes them beside this file.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from remediate.files.schemas.inventories import of_inventory, of_policy
from remediate.files.schemas.parts import Schema
from remediate.files.schemas.playbooks import of_playbook, of_settings
from remediate.model.observed import ObservedState
from remediate.planning.plan import Plan
from remediate.report.dossier import Dossier

HERE = Path(__file__).parent
DIALECT = "https://json-schema.org/draft/2020-12/schema"
SCHEMAS: dict[str, Callable[[], Schema]] = {
    "inventory": of_inventory,
    "policy": of_policy,
    "playbook": of_playbook,
    "settings": of_settings,
    "plan": lambda: Plan.model_json_schema(mode="serialization"),
    "report": lambda: Dossier.model_json_schema(mode="serialization"),
    "capture": lambda: ObservedState.model_json_schema(mode="serialization"),
}


def schema_file(name: str) -> Path:
    """Where a schema lies that was shipped."""
    return HERE / f"{name}.schema.json"


def schema_text(name: str) -> str:
    """One schema as its file holds it."""
    head = {"$schema": DIALECT, "$id": f"urn:remediate:{name}", "title": f"remediate {name}"}
    return (
        json.dumps(head | {k: v for k, v in SCHEMAS[name]().items() if k != "title"}, indent=1, sort_keys=True) + "\n"
    )


def write_schemas() -> None:
    """Write all of them."""
    for name in SCHEMAS:
        schema_file(name).write_text(schema_text(name), encoding="utf-8")

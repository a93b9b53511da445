"""JSON Schemas (draft 2020-12) for editors and pipelines: inventory, playbook, plan, capture, report.

Those of the files that people write are made of the loaders' own key lists, those of our own files of their models.
`python -m remediate.files.schemas` writes them beside this file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from remediate.files import inventory, playbook, vouched
from remediate.model.observed import ObservedState
from remediate.planning.plan import Plan
from remediate.report.dossier import Dossier

Schema = dict[str, Any]
HERE = Path(__file__).parent
DIALECT = "https://json-schema.org/draft/2020-12/schema"
TEXT: Schema = {"type": ["string", "number", "boolean"]}
"""A scalar: read as text, so `On`, `14.2` and `{{ name }}` all do."""


def _words(words: Iterable[str]) -> Schema:
    """One of these, or a template."""
    return {"anyOf": [{"enum": sorted(words)}, {"type": "string", "pattern": r"\{\{.*\}\}"}, {"type": "boolean"}]}


def _list_of(item: Schema) -> Schema:
    return {"anyOf": [item, {"type": "array", "items": item}]}


def _object(keys: dict[str, Schema], required: Iterable[str] = ()) -> Schema:
    return {"type": "object", "properties": keys, "required": sorted(required), "additionalProperties": False}


def _map_of(value: Schema) -> Schema:
    return {"type": "object", "additionalProperties": value}


def _keys(names: Iterable[str], special: dict[str, Schema]) -> dict[str, Schema]:
    return {name: special.get(name, TEXT) for name in names}


SECRET = {"oneOf": [_object({place: TEXT}, (place,)) for place in ("env", "file", "prompt", "vault", "keyring")]}
CREDENTIALS = _object({"username": TEXT, "password": SECRET}, ("username", "password"))


def _inventory() -> Schema:
    host = _object(
        _keys(
            inventory.NODE_KEYS,
            {
                "ports": _object(_keys(inventory.PORTS, {})),
                **dict.fromkeys(inventory.ACCOUNTS, CREDENTIALS),
                "tls_sha256": _list_of(TEXT),
                "ssh_host_key": _list_of(TEXT),
            },
        ),
        ("address",),
    )
    consent = _object(
        {"accept": _list_of(_words(("endpoints-learn-name",))), "refresh_by": TEXT, "allow_list_rules": TEXT}
    )
    special = {
        "role": _words(inventory.ROLES),
        "groups": _list_of(TEXT),
        "serves": _list_of(TEXT),
        **dict.fromkeys(inventory.ACCOUNTS, CREDENTIALS),
        "peers": _map_of(host),
        "nodes": _map_of(host),
        "system_server": consent,
    }
    cluster = _object(_keys((*inventory.CLUSTER_KEYS, *inventory.DURATIONS), special), ("role",))
    certificate = _object(_keys(vouched.KEYS, {"accept": _list_of(_words(vouched.WORDS))}), ("sha256",))
    return _object(
        {"vars": _map_of(TEXT), "trusted_certificates": _map_of(certificate), "clusters": _map_of(cluster)},
        ("clusters",),
    )


def _playbook() -> Schema:
    desired = _object(
        _keys(
            playbook.DESIRED_KEYS,
            {
                "origins": _words(("verified",)),
                "verify_origin_server": _words(("On", "Off")),
                "trusted_certificates": _list_of(TEXT),
            },
        )
    )
    special = {
        "tags": _list_of(TEXT),
        "desired": desired,
        "remedies": _list_of(_words(playbook.REMEDIES)),
        "chain": _words(("complete", "minimal")),
        "restart": _words(playbook.RESTARTS),
        "workaround": _object(_keys(playbook.WORKAROUND_KEYS, {}), playbook.WORKAROUND_KEYS[:4]),
    }
    play = _object(_keys(playbook.PLAY_KEYS, special), ("name", "hosts", "desired"))
    return _object({"name": TEXT, "plays": {"type": "array", "items": play, "minItems": 1}}, ("plays",))


SCHEMAS: dict[str, Callable[[], Schema]] = {
    "inventory": _inventory,
    "playbook": _playbook,
    "plan": lambda: Plan.model_json_schema(mode="serialization"),
    "report": lambda: Dossier.model_json_schema(mode="serialization"),
    "capture": lambda: ObservedState.model_json_schema(mode="serialization"),
}


def schema_text(name: str) -> str:
    """One schema as its file holds it."""
    head = {"$schema": DIALECT, "$id": f"urn:remediate:{name}", "title": f"remediate {name}"}
    return (
        json.dumps(head | {k: v for k, v in SCHEMAS[name]().items() if k != "title"}, indent=1, sort_keys=True) + "\n"
    )


def write_schemas() -> None:
    """Write all of them."""
    for name in SCHEMAS:
        (HERE / f"{name}.schema.json").write_text(schema_text(name), encoding="utf-8")

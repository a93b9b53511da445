"""`remediate.yml`: options that are the same every night."""

# ruff: noqa: PLC0415 - every command asks for the names, and few find a file
from __future__ import annotations

from pathlib import Path
from typing import Literal

from remediate.errors import InputError

FILE = "remediate.yml"
Kind = Literal["path", "text", "number", "count", "duration", "switch"]
SETTINGS: dict[str, Kind] = {
    "inventory": "path",
    "vault-password-file": "path",
    "ledger": "text",
    "limit": "text",
    "forks": "number",
    "verbose": "count",
    "lock-timeout": "duration",
    "node-timeout": "duration",
    "input": "switch",
    "no-color": "switch",
    "timeout": "number",
    "remote-user": "text",
    "executor": "text",
}
"""Options that may be set for good, and what each takes. What is said of one change alone (`--by-hand`,
`--extra-vars`) may not. A path is relative to the file."""
MOST, MOST_VERBOSE = 1000, 9
DURATION = r"[0-9]+[smh]?"


def read_settings(path: Path) -> dict[str, str]:
    """The settings of a file, by option, as they would be typed. Raises InputError with the place of what is wrong."""
    from remediate.files.convert import Reader
    from remediate.files.yaml import read_yaml

    read = Reader(InputError)
    tree = read.mapping(read_yaml(path, InputError), SETTINGS)
    values: dict[str, str] = {}
    for key, node in tree.items:
        match SETTINGS[key.value]:
            case "path":
                values[key.value] = str(path.parent / read.text(node))
            case "number":
                values[key.value] = str(read.whole(node, 1, MOST))
            case "count":
                values[key.value] = str(read.whole(node, 0, MOST_VERBOSE))
            case "switch":
                values[key.value] = str(read.truth(node)).lower()
            case "duration":
                values[key.value] = read.matching(node, DURATION, "a duration", "such as 30s or 5m")
            case "text":
                values[key.value] = read.text(node)
    return values

"""A lab's inventory, and its secrets as they lie there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from remediate.files.inventory import load_inventory
from remediate.model.inventory import Inventory, SecretRef


@dataclass(frozen=True)
class Plain:
    """A secret for tests."""

    text: str

    def reveal(self) -> str:
        """The text."""
        return self.text


def resolve(reference: SecretRef) -> Plain:
    """The content of a secret file."""
    return Plain(Path(reference.name).read_text(encoding="utf-8").rstrip("\n"))


def load(directory: Path) -> Inventory:
    """The inventory in a lab's directory."""
    return load_inventory(directory, {})[0]

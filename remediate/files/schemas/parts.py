"""What the schemas of people's files are made of: scalars as the loaders' converter takes them, mappings, lists."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

Schema = dict[str, Any]
TEMPLATE: Schema = {"type": "string", "pattern": r"\{\{.*\}\}"}
SHA256 = "sha256"
"""Marks a fingerprint; validators pass over a format that they do not know."""


def mapping(keys: dict[str, Schema], required: Iterable[str] = ()) -> Schema:
    """A mapping with these keys and no others."""
    return {"type": "object", "properties": keys, "required": sorted(required), "additionalProperties": False}


def map_of(value: Schema, least: int = 0) -> Schema:
    """A mapping with keys of one's own, at least so many."""
    return {"type": "object", "additionalProperties": value, "minProperties": least}


def list_of(item: Schema) -> Schema:
    """A list, or one of its items alone."""
    return {"anyOf": [item, {"type": "array", "items": item}]}


def keyed(names: Iterable[str], special: dict[str, Schema], otherwise: Schema) -> dict[str, Schema]:
    """A loader's key list, each with its schema."""
    return {name: special.get(name, otherwise) for name in names}


def when(condition: dict[str, Any], **then: Any) -> Schema:
    """What holds where some keys have some values."""
    return {"if": {"properties": condition, "required": sorted(condition)}, "then": then}


@dataclass(frozen=True)
class Scalars:
    """Scalars of one kind of file, which evaluates templates or does not."""

    templates: bool

    def _or_template(self, *forms: Schema) -> Schema:
        return {"anyOf": [*forms, *([TEMPLATE] if self.templates else [])]}

    @property
    def text(self) -> Schema:
        """Whatever stands on one line: read as text, so that `14.2` is not a number."""
        return {"type": ["string", "number", "boolean"], "minLength": 1}

    def word(self, words: Iterable[str]) -> Schema:
        """One of these."""
        return self._or_template({"enum": sorted(words)})

    @property
    def truth(self) -> Schema:
        """true or false."""
        return self._or_template({"type": "boolean"}, {"enum": ["true", "false"]})

    def whole(self, least: int, most: int) -> Schema:
        """A whole number within bounds."""
        number: Schema = {"type": "integer", "minimum": least, "maximum": most}
        return self._or_template(number, {"type": "string", "pattern": "^(0|[1-9][0-9]*)$"})

    @property
    def seconds(self) -> Schema:
        """`90s`, `15min`, `2h`, or seconds."""
        return self.matching(r"[0-9]+\s*(s|min|m|h)?", numbers=True)

    @property
    def moment(self) -> Schema:
        """RFC 3339 with its zone."""
        date, time = r"[0-9]{4}-[01][0-9]-[0-3][0-9]", r"[0-2][0-9]:[0-5][0-9](:[0-6][0-9](\.[0-9]+)?)?"
        return self.matching(rf"{date}[T ]{time}(Z|[+-][0-9]{{2}}:[0-9]{{2}})")

    @property
    def host(self) -> Schema:
        """A host name or an address."""
        return self.matching(r"[A-Za-z0-9_:][A-Za-z0-9_.:-]*")

    @property
    def sha256(self) -> Schema:
        """64 hex digits, with colons or without."""
        form = self.matching(r"([Ss][Hh][Aa]256)?([: ]*[0-9A-Fa-f]){64}[: ]*", numbers=True)
        return form | {"format": SHA256}

    def matching(self, pattern: str, *, numbers: bool = False) -> Schema:
        """A scalar of one form; one of digits alone is a number to YAML."""
        forms: list[Schema] = [{"type": "string", "pattern": f"^{pattern}$"}]
        return self._or_template(*forms, *([{"type": "integer", "minimum": 0}] if numbers else []))

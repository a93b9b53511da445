"""JSON as our own files hold it: no duplicate keys, no floats, no NaN, UTF-8 without BOM, nothing behind it."""

from __future__ import annotations

import json
from typing import Any, NoReturn, TypeVar

from pydantic import ValidationError

from remediate.errors import InputError
from remediate.model.base import Value

V = TypeVar("V", bound=Value)
LARGEST = 2**53


def parse_value(data: bytes, model: type[V], path: str, kind: type[InputError]) -> V:
    """Bytes as a value. Raises `kind` naming the byte or the field."""
    if not data:
        raise kind("empty file", path=path)
    document = _document(data, path, kind)
    version = document.get("format_version") if isinstance(document, dict) else None
    expected = model.model_fields["format_version"].default
    if version != expected:
        printed = isinstance(version, str) and isinstance(document, dict) and "kind" in document
        hint = "this is what --json printed, for reading; give the file that -o wrote" if printed else ""
        raise kind(f"format_version is {version!r}, this tool reads {expected}", path=path, hint=hint)
    try:
        return model.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise kind(": ".join(filter(None, (place, first["msg"]))), path=path) from error


def _document(data: bytes, path: str, kind: type[InputError]) -> Any:
    def refuse(what: str) -> NoReturn:
        raise kind(what, path=path)

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        for key, value in items:
            if key in seen:
                refuse(f"duplicate key {key!r}")
            seen[key] = value
        return seen

    def whole(text: str) -> int:
        return int(text) if abs(int(text)) <= LARGEST else refuse("only whole numbers within ±2^53")

    try:
        text = data.decode()
        text.encode()
    except UnicodeError:
        refuse("not UTF-8")
    if text.startswith("\ufeff"):
        refuse("starts with a byte order mark")
    try:
        return json.loads(
            text,
            object_pairs_hook=pairs,
            parse_int=whole,
            parse_float=lambda _: refuse("only whole numbers within ±2^53"),
            parse_constant=lambda _: refuse("only whole numbers within ±2^53"),
        )
    except json.JSONDecodeError as error:
        refuse(f"not such a file: cut or damaged at byte {len(text[: error.pos].encode())}")
    except (RecursionError, ValueError):
        refuse("not such a file: nested too deep or a number too long")

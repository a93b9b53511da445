"""The base of every value, its canonical JSON, and the few types that all share."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer, StringConstraints


class Value(BaseModel):
    """Frozen, strict, closed. Fields hold tuples, never lists, so that every value hashes."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", ser_json_bytes="base64")

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with other fields, without what was computed from the old ones (pydantic keeps cached properties)."""
        made = super().model_copy(update=update, deep=deep)
        for computed in vars(made).keys() - type(made).model_fields.keys():
            del vars(made)[computed]
        return made


def canonical_json(value: Value) -> bytes:
    """The one byte form of a value: sorted keys, no spaces, UTF-8, a line end (RFC 8785 on our types)."""
    # `warnings=False`: a `Known` made without its parameter serialises as the same value.
    data = value.model_dump(mode="json", warnings=False)
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode() + b"\n"


def digest(value: Value) -> str:
    """SHA-256 of the canonical JSON, 64 hex digits."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def _aware_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("give time and zone, e.g. 2026-11-30T22:00:00Z")
    return moment.astimezone(UTC)


def _from_base64(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error


Moment = Annotated[datetime, AfterValidator(_aware_utc)]
"""An aware UTC time. Never read from a clock here: times are passed in."""

Words = Annotated[frozenset[str], PlainSerializer(sorted, return_type=list[str], when_used="json")]
"""A set of words; sorted in JSON, so that equal sets have one form."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""64 lower-case hex digits."""

Bytes = Annotated[
    bytes,
    BeforeValidator(_from_base64),
    PlainSerializer(lambda b: base64.b64encode(b).decode(), return_type=str, when_used="json"),
]
"""Bytes that travel as base64 in JSON."""

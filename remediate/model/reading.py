"""A reading is known or it is not. Unreachable is not absent; no action may rest on an `Unknown`."""

from __future__ import annotations

from typing import Generic, TypeVar

from remediate.model.base import Value

T = TypeVar("T")


class Known(Value, Generic[T]):
    """What was read. `None` inside means: read, and the device has no such thing."""

    value: T


class Unknown(Value):
    """Not read, and why, in words for the operator."""

    why: str


def known_or(reading: Known[T] | Unknown, otherwise: T) -> T:
    """The value, or `otherwise` where the reading is unknown. For display, never for deciding."""
    return reading.value if isinstance(reading, Known) else otherwise

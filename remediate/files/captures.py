"""Capture files: the canonical JSON of an `ObservedState`."""

from __future__ import annotations

import hashlib
from pathlib import Path

from remediate.errors import CaptureError
from remediate.files.durable import write_private
from remediate.files.json_strict import parse_value
from remediate.files.reading import MOST_STORED, read_bounded
from remediate.model.base import canonical_json
from remediate.model.observed import ObservedState


def write_capture(path: Path, observed: ObservedState) -> str:
    """Write it 0600; its SHA-256."""
    data = canonical_json(observed)
    write_private(path, data)
    return hashlib.sha256(data).hexdigest()


def read_capture(path: Path) -> ObservedState:
    """Read one. Raises `CaptureError`."""
    return parse_value(read_bounded(path, MOST_STORED, CaptureError), ObservedState, str(path), CaptureError)

"""The lab's own truth: one line of JSON per request, whatever a client believes it did."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

from remediate.lab.world import World


class Recorder:
    """Appends to `record.ndjson` in a lab's directory.

    `payload` is kept as its SHA-256 only; `text` is kept as it is, so pass it only where it holds no
    secret. Lines are flushed at once: tests read them while the lab runs.
    """

    def __init__(self, path: Path, world: World) -> None:
        self._world = world
        self._file = path.open("a", encoding="utf-8", buffering=1)

    def __call__(
        self,
        *,
        host: str,
        connection: str,
        verb: str,
        payload: bytes | str = b"",
        text: str | None = None,
        result: str,
    ) -> None:
        """Write one line."""
        raw = payload.encode() if isinstance(payload, str) else payload
        line = {
            "time": datetime.fromtimestamp(self._world.now(), UTC).isoformat(),
            "host": host,
            "connection": connection,
            "verb": verb,
            "sha256": hashlib.sha256(raw or (text or "").encode()).hexdigest(),
            "result": result,
        }
        self._file.write(json.dumps(line if text is None else {**line, "text": text}) + "\n")

    def close(self) -> None:
        """Close the file; the lab is going down."""
        self._file.close()

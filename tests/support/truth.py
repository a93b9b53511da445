"""What a lab says of itself: its state, and the record that no client can influence."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from remediate.lab.control import send

READS = ("ssh-login", "ssh-read", "ssh-command", "ssh-unknown", "https-GET", "tls", "os-login", "os-cli", "phones")
"""Verbs that change no device by themselves: what a command line of a UC node restarts has a line of its own."""
VERIFY = "EdgeConfigServer VerifyOriginServer"
DONE = ("OK", "200", "201", "ok", "lost")
"""Results of a write that took effect, its reply perhaps lost."""


@dataclass(frozen=True)
class Write:
    """One write that the lab saw."""

    host: str
    verb: str
    text: str
    result: str
    sha256: str
    """Of the payload."""

    @property
    def took_effect(self) -> bool:
        """Whether the device was changed by it."""
        return self.result in DONE


@dataclass(frozen=True)
class Truth:
    """What matters of a fleet: nothing in it moves by itself. Equal truths mean equal fleets."""

    listed: tuple[tuple[str, tuple[str, ...]], ...]
    off: tuple[str, ...]
    """Peers whose check of UC servers is off."""
    zones: tuple[tuple[str, tuple[str, ...]], ...]
    rules: tuple[tuple[str, tuple[str, ...]], ...]
    names: tuple[tuple[str, str], ...]

    def trusted(self, peer: str) -> tuple[str, ...]:
        """SHA-256 of a peer's trusted CA list, in order."""
        return dict(self.listed)[peer]


def truth(lab: Path) -> Truth:
    """Now."""
    state = send(lab, "state")
    peers: dict[str, Any] = state["peers"]
    clusters: dict[str, Any] = state["clusters"]
    return Truth(
        listed=tuple((name, tuple(peer["listed"])) for name, peer in peers.items()),
        off=tuple(name for name, peer in peers.items() if peer["settings"].get(VERIFY) == "Off"),
        zones=tuple((name, tuple(sorted(cluster["zones"]))) for name, cluster in clusters.items()),
        rules=tuple((name, tuple(cluster["allow_list"])) for name, cluster in clusters.items()),
        names=tuple((name, node["db_name"]) for name, node in state["nodes"].items()),
    )


@dataclass
class Record:
    """The lab's record from a moment on."""

    lab: Path
    begins: int = 0

    def __post_init__(self) -> None:
        self.begins = self._file.stat().st_size

    @property
    def _file(self) -> Path:
        return self.lab / "record.ndjson"

    def lines(self) -> list[dict[str, str]]:
        """All of it."""
        with self._file.open("rb") as file:
            file.seek(self.begins)
            return [json.loads(line) for line in file.read().splitlines()]

    def writes(self) -> list[Write]:
        """What would have changed a device, hands not counted."""
        seen = (line for line in self.lines() if line["verb"] not in READS and not line["verb"].startswith("hand-"))
        return [
            Write(line["host"], line["verb"], line.get("text", ""), line["result"], line["sha256"]) for line in seen
        ]

    def executed(self) -> Counter[tuple[str, str, str]]:
        """Writes that took effect, and how often."""
        return Counter((w.host, w.verb, w.text) for w in self.writes() if w.took_effect)

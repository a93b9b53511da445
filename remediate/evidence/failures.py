"""Refusals that are alike as one row, with counts; bounded in memory whatever the logs hold."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import datetime

from remediate.evidence.mending import MENDS, VERIFY_FAILED, Cause, Mend, cause_of
from remediate.evidence.refusal import Kind, Refusal
from remediate.evidence.requests import Service
from remediate.model.base import Moment, Value

MOST_ROWS = 5_000
MOST_NAMES = 500
"""Users, devices and peers kept per row; `more` counts how often others were met."""
_RECENT = 128


class Line(Value):
    """A line of a log, verbatim; `rejoined` where it was broken over several."""

    text: str
    rejoined: bool = False


class Failure(Value):
    """One thing that went wrong at one port of one UC server, however often and on whichever peers.

    `attempts` counts lines (the traffic server may try one request four times), `requests` the transactions among
    them as far as they are told apart. `ports` is empty where the logs do not tell it, and holds several where they
    leave open which. `terminated` False: the traffic server only noted it, and went on.
    """

    kind: Kind
    cause: Cause
    mends: tuple[Mend, ...]
    asked: str
    server: str
    address: str
    ports: tuple[int, ...]
    error: str
    depth: int | None
    terminated: bool
    attempts: int
    requests: int
    first: Moment | None
    last: Moment | None
    peers: tuple[str, ...]
    users: tuple[str, ...]
    devices: tuple[str, ...]
    services: tuple[Service, ...]
    more: int
    warning: Line | None
    error_line: Line | None


@dataclass
class _Names:
    """The first so many different ones, in their order."""

    kept: dict[str, None] = field(default_factory=dict)
    more: int = 0

    def add(self, name: str) -> None:
        if not name or name in self.kept:
            return
        if len(self.kept) < MOST_NAMES:
            self.kept[name] = None
        else:
            self.more += 1


@dataclass
class _Row:
    sample: Refusal
    attempts: int = 0
    requests: int = 0
    first: datetime | None = None
    last: datetime | None = None
    lines: dict[str, tuple[datetime | None, Line]] = field(default_factory=dict)
    recent: dict[Hashable, None] = field(default_factory=dict)
    names: dict[str, _Names] = field(default_factory=lambda: {k: _Names() for k in ("peers", "users", "devices")})
    services: dict[Service, None] = field(default_factory=dict)

    def add(self, refusal: Refusal) -> None:
        self.attempts += 1
        request = refusal.request
        marks = (refusal.peer, refusal.pid, request.number or self.attempts)
        if marks not in self.recent:
            self.requests += 1
            self.recent[marks] = None
            if len(self.recent) > _RECENT:
                del self.recent[next(iter(self.recent))]
        for key, name in (("peers", refusal.peer), ("users", request.user), ("devices", request.device)):
            self.names[key].add(name)
        if request.path or request.ports:
            self.services.setdefault(request.service)
        if refusal.at is not None:
            self.first = min(self.first or refusal.at, refusal.at)
            self.last = max(self.last or refusal.at, refusal.at)
        self.tell(refusal)

    def tell(self, refusal: Refusal) -> None:
        """Keeps the line if it is the latest of its level."""
        kept = self.lines.get(refusal.level)
        if kept is None or kept[0] is None or refusal.at is None or refusal.at >= kept[0]:
            self.lines[refusal.level] = (refusal.at, Line(text=refusal.line, rejoined=refusal.rejoined))

    def value(self) -> Failure:
        one = self.sample
        cause = cause_of(one.kind, one.error, one.depth, one.asked)
        return Failure(
            kind=one.kind, cause=cause, mends=MENDS[cause], asked=one.asked, server=one.server, address=one.address,
            ports=one.request.ports, error=one.error, depth=one.depth, terminated=one.terminated,
            attempts=self.attempts, requests=self.requests, first=self.first, last=self.last,
            peers=tuple(sorted(self.names["peers"].kept)), users=tuple(sorted(self.names["users"].kept)),
            devices=tuple(sorted(self.names["devices"].kept)), services=tuple(sorted(self.services)),
            more=sum(names.more for names in self.names.values()),
            warning=self._line("WARNING"), error_line=self._line("ERROR"),
        )  # fmt: skip

    def _line(self, level: str) -> Line | None:
        return self.lines[level][1] if level in self.lines else None


@dataclass
class Tally:
    """Collects refusals of any number of logs. `beyond` counts those for which there was no row left."""

    beyond: int = 0
    _rows: dict[Hashable, _Row] = field(default_factory=dict)
    _latest: dict[Hashable, _Row] = field(default_factory=dict)

    def add(self, refusal: Refusal) -> None:
        """Count it. The ERROR that only follows a WARNING is no refusal of its own."""
        if refusal.kind == "tls" and refusal.error == VERIFY_FAILED:
            told = self._latest.get(_speaker(refusal))
            if told is not None:
                told.tell(refusal)
                return
        row = self._row(refusal)
        if row is None:
            self.beyond += 1
            return
        row.add(refusal)
        self._latest[_speaker(refusal)] = row
        if len(self._latest) > MOST_ROWS:
            del self._latest[next(iter(self._latest))]

    def failures(self) -> tuple[Failure, ...]:
        """Those that ended a request first, then the most frequent; the same order for the same logs.

        Lines without Expressway's head (the traffic server's own log beside Expressway's, a line quoted in a mail)
        tell nothing new where the same refusal stands with its head.
        """
        every = [row.value() for row in self._rows.values()]
        whole = {_likeness(f) for f in every if f.peers}
        found = [f for f in every if f.peers or f.ports or _likeness(f) not in whole]
        return tuple(sorted(found, key=lambda f: (not f.terminated, -f.requests, f.asked, f.ports, f.kind, f.error)))

    def _row(self, refusal: Refusal) -> _Row | None:
        key = (
            refusal.kind, refusal.asked.lower(), refusal.address, refusal.request.ports, refusal.error, refusal.depth,
            refusal.terminated,
        )  # fmt: skip
        row = self._rows.get(key)
        if row is None and len(self._rows) < MOST_ROWS:
            row = self._rows[key] = _Row(refusal)
        return row


def _likeness(failure: Failure) -> Hashable:
    """What one refusal has in common in all its copies; OpenSSL 3 writes `self-signed`."""
    error = failure.error.replace("self-signed", "self signed")
    return (failure.kind, failure.asked.lower(), failure.address, error, failure.depth, failure.terminated)


def _speaker(refusal: Refusal) -> Hashable:
    return (refusal.peer, refusal.pid, refusal.server.lower())

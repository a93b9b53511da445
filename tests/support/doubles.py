"""Hand-written doubles of the engine's ports: a clock, a journal, an operator. `fleet` holds the devices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from remediate.errors import JournalError, Locked
from remediate.journal.entries import Entry
from remediate.journal.fold import outstanding_of
from remediate.model.outstanding import Outstanding

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


class Killed(BaseException):
    """The process dies here: nothing of ours runs afterwards but `finally`."""


class FakeClock:
    """Time moves only when somebody waits. `at_wait` is called before each wait."""

    def __init__(self, start: datetime = AT) -> None:
        self._start, self._passed = start, 0.0
        self.stopping = False
        self.at_wait: Callable[[float], None] = lambda _seconds: None

    def now(self) -> datetime:
        """Start and what passed since."""
        return self._start + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        """Seconds since the start."""
        return self._passed

    def wait(self, seconds: float) -> bool:
        """Passes at once; True when stopping."""
        self.at_wait(seconds)
        if not self.stopping:
            self._passed += seconds
        return self.stopping


class MemoryLedger:
    """Entries in a list; `fails_at` makes the append of that number (from 0) fail."""

    def __init__(self) -> None:
        self.kept: list[Entry] = []
        self.held: dict[str, str] = {}
        self.before_append: Callable[[Entry], None] = lambda _entry: None
        self.fails_at: int | None = None

    def prepare(self) -> None:
        """Nothing to make."""

    def append(self, entry: Entry) -> None:
        """Keep it."""
        self.before_append(entry)
        if self.fails_at is not None and len(self.kept) >= self.fails_at:
            raise JournalError("disk full: the journal has no room for the next entry; nothing is sent")
        self.kept.append(entry)

    def entries(self, run: str | None = None) -> tuple[Entry, ...]:
        """In order."""
        return tuple(entry for entry in self.kept if run in (None, entry.run))

    def outstanding(self) -> Outstanding:
        """The fold."""
        return outstanding_of(self.kept)

    @contextmanager
    def lock(self, cluster: str, run: str, who: str) -> Iterator[None]:
        """One holder per cluster."""
        if cluster in self.held:
            raise Locked(f"{cluster} is locked by {self.held[cluster]}")
        self.held[cluster] = f"{who} (run {run})"
        try:
            yield
        finally:
            del self.held[cluster]

    @property
    def kinds(self) -> list[str]:
        """Of the entries, in order."""
        return [entry.kind for entry in self.kept]


@dataclass
class Operator:
    """Consent given beforehand."""

    by_hand: bool = False
    who: str = "ops@desk"


@dataclass
class Told:
    """Progress, kept."""

    lines: list[tuple[str, str, str, str]] = field(default_factory=list)

    def event(self, kind: str, cluster: str, node: str, message: str) -> None:
        """Keep it."""
        self.lines.append((kind, cluster, node, message))

    def of(self, kind: str) -> list[str]:
        """Messages of one kind."""
        return [message for found, _, _, message in self.lines if found == kind]

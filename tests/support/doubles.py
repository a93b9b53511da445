"""Hand-written doubles of the engine's ports: a clock, a journal, an operator. `fleet` holds the devices."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

from remediate.errors import JournalError
from remediate.journal.entries import Entry
from remediate.rehearsal.books import Books
from remediate.rehearsal.clock import TwinClock

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


class Killed(BaseException):
    """The process dies here: nothing of ours runs afterwards but `finally`."""


class FakeClock(TwinClock):
    """Stands at `AT` unless told otherwise."""

    def __init__(self, start: datetime = AT) -> None:
        super().__init__(start)


class MemoryLedger(Books):
    """`fails_at` makes the append of that number (from 0) fail."""

    def __init__(self) -> None:
        super().__init__()
        self.fails_at: int | None = None

    def append(self, entry: Entry) -> None:
        """Keep it."""
        if self.fails_at is not None and len(self.kept) >= self.fails_at:
            self.before_append(entry)
            raise JournalError("disk full: the journal has no room for the next entry; nothing is sent")
        super().append(entry)

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

"""A ledger in memory: what it keeps outlives the run that dies, and ends with the rehearsal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from remediate.errors import Locked
from remediate.journal.entries import Entry
from remediate.journal.fold import outstanding_of
from remediate.model.outstanding import Outstanding


class Books:
    """Entries in a list, after those of `history`. `before_append` is called with each new one, and may raise."""

    def __init__(self, history: Iterable[Entry] = ()) -> None:
        self.kept: list[Entry] = list(history)
        self.held: dict[str, str] = {}
        self.before_append: Callable[[Entry], None] = lambda _entry: None

    def prepare(self) -> None:
        """Nothing to make."""

    def append(self, entry: Entry) -> None:
        """Keep it."""
        self.before_append(entry)
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

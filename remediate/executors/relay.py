"""The journal of a worker: durable on its own disk first, then told to whoever keeps the ledger of record."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

from remediate.engine.ports import Ledger
from remediate.journal.entries import Entry
from remediate.journal.fold import outstanding_of
from remediate.model.outstanding import Outstanding


class Relay:
    """Implements `engine.ports.Ledger`: what was handed over as history, and what is appended since."""

    def __init__(self, kept: Ledger, history: Iterable[Entry], tell: Callable[[Entry], object]) -> None:
        self._kept, self._known, self._tell = kept, list(history), tell
        self._turn = threading.Lock()

    def prepare(self) -> None:
        """The local one."""
        self._kept.prepare()

    def append(self, entry: Entry) -> None:
        """Durable here on return. Raises JournalError: then it is not told, and nothing is sent."""
        with self._turn:
            self._kept.append(entry)
            self._known.append(entry)
            self._tell(entry)

    def entries(self, run: str | None = None) -> tuple[Entry, ...]:
        """All entries that concern this shard, or those of one run."""
        return tuple(entry for entry in tuple(self._known) if run in (None, entry.run))

    def outstanding(self) -> Outstanding:
        """Their fold."""
        return outstanding_of(self.entries())

    def lock(self, cluster: str, run: str, who: str) -> AbstractContextManager[None]:
        """Among the workers that share the local ledger."""
        return self._kept.lock(cluster, run, who)

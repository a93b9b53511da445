"""The ledger: entries in digest chains and locks, in SQLite by default, in PostgreSQL by URL."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from remediate.errors import JournalError
from remediate.journal.entries import Entry
from remediate.journal.fold import outstanding_of
from remediate.ledger.chain import START, Head, Record, heads_of, record_of, verified
from remediate.ledger.database import Database
from remediate.ledger.locks import Lock, give_back, locks_in, release_file, take, touch, wish_for
from remediate.ledger.tables import ENTRIES
from remediate.model.outstanding import Outstanding

LEASE_SECONDS = 1800
"""A holder that wrote nothing for so long counts as gone; longer than any wait of one step."""
_ATTEMPTS = 20


class TellsTime(Protocol):
    """What the ledger needs of a clock."""

    def now(self) -> datetime:
        """Aware UTC."""
        ...


class SqlLedger:
    """Implements `engine.ports.Ledger`. Threads of one process share one; it writes one entry at a time.

    After an append that failed nothing more is written: an fsync that failed is not tried again (F021).
    """

    def __init__(self, database: Database, clock: TellsTime, lease: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._lease = lease
        self._writing = threading.Lock()
        self._held: dict[str, Lock] = {}
        self._lost = ""

    def append(self, entry: Entry) -> None:
        """Durable on return. Raises JournalError: then nothing may be sent."""
        with self._writing:
            if self._lost:
                raise JournalError(self._lost)
            try:
                self._append(entry)
            except JournalError as error:
                self._lost = str(error)
                raise

    def entries(self, run: str | None = None) -> tuple[Entry, ...]:
        """All entries, or one run's, in order. Raises JournalError naming the first bad record."""
        return tuple(entry for _, entry in verified(self._records(run)))

    def outstanding(self) -> Outstanding:
        """The fold of all entries."""
        return outstanding_of(self.entries())

    @contextmanager
    def lock(self, cluster: str, run: str, who: str) -> Iterator[None]:
        """Sole right to write on `cluster`. Raises Locked, naming who, where, since and run."""
        now = self._clock.now()
        wish = wish_for(cluster, run, who, now)
        with self._database.writing():  # the file must exist and be ours before a lock stands beside it
            pass
        descriptor = take(self._database, wish, now, self._lease)
        self._held[cluster] = wish
        try:
            yield
        finally:
            self._held.pop(cluster, None)
            try:
                give_back(self._database, wish)
            finally:
                release_file(descriptor)

    def locks(self) -> tuple[Lock, ...]:
        """All locks that stand."""
        with self._database.reading() as connection:
            return () if connection is None else locks_in(connection)

    def verify(self) -> tuple[Head, ...]:
        """Check every chain; where each ends. Raises JournalError naming the first bad record."""
        return heads_of(self._records(None))

    def export(self) -> Iterator[str]:
        """Every record as one JSON line, without checking."""
        for record in self._records(None):
            yield json.dumps(asdict(record), sort_keys=True, ensure_ascii=True)

    def _append(self, entry: Entry) -> None:
        for _ in range(_ATTEMPTS):
            if self._appended(entry):
                return
        raise JournalError(f"the journal {self._database.name} is too busy to append to")

    def _appended(self, entry: Entry) -> bool:
        try:
            with self._database.writing() as connection:
                self._insert(connection, entry)
        except IntegrityError:  # another process appended in between: take the next number
            return False
        return True

    def _insert(self, connection: Connection, entry: Entry) -> None:
        seq = (connection.execute(select(func.max(ENTRIES.c.seq))).scalar() or 0) + 1
        chain = select(ENTRIES.c.digest).where(ENTRIES.c.run == entry.run, ENTRIES.c.cluster == entry.cluster)
        previous = connection.execute(chain.order_by(ENTRIES.c.seq.desc()).limit(1)).scalar() or START
        connection.execute(insert(ENTRIES).values(**asdict(record_of(entry, seq, previous))))
        for lock in tuple(self._held.values()):
            touch(connection, lock, self._clock.now(), entry)

    def _records(self, run: str | None) -> tuple[Record, ...]:
        wanted = select(ENTRIES).order_by(ENTRIES.c.seq)
        if run is not None:
            wanted = wanted.where(ENTRIES.c.run == run)
        with self._database.reading() as connection:
            if connection is None:
                return ()
            return tuple(Record(**row) for row in connection.execute(wanted).mappings())


def open_ledger(url: str, clock: TellsTime, lease_seconds: int = LEASE_SECONDS) -> SqlLedger:
    """The ledger at a path (SQLite) or an SQLAlchemy URL. Nothing is created before the first write."""
    return SqlLedger(Database(url), clock, timedelta(seconds=lease_seconds))

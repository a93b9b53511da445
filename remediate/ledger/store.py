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
from remediate.journal.entries import Entry, LockForced
from remediate.journal.fold import outstanding_of
from remediate.ledger.chain import START, Head, Record, heads_of, record_of, verified
from remediate.ledger.database import Database, one_writer
from remediate.ledger.heartbeat import Heartbeat
from remediate.ledger.lock_files import hold, release
from remediate.ledger.locks import (
    HEARTBEAT_SECONDS,
    LEASE_SECONDS,
    Held,
    Holder,
    Lock,
    beat,
    give_back,
    holders,
    lock_of,
    note_in_flight,
    remove,
    take,
    wish_for,
)
from remediate.ledger.tables import ENTRIES
from remediate.model.base import canonical_json
from remediate.model.outstanding import Outstanding

_ATTEMPTS = 20


class TellsTime(Protocol):
    """What the ledger needs of a clock."""

    def now(self) -> datetime:
        """Aware UTC."""
        ...


class SqlLedger:
    """Implements `engine.ports.Ledger`. Threads of one process share one; it writes one entry at a time.

    After an append that failed, or once a lock of ours was taken, nothing more is written: an fsync that
    failed is not tried again (safety F021).
    """

    def __init__(self, database: Database, clock: TellsTime, lease: timedelta, heartbeat_seconds: float) -> None:
        self._database = database
        self._clock = clock
        self._lease = lease
        self._writing = threading.Lock()
        self._held: dict[str, Held] = {}
        self._lost = ""
        # A file lock ends with its process, so that beside a file nobody has to say that he lives.
        self._heartbeat = Heartbeat(self._beat, heartbeat_seconds) if database.path is None else None

    def prepare(self) -> None:
        """Make the place and the tables now. Raises JournalError where nothing can be kept."""
        self._database.prepare()

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
        with self._database.writing():  # the file must exist and be ours before a lock stands beside it
            pass
        held = take(self._database, wish_for(cluster, run, who), self._clock.now(), self._lease)
        self._hold(held)
        try:
            yield
        finally:
            self._release(held)

    def locks(self) -> tuple[Lock, ...]:
        """All locks that stand, by cluster."""
        return tuple(holder.lock for holder in self.holders())

    def holders(self) -> tuple[Holder, ...]:
        """The same, and whether each holder lives."""
        return holders(self._database, self._clock.now(), self._lease)

    def force_unlock(self, lock_id: str, who: str) -> Lock:
        """Remove the lock of a holder that is gone, and note who did it; the lock that was.

        What it left in flight stays unsettled. Raises InputError for an unknown id, Locked while the holder lives.
        """
        with self._database.reading() as connection:
            lock = lock_of(connection, lock_id)
        path = self._database.path
        descriptor = None if path is None else hold(path, lock.cluster, lambda: f"{lock}; end that process first")
        try:
            with self._writing:
                self._append(_forced(lock, who, self._clock.now()), without=lock)
        finally:
            release(descriptor)
        return lock

    @property
    def database(self) -> Database:
        """Where it lies, for who examines it."""
        return self._database

    def verify(self) -> tuple[Head, ...]:
        """Check every chain; where each ends. Raises JournalError naming the first bad record."""
        return heads_of(self._records(None))

    def export(self) -> Iterator[str]:
        """Every record as one JSON line, without checking."""
        for record in self._records(None):
            yield json.dumps(asdict(record), sort_keys=True, ensure_ascii=True)

    def _hold(self, held: Held) -> None:
        with self._writing:
            self._held[held.lock.cluster] = held
        if self._heartbeat is not None:
            self._heartbeat.start()

    def _release(self, held: Held) -> None:
        with self._writing:  # or a beat in between would miss its row and think that it was taken
            self._held.pop(held.lock.cluster, None)
            give_back(self._database, held)
        if self._heartbeat is not None and not self._held:
            self._heartbeat.stop()

    def _beat(self) -> None:
        with self._writing:
            if self._lost:
                return
            try:
                with self._database.writing() as connection:
                    self._lost = beat(connection, self._locks, self._clock.now())
            except JournalError:  # a server that does not answer now: the next append finds out for good
                return

    @property
    def _locks(self) -> tuple[Lock, ...]:
        return tuple(held.lock for held in self._held.values())

    def _append(self, entry: Entry, without: Lock | None = None) -> None:
        """`without`: a lock that goes in the same transaction."""
        for _ in range(_ATTEMPTS):
            if self._appended(entry, without):
                return
        raise JournalError(f"the journal {self._database.name} is too busy to append to")

    def _appended(self, entry: Entry, without: Lock | None) -> bool:
        try:
            with self._database.writing(needed=len(canonical_json(entry))) as connection:
                self._insert(connection, entry)
                if without is not None:
                    remove(connection, without, self._clock.now(), self._lease, beats=self._database.path is None)
        except IntegrityError:  # another process appended in between: take the next number
            return False
        return True

    def _insert(self, connection: Connection, entry: Entry) -> None:
        one_writer(connection)
        seq = (connection.execute(select(func.max(ENTRIES.c.seq))).scalar() or 0) + 1
        chain = select(ENTRIES.c.digest).where(ENTRIES.c.run == entry.run, ENTRIES.c.cluster == entry.cluster)
        previous = connection.execute(chain.order_by(ENTRIES.c.seq.desc()).limit(1)).scalar() or START
        connection.execute(insert(ENTRIES).values(**asdict(record_of(entry, seq, previous))))
        if taken := beat(connection, self._locks, self._clock.now()):
            raise JournalError(taken)
        note_in_flight(connection, self._locks, entry)

    def _records(self, run: str | None) -> tuple[Record, ...]:
        wanted = select(ENTRIES).order_by(ENTRIES.c.seq)
        if run is not None:
            wanted = wanted.where(ENTRIES.c.run == run)
        with self._database.reading() as connection:
            if connection is None:
                return ()
            return tuple(Record(**row) for row in connection.execute(wanted).mappings())


def _forced(lock: Lock, who: str, at: datetime) -> LockForced:
    holder = f"{lock.who} on {lock.place}"
    return LockForced(
        run=lock.run, cluster=lock.cluster, at=at, lock=lock.id, holder=holder, in_flight=lock.in_flight, who=who
    )


def open_ledger(
    url: str, clock: TellsTime, lease_seconds: float = LEASE_SECONDS, heartbeat_seconds: float = HEARTBEAT_SECONDS
) -> SqlLedger:
    """The ledger at a path (SQLite) or an SQLAlchemy URL. Nothing is created before the first write."""
    return SqlLedger(Database(url), clock, timedelta(seconds=lease_seconds), heartbeat_seconds)

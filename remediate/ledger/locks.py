"""Sole right to write on a cluster.

A lock is a row: who, where, since, run, heartbeat, and the step whose write is not settled. It is taken
over only when its holder is gone and nothing is in flight, or by the very run (or the rollback of it).
Beside a SQLite ledger each holder also keeps a file lock, so that a dead holder is known at once,
whatever process now bears its number (safety F032, F033).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from remediate.errors import JournalError, Locked
from remediate.journal.entries import Confirmed, Entry, Failed, Noop, OutcomeUnknown, StepIntended, StepRefused
from remediate.ledger.database import Database
from remediate.ledger.tables import LOCKS

_SETTLED = (Confirmed, Failed, Noop, OutcomeUnknown, StepRefused)


@dataclass(frozen=True)
class Lock:
    """A lock as the table holds it; times in ISO 8601, UTC."""

    cluster: str
    id: str
    who: str
    place: str
    since: str
    run: str
    heartbeat: str
    in_flight: str

    def __str__(self) -> str:
        return f"{self.cluster} is locked by {self.who} on {self.place} since {self.since} (run {self.run})"


def locks_in(connection: Connection) -> tuple[Lock, ...]:
    """All locks, by cluster."""
    rows = connection.execute(select(LOCKS).order_by(LOCKS.c.cluster))
    return tuple(Lock(**row) for row in rows.mappings())


def take(database: Database, wish: Lock, now: datetime, lease: timedelta) -> int | None:
    """Write the row for `wish`; a file descriptor to keep open, None where there is no file.

    Raises Locked naming the holder.
    """
    descriptor = _hold_file(database, wish.cluster)
    try:
        _take_row(database, wish, now, lease, holder_is_dead=descriptor is not None)
    except BaseException:
        release_file(descriptor)
        raise
    return descriptor


def give_back(database: Database, lock: Lock) -> None:
    """Remove the row, if it is still ours."""
    with database.writing() as connection:
        connection.execute(delete(LOCKS).where(LOCKS.c.cluster == lock.cluster, LOCKS.c.id == lock.id))


def release_file(descriptor: int | None) -> None:
    """End the file lock."""
    if descriptor is not None:
        os.close(descriptor)


def touch(connection: Connection, lock: Lock, now: datetime, entry: Entry) -> None:
    """Heartbeat, and what is in flight after `entry`. Raises JournalError when the lock is no longer ours."""
    values = {"heartbeat": now.isoformat()}
    if entry.cluster == lock.cluster:
        values |= _in_flight_after(entry)
    ours = update(LOCKS).where(LOCKS.c.cluster == lock.cluster, LOCKS.c.id == lock.id)
    if connection.execute(ours.values(**values)).rowcount != 1:
        raise JournalError(f"the lock on {lock.cluster} was taken from this run; nothing more is written")


def wish_for(cluster: str, run: str, who: str, now: datetime) -> Lock:
    """A lock of this process, with an id of its own."""
    place = f"{socket.gethostname()}, process {os.getpid()}"
    moment = now.isoformat()
    return Lock(cluster, secrets.token_hex(8), who, place, moment, run, moment, "")


def _in_flight_after(entry: Entry) -> dict[str, str]:
    if isinstance(entry, StepIntended):
        return {"in_flight": entry.step}
    return {"in_flight": ""} if isinstance(entry, _SETTLED) else {}


def _take_row(database: Database, wish: Lock, now: datetime, lease: timedelta, *, holder_is_dead: bool) -> None:
    holder = _holder(database, wish.cluster)
    if holder is None:
        _insert(database, wish)
        return
    expired = datetime.fromisoformat(holder.heartbeat) + lease < now
    if not (expired or holder_is_dead):
        raise Locked(f"{holder}; wait for it to end")
    if holder.in_flight and holder.run != wish.run:
        raise Locked(
            f"{holder}, and it left the write of step {holder.in_flight} unsettled:"
            f" remediate apply --resume {holder.run}, or remediate rollback {holder.run}"
        )
    _replace(database, holder, wish)


def _insert(database: Database, wish: Lock) -> None:
    try:
        with database.writing() as connection:
            connection.execute(insert(LOCKS).values(**vars(wish)))
    except IntegrityError as error:
        raise Locked(str(_holder(database, wish.cluster) or f"{wish.cluster} was locked a moment ago")) from error


def _replace(database: Database, holder: Lock, wish: Lock) -> None:
    theirs = update(LOCKS).where(
        LOCKS.c.cluster == holder.cluster, LOCKS.c.id == holder.id, LOCKS.c.heartbeat == holder.heartbeat
    )
    with database.writing() as connection:
        taken = connection.execute(theirs.values(**vars(wish))).rowcount
    if taken != 1:
        raise Locked(str(_holder(database, wish.cluster) or f"{wish.cluster} was locked a moment ago"))


def _holder(database: Database, cluster: str) -> Lock | None:
    with database.reading() as connection:
        found = () if connection is None else locks_in(connection)
    return next((lock for lock in found if lock.cluster == cluster), None)


def _hold_file(database: Database, cluster: str) -> int | None:
    if database.path is None:
        return None
    descriptor = _open(_lock_file(database.path, cluster))
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise Locked(str(_holder(database, cluster) or f"{cluster} is locked by another process")) from error
    except OSError as error:
        os.close(descriptor)
        hint = "keep the ledger on a local disk or in PostgreSQL"
        raise JournalError(f"{database.path.parent} has no file locks ({error.strerror}); {hint}") from error
    return descriptor


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise JournalError(f"cannot create {path}: {error.strerror}") from error


def _lock_file(ledger: Path, cluster: str) -> Path:
    mark = hashlib.sha256(cluster.encode()).hexdigest()[:16]
    return ledger.with_name(f"{ledger.name}.{mark}.lock")

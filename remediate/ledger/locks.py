"""Sole right to write on a cluster.

A lock is a row: who, where, since, run, heartbeat, and the step whose write is not settled. It is taken
over only when its holder is gone and nothing is in flight, or by the very run (or the rollback of it).

How a dead holder is told from a living one: beside a SQLite ledger each holder keeps a file lock, which the
kernel ends with its process, whatever process now bears its number (safety F032, F033). In PostgreSQL it
beats every HEARTBEAT_SECONDS, and counts as gone when LEASE_SECONDS passed by the server's clock without one.
"""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from remediate.errors import InputError, Locked
from remediate.journal.entries import Confirmed, Entry, Failed, Noop, RunClosed, StepIntended, StepRefused
from remediate.ledger.database import Database, server_now
from remediate.ledger.lock_files import hold, is_held, release
from remediate.ledger.tables import LOCKS

HEARTBEAT_SECONDS = 15
LEASE_SECONDS = 60
"""Four beats: a holder that was silent for so long counts as gone."""

_SETTLED = (Confirmed, Failed, Noop, RunClosed, StepRefused)
"""Not OutcomeUnknown: such a write may still take effect, and is read before anything else is done."""


_WAIT = "wait for it to end (-lock-timeout=5m waits); see remediate lock list"


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

    @property
    def way_out(self) -> str:
        """What settles the write that this lock's run left in flight."""
        return f"remediate apply --resume {self.run}, or remediate rollback {self.run}"


@dataclass(frozen=True)
class Held:
    """A lock of ours, and the file that is locked beside it; None where there is no file."""

    lock: Lock
    descriptor: int | None


@dataclass(frozen=True)
class Holder:
    """A lock and whether its holder lives."""

    lock: Lock
    alive: bool


def wish_for(cluster: str, run: str, who: str) -> Lock:
    """A lock of this process, with an id of its own, not yet dated."""
    place = f"{socket.gethostname()}, process {os.getpid()}"
    return Lock(cluster, secrets.token_hex(8), who, place, "", run, "", "")


def take(database: Database, wish: Lock, ours: datetime, lease: timedelta) -> Held:
    """Write the row for `wish`; `ours` is our own clock. Raises Locked naming the holder."""
    descriptor = None
    if database.path is not None:
        descriptor = hold(database.path, wish.cluster, lambda: _words(database, wish.cluster))
    try:
        with database.writing() as connection:
            now = server_now(connection, ours)
            lock = replace(wish, since=now.isoformat(), heartbeat=now.isoformat())
            _take_row(connection, lock, None if descriptor is not None else now - lease)
    except IntegrityError as error:  # another machine was faster
        release(descriptor)
        raise Locked(_words(database, wish.cluster)) from error
    except BaseException:
        release(descriptor)
        raise
    return Held(lock, descriptor)


def give_back(database: Database, held: Held) -> None:
    """Remove the row, if it is still ours, and end the file lock."""
    try:
        with database.writing() as connection:
            connection.execute(delete(LOCKS).where(LOCKS.c.id == held.lock.id))
    finally:
        release(held.descriptor)


def beat(connection: Connection, locks: tuple[Lock, ...], ours: datetime) -> str:
    """Say that the holder of these locks lives. Empty, or what was taken from it."""
    if not locks:
        return ""
    mine = LOCKS.c.id.in_([lock.id for lock in locks])
    moment = server_now(connection, ours).isoformat()
    if connection.execute(update(LOCKS).where(mine).values(heartbeat=moment)).rowcount == len(locks):
        return ""
    kept = set(connection.execute(select(LOCKS.c.id).where(mine)).scalars())
    lost = ", ".join(lock.cluster for lock in locks if lock.id not in kept)
    return f"the lock on {lost} was taken from this run; nothing more is written"


def note_in_flight(connection: Connection, locks: tuple[Lock, ...], entry: Entry) -> None:
    """What is in flight after `entry` on its cluster."""
    lock = next((lock for lock in locks if lock.cluster == entry.cluster), None)
    step = entry.step if isinstance(entry, StepIntended) else "" if isinstance(entry, _SETTLED) else None
    if lock is not None and step is not None:
        connection.execute(update(LOCKS).where(LOCKS.c.id == lock.id).values(in_flight=step))


def locks_in(connection: Connection) -> tuple[Lock, ...]:
    """All locks, by cluster."""
    rows = connection.execute(select(LOCKS).order_by(LOCKS.c.cluster))
    return tuple(Lock(**row) for row in rows.mappings())


def holders(database: Database, ours: datetime, lease: timedelta) -> tuple[Holder, ...]:
    """All locks by cluster, and whether each holder lives."""
    with database.reading() as connection:
        if connection is None:
            return ()
        silent_since = server_now(connection, ours) - lease
        found = locks_in(connection)
    path = database.path
    return tuple(
        Holder(lock, _beats(lock, silent_since) if path is None else is_held(path, lock.cluster)) for lock in found
    )


def remove(connection: Connection, lock: Lock, ours: datetime, lease: timedelta, *, beats: bool) -> None:
    """Delete the row of a holder that is gone. Raises Locked when it lives: `beats` asks its heartbeat."""
    if beats and _beats(lock, server_now(connection, ours) - lease):
        raise Locked(f"{lock}, and it was heard of at {lock.heartbeat}; end that process first")
    theirs = delete(LOCKS).where(LOCKS.c.id == lock.id, LOCKS.c.heartbeat == lock.heartbeat)
    if connection.execute(theirs).rowcount != 1:
        raise Locked(f"{lock}, and it was heard of a moment ago; end that process first")


def lock_of(connection: Connection | None, lock_id: str) -> Lock:
    """By id. Raises InputError naming the locks that stand."""
    found = () if connection is None else locks_in(connection)
    for lock in found:
        if lock.id == lock_id:
            return lock
    known = ", ".join(f"{lock.id} ({lock.cluster})" for lock in found) or "none stands"
    raise InputError(f"no lock has the id {lock_id}", path="LOCK_ID", hint=f"remediate lock list; locks: {known}")


def _beats(lock: Lock, silent_since: datetime) -> bool:
    return datetime.fromisoformat(lock.heartbeat) >= silent_since


def _take_row(connection: Connection, wish: Lock, silent_since: datetime | None) -> None:
    """`silent_since`: a holder heard of after it lives; None when the holder is known to be gone."""
    holder = next((lock for lock in locks_in(connection) if lock.cluster == wish.cluster), None)
    if holder is None:
        connection.execute(insert(LOCKS).values(**vars(wish)))
        return
    if silent_since is not None and _beats(holder, silent_since):
        raise Locked(f"{holder}; {_WAIT}")
    if holder.in_flight and holder.run != wish.run:
        raise Locked(f"{holder}, and it left the write of step {holder.in_flight} unsettled: {holder.way_out}")
    unchanged = LOCKS.c.id == holder.id, LOCKS.c.heartbeat == holder.heartbeat
    if connection.execute(update(LOCKS).where(*unchanged).values(**vars(wish))).rowcount != 1:
        raise Locked(f"{holder}; it was heard of a moment ago")


def _words(database: Database, cluster: str) -> str:
    with database.reading() as connection:
        found = () if connection is None else locks_in(connection)
    holder = next((lock for lock in found if lock.cluster == cluster), None)
    if holder is None:
        return f"{cluster} is locked by another process"
    return f"{holder}; {_WAIT}"

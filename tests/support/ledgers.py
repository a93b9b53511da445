"""Entries to keep, and a way to spoil what is kept."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import insert

from remediate.actions import RefreshServers, Undo
from remediate.journal.entries import Entry, RunOpened, StepIntended
from remediate.ledger.database import Database
from remediate.ledger.locks import Lock
from remediate.ledger.store import SqlLedger
from remediate.ledger.tables import LOCKS
from tests.support.doubles import AT

LONG_AGO = "2020-01-01T00:00:00+00:00"


def opened(run: str = "r1", cluster: str = "") -> RunOpened:
    """A run begins."""
    return RunOpened(
        run=run,
        cluster=cluster,
        at=AT,
        plan="0" * 64,
        steps_digest="1" * 64,
        purpose="remediate",
        clusters=("exp-c",),
        who="ops@desk",
    )


def intended(run: str = "r1") -> StepIntended:
    """A write is about to go out."""
    action = RefreshServers(cluster="exp-c", host="exp-c-1", names=("a",))
    undo = Undo(kind="by-hand", how="press it")
    return StepIntended(
        run=run,
        cluster="exp-c",
        at=AT,
        step="s1",
        action=action,
        before=("x",),
        saved=b"\x00pem",
        undo=undo,
        inverse=None,
        confirm=(),
    )


def spoil(url: str | Path, statement: str) -> None:
    """Change what is kept behind the ledger's back."""
    with Database(str(url)).writing() as connection:
        connection.exec_driver_sql(statement)


def abandon(ledger: SqlLedger, *entries: Entry) -> Lock:
    """A holder that dies: its row stays, its file lock and its heart do not."""
    held = ledger.lock("exp-c", "r1", "ops@desk")
    held.__enter__()
    for entry in entries:
        ledger.append(entry)
    [kept] = ledger.locks()
    held.__exit__(None, None, None)
    with ledger._database.writing() as connection:
        connection.execute(insert(LOCKS).values(**{**vars(kept), "heartbeat": LONG_AGO}))
    return kept

"""Entries to keep, and a way to spoil what is kept."""

from __future__ import annotations

from pathlib import Path

from remediate.actions import RefreshServers, Undo
from remediate.journal.entries import RunOpened, StepIntended
from remediate.ledger.database import Database
from tests.support.doubles import AT


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

"""The tables. Plain SQL types only, so that SQLite and PostgreSQL hold the same."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, Table, Text, UniqueConstraint

METADATA = MetaData()

ENTRIES = Table(
    "entries",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("run", Text, nullable=False),
    Column("cluster", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("digest", Text, nullable=False),
    UniqueConstraint("run", "cluster", "previous", name="one_chain_without_forks"),
    Index("entries_by_run", "run", "seq"),
)
"""`body` is the entry's canonical JSON; `digest` covers `previous`, `seq` and `body`."""

LOCKS = Table(
    "locks",
    METADATA,
    Column("cluster", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("since", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("heartbeat", Text, nullable=False),
    Column("in_flight", Text, nullable=False),
)
"""`place` is the machine and process of the holder; `in_flight` the step whose write is not settled."""

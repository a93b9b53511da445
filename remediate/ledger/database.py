"""One door to SQLAlchemy: durable connections, and its errors as ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, func, make_url, select
from sqlalchemy import inspect as inspector
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from remediate.errors import JournalError
from remediate.ledger.place import identity, inspect, prepare
from remediate.ledger.tables import ENTRIES, METADATA

_BUSY_SECONDS = 30
_POSTGRESQL = {"connect_timeout": 10, "tcp_user_timeout": 30_000, "keepalives_idle": 10, "keepalives_interval": 5}
"""Seconds, `tcp_user_timeout` in milliseconds: a server that vanished is noticed, not waited for."""
_WAITS = {"lock_timeout": "30s", "statement_timeout": "60s"}


class Database:
    """Connections that lose nothing that was committed. The SQLite file is made at the first write."""

    def __init__(self, url: str) -> None:
        self.url = _url(url)
        self.path = Path(self.url.database) if self.url.get_backend_name() == "sqlite" and self.url.database else None
        self.name = str(self.path or self.url.render_as_string(hide_password=True))
        self._identity: tuple[int, int] | None = None
        self._ready = False
        self._engine = _engine(self.url)

    def prepare(self) -> None:
        """Make the file and the tables now. Raises JournalError where that cannot be."""
        self._make_ready()

    @contextmanager
    def writing(self, needed: int = 0) -> Iterator[Connection]:
        """A transaction that is durable when the block is left without an error. `needed`: bytes, for the message."""
        self._make_ready()
        with _mapped(self.name, needed), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """A connection to read with; None while there is no ledger yet."""
        if self.path is not None and not self._ready and not _present(self.path):
            yield None
            return
        self._make_ready()
        with _mapped(self.name), self._engine.connect() as connection:
            yield connection

    def inspect(self) -> None:
        """Raises JournalError where a file cannot be kept; makes nothing."""
        if self.path is not None:
            inspect(self.path)

    @property
    def exists(self) -> bool:
        """Whether there is a ledger yet; a server counts as one."""
        return self.path is None or _present(self.path)

    def foreign_schema(self) -> tuple[str, ...]:
        """Tables and columns that this release lacks or that it wants and does not find. Makes nothing."""
        with _mapped(self.name), self._engine.connect() as connection:
            seen = inspector(connection)
            there = {table: {c["name"] for c in seen.get_columns(table)} for table in seen.get_table_names()}
        wanted = {table.name: {c.name for c in table.columns} for table in METADATA.sorted_tables}
        odd = {f"{table}.{column}" for table in wanted if table in there for column in wanted[table] ^ there[table]}
        missing = {table for table in wanted if table not in there} if there else set()
        return tuple(sorted(odd | missing))

    def _make_ready(self) -> None:
        if self.path is not None:
            self._same_file(self.path)
        if not self._ready:
            self._create_tables()
            self._ready = True

    def _create_tables(self) -> None:
        """Again while it fails: another process may create a table between the look and the creation, each in turn."""
        for left in reversed(range(len(METADATA.tables) + 1)):
            try:
                with _mapped(self.name):
                    METADATA.create_all(self._engine)
            except (IntegrityError, JournalError) as error:
                if not left or (isinstance(error, JournalError) and "already exists" not in str(error)):
                    raise
            else:
                return

    def _same_file(self, path: Path) -> None:
        """SQLite would go on writing into a file that was removed or replaced (safety F027)."""
        if self._identity is None:
            self._identity = prepare(path)
        elif identity(path) != self._identity:
            raise JournalError(f"the ledger {path} was replaced during the run; nothing more is written")


def server_now(connection: Connection, ours: datetime) -> datetime:
    """The database server's clock, so that machines that share it agree; `ours` where there is no server."""
    if connection.dialect.name != "postgresql":
        return ours
    told: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return told.astimezone(UTC)


def one_writer(connection: Connection) -> None:
    """Until the end of the transaction nobody else appends. SQLite has one writer anyway; readers never wait."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"LOCK TABLE {ENTRIES.name} IN SHARE ROW EXCLUSIVE MODE")


def _present(path: Path) -> bool:
    return path.is_symlink() or path.exists()


def _url(text: str) -> URL:
    if "://" not in text:
        return URL.create("sqlite", database=text)
    try:
        return make_url(text)
    except ArgumentError as error:
        raise JournalError("the ledger's URL cannot be read; example: postgresql+psycopg://host/name") from error


def _engine(url: URL) -> Engine:
    arguments: dict[str, dict[str, Any]] = {"sqlite": {"timeout": _BUSY_SECONDS}, "postgresql": _POSTGRESQL}
    durable = {"sqlite": _durable_sqlite, "postgresql": _durable_postgresql}.get(url.get_backend_name())
    if durable is None:
        raise JournalError(f"a ledger lives in SQLite or PostgreSQL, not in {url.get_backend_name()}")
    try:
        engine = create_engine(url, poolclass=NullPool, connect_args=arguments.get(url.get_backend_name(), {}))
    except (NoSuchModuleError, ImportError) as error:
        raise JournalError(f"no driver for the ledger's URL ({error}); pip install 'remediate[postgresql]'") from error
    event.listen(engine, "connect", durable)
    return engine


def _durable_sqlite(connection: Any, _record: object) -> None:
    """EXTRA syncs the directory once the rollback journal is deleted. With FULL a power loss right after a commit
    can bring that journal back, and with it the database as it was before."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=EXTRA")
    cursor.execute("PRAGMA journal_mode=DELETE")
    mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
    synchronous = cursor.execute("PRAGMA synchronous").fetchone()[0]
    cursor.close()
    if (mode, synchronous) != ("delete", 3):
        raise JournalError(f"SQLite refuses to be durable (journal_mode {mode}, synchronous {synchronous})")


def _durable_postgresql(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO on")
        for name, value in _WAITS.items():
            cursor.execute(f"SET {name} TO '{value}'")
        for setting in ("synchronous_commit", "fsync"):
            cursor.execute(f"SHOW {setting}")
            value = cursor.fetchone()[0]
            if value != "on":
                raise JournalError(f"the PostgreSQL server has {setting} = {value}: nothing there is durable")
    connection.commit()


@contextmanager
def _mapped(name: str, needed: int = 0) -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except SQLAlchemyError as error:
        said = " ".join(str(getattr(error, "orig", None) or error).split())
        raise JournalError(_words(name, said, needed)) from error


def _words(name: str, said: str, needed: int) -> str:
    if "malformed" in said or "not a database" in said or "no such column" in said:
        return f"journal damaged: {name}: {said}; keep the file, and restore it from a copy"
    if "disk is full" in said or "No space left" in said:
        return f"disk full: {needed} bytes needed at {name}; nothing is sent"
    return f"cannot use the journal {name}: {said}; nothing is sent"

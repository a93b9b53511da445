"""A private PostgreSQL: a cluster in a directory of its own, reached by a Unix socket in it and by nothing else."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from tests.support.required import program

PACKAGE = "postgresql"
_OPTIONS = "-c listen_addresses='' -c max_connections=60 -c shared_buffers=16MB -c autovacuum=off"


@dataclass(frozen=True)
class Server:
    """It runs, and lets in whoever reaches its socket."""

    home: Path

    def url(self, database: str) -> str:
        """For SQLAlchemy."""
        return f"postgresql+psycopg://tester@/{database}?host={self.home}"

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"ledger_{secrets.token_hex(6)}"
        engine = create_engine(self.url("postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        return self.url(name)


@contextmanager
def server() -> Iterator[Server]:
    """Set up, started, and taken down at the end with all it held."""
    initdb, pg_ctl = program("initdb", PACKAGE), program("pg_ctl", PACKAGE)
    home = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path has room for about 100 bytes
    data, log = home / "data", home / "log"
    try:
        _own(home)
        _run(initdb, "-D", str(data), "-U", "tester", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        _run(pg_ctl, "-D", str(data), "-l", str(log), "-w", "-o", f"{_OPTIONS} -k {home}", "start")
        try:
            yield Server(home)
        finally:
            _run(pg_ctl, "-D", str(data), "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(home)


def _run(*command: str) -> None:
    """PostgreSQL refuses to run as root."""
    user = _user()
    done = subprocess.run(
        command,
        check=False,
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        user=None if user is None else user.pw_uid,
        group=None if user is None else user.pw_gid,
        extra_groups=None if user is None else (),
    )
    assert done.returncode == 0, done.stdout.decode()


def _own(home: Path) -> None:
    user = _user()
    if user is not None:
        os.chown(home, user.pw_uid, user.pw_gid)


def _user() -> pwd.struct_passwd | None:
    """Whom to run it as; None for ourselves."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return pwd.getpwnam("postgres" if "postgres" in names else "nobody")

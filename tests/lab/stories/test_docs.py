"""Whoever follows the documentation by the letter ends where it says: every command of it runs on the lab."""

from __future__ import annotations

import io
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from remediate.cli.main import main
from tests.support.pages import DOCS, FOLLOWED, PROJECT, Saved, Typed, missing, tasks
from tests.support.postgresql import server

SHELL = frozenset("|&;<>$`\\*\n")
"""A command with one of these needs a shell; every other `remediate` runs in this process."""


DATABASE = "postgresql+psycopg://remediate@db.example.test/remediate"
"""Stands for a database that is made for the test."""


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory like a fresh clone, with the program in the PATH; a lab in it is taken down."""
    for name in ("playbooks", "inventories"):
        shutil.copytree(PROJECT / name, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    yield tmp_path
    if (tmp_path / "lab").exists():
        main(["lab", "down", "--dir", "lab"])


@pytest.fixture
def database(page: Path) -> Iterator[str]:
    """A PostgreSQL of its own, where a page wants one."""
    if DATABASE not in page.read_text(encoding="utf-8"):
        yield ""
        return
    with server() as started:
        yield started.new_database()


@pytest.mark.parametrize("page", FOLLOWED, ids=lambda page: page.stem)
def test_page(page: Path, clone: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each command answers the exit code that stands beside it, and prints the lines that stand below it."""
    for task in tasks(page):
        if isinstance(task, Typed) and task.command.startswith("export "):
            name, _, value = task.command.removeprefix("export ").partition("=")
            monkeypatch.setenv(name, database if value == DATABASE else value)
            continue
        if isinstance(task, Saved):
            (clone / task.name).parent.mkdir(parents=True, exist_ok=True)
            (clone / task.name).write_text(task.text, encoding="utf-8")
            continue
        code, text = ran(task)
        assert code == task.code, f"$ {task.command}\n{text}"
        line = missing(task.shown, text.splitlines())
        assert line is None, f"$ {task.command}\n{text}\nnot printed: {line}"


def ran(task: Typed) -> tuple[int, str]:
    """Exit code, and everything that was printed, in the order in which a terminal would show it."""
    if task.command.startswith("remediate ") and not SHELL & set(task.command):
        screen = io.StringIO()
        with redirect_stdout(screen), redirect_stderr(screen):
            code = main(shlex.split(task.command, comments=True)[1:])
        return code, screen.getvalue()
    done = subprocess.run(
        ["bash", "-c", task.command], check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return done.returncode, done.stdout


def test_no_command_is_left_out() -> None:
    """A console block stands on a page that is run here. Workers need another machine: tests/lab/faults has one."""
    others = [page for page in DOCS.rglob("*.md") if page not in FOLLOWED]
    shown = {page.name for page in others if "```console" in page.read_text(encoding="utf-8")}
    assert shown <= {"workers.md"}

"""Commands in processes of their own that may die at any event: forked from one that has imported everything."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

DEADLINE_S = 120.0
_POLL_S = 0.002
_PRELOADED = ["tests.support.mortal", "tests.support.preloaded"]


@dataclass(frozen=True)
class Order:
    """A command line, the lab it works on, where its screen and its events are kept, and when it dies."""

    argv: tuple[str, ...]
    lab: Path
    home: Path
    dies_at: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)
    waits_for: Path | None = None
    """Begin only once this file is there."""


@dataclass(frozen=True)
class Life:
    """How it ended: an exit code, or -9; its screen; its events in order."""

    code: int
    screen: str
    events: tuple[str, ...]


def live(order: Order) -> Life:
    """Run a command to its end."""
    return ended(order, started(order))


def started(order: Order) -> BaseProcess:
    """Begin a command."""
    order.home.mkdir(parents=True, exist_ok=True)
    process = _context().Process(target=_main, args=(order,))
    process.start()
    return process


def ended(order: Order, process: BaseProcess) -> Life:
    """Wait for its end."""
    process.join(DEADLINE_S)
    screen = (order.home / "screen").read_text(encoding="utf-8", errors="replace")
    assert process.exitcode is not None, f"{order.argv} did not end within {DEADLINE_S:g} s:\n{screen}"
    events = (order.home / "events").read_text(encoding="utf-8").splitlines()
    return Life(process.exitcode, screen, tuple(events))


def _context() -> multiprocessing.context.ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    return context


def _main(order: Order) -> None:
    from remediate.cli.main import main  # noqa: PLC0415 - in the forked process only
    from tests.support.metered import Meter, metered  # noqa: PLC0415

    _redirect(order.home / "screen")
    os.environ.update(order.environment)
    _wait_for(order.waits_for)
    meter = Meter(order.home / "events", order.dies_at)
    meter.watch_the_wire()
    code = main(order.argv, metered(order.lab, meter))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _wait_for(file: Path | None) -> None:
    while file is not None and not file.exists():
        threading.Event().wait(_POLL_S)


def _redirect(screen: Path) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    file = os.open(screen, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    for source, target in ((nothing, 0), (file, 1), (file, 2)):
        os.dup2(source, target)

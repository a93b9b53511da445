"""Check inventories and playbooks without a network. Exit 5 when something is wrong."""

from __future__ import annotations

import threading
from argparse import Namespace
from pathlib import Path

from remediate.cli.exits import Exit
from remediate.cli.wiring import Wiring
from remediate.files.lint import lint

INVENTORY = "clusters.yml"


def run(args: Namespace, wiring: Wiring) -> int:
    """One line per thing that is wrong."""
    files = [file for path in args.paths for file in _files(Path(path))]
    wrong = lint(files, wiring.clock(threading.Event()).now())
    for error in wrong:
        wiring.output.line(str(error))
    if not wrong:
        wiring.output.line("Nothing wrong.")
    return Exit.USAGE if wrong else Exit.OK


def _files(path: Path) -> list[Path]:
    if not path.is_dir() or (path / INVENTORY).exists():
        return [path]
    return sorted(path.glob("*.yml")) or [path / INVENTORY]

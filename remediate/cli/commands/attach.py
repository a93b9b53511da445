"""Follow a run by the folder that it writes. Reads that folder alone."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from pathlib import Path

from remediate.cli.exits import Exit
from remediate.cli.parser import nearest
from remediate.cli.run_folder import ARTIFACTS
from remediate.cli.session import Session
from remediate.cli.wiring import Wiring
from remediate.errors import InputError

_TURN_S = 0.2


def run(args: Namespace, wiring: Wiring) -> int:
    """Print what there is, and what comes, until the run has an exit code or its process is gone."""
    session = Session(args, wiring)
    folder = _named(args.run, session.home / ARTIFACTS)
    with (folder / "stdout").open(encoding="utf-8", errors="replace") as said:
        while True:
            code, alive = _code(folder), _lives(folder)  # first: what is said before the end is then read
            wiring.output.text(said.read())
            if code is not None:
                return code
            if not alive:
                again = f"remediate status -i {args.inventory}, then apply its plan with --resume {folder.name}"
                wiring.output.note(f"{folder.name} did not end, and its process is gone: {again}")
                return Exit.ERROR
            session.clock.wait(_TURN_S)


def _named(run: str, runs: Path) -> Path:
    known = sorted(path.parent.name for path in runs.glob("*/stdout"))
    if run == "last" and known:
        return runs / known[-1]
    if run not in known:
        near = nearest(run, known)
        hint = f"did you mean {near}?" if near else f"the last ones: {', '.join(known[-5:]) or 'none'}"
        raise InputError(f"no run {run} left a folder in {runs}", path="command line", hint=hint)
    return runs / run


def _code(folder: Path) -> int | None:
    try:
        return int((folder / "rc").read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):  # not yet, or being written
        return None


def _lives(folder: Path) -> bool:
    """Whether the process of its latest event is there."""
    files = (folder / "job_events").glob("*.json")
    latest = max(files, key=lambda file: int(file.name.partition("-")[0]), default=None)
    if latest is None:
        return True
    try:
        os.kill(int(json.loads(latest.read_text(encoding="utf-8"))["pid"]), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, ValueError):  # another user's, or being written
        return True
    return True

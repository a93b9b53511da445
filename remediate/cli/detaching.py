"""A run that outlives its terminal: `apply --detach` begins it, `attach` follows it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Sequence

from remediate.cli.exits import Exit
from remediate.cli.output import Output
from remediate.errors import InputError

BEGAN = re.compile(rb"^PLAY: (\S+)$", re.MULTILINE)
"""What a run says first, once it has an id and with it a folder to follow."""
FLAG = "--detach"
_TURN_S = 0.05


def detached(word: str, arguments: Sequence[str], known: Namespace, output: Output) -> int:
    """Begin the same command in a session of its own, and leave it once its run has an id.

    Where it ends before, as where it is refused, its words and its exit code are those of this command.
    """
    for option in ("step", "events"):
        if getattr(known, option):
            what = f"--{'json' if option == 'events' else option} wants somebody who is there"
            raise InputError(what, path=FLAG, hint="follow the run with remediate attach")
    rest = [argument for argument in arguments if argument != FLAG]
    command = [sys.executable, "-m", "remediate", word, *rest, "--input=false"]
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(  # noqa: S603 - this program, with the words that it was typed with
            command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, start_new_session=True
        )
        while (code := _ended(child)) is None:
            if began := BEGAN.search(os.pread(said.fileno(), 1_000_000, 0)):
                run = began[1].decode()
                output.line(f"Run {run} goes on by itself, as process {child.pid}.")
                output.hint(
                    f"To follow it: remediate attach {run} -i {known.inventory}; to stop it: kill -INT {child.pid}"
                )
                return Exit.OK
        said.seek(0)
        output.text(said.read().decode("utf-8", "replace"))
        return code


def _ended(child: subprocess.Popen[bytes]) -> int | None:
    try:
        return child.wait(_TURN_S)
    except subprocess.TimeoutExpired:
        return None

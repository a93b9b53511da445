"""What is said, and with --debug kept, of an error that is our own fault."""

from __future__ import annotations

import os
import tempfile
import traceback
from collections.abc import Sequence

from remediate.cli.output import Output
from remediate.report.redaction import hidden


def report(error: Exception, arguments: Sequence[str], output: Output, secrets: Sequence[str] = ()) -> None:
    """One line; with `--debug` the traceback in a 0600 file. Values of variables are never written, nor any of
    `secrets`, which a library may have put into its words in an encoding of its own."""
    output.note(hidden(f"internal error: {type(error).__name__}: {error}", secrets))
    if "--debug" in arguments:
        output.note(f"details: {_kept(hidden(''.join(traceback.format_exception(error)), secrets))}")
    else:
        output.note("please report it; with --debug its details go to a file")


def _kept(text: str) -> str:
    handle, path = tempfile.mkstemp(prefix="remediate-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return path

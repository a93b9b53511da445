"""What is said, and with --debug kept, of an error that is our own fault."""

from __future__ import annotations

import os
import tempfile
import traceback
from collections.abc import Sequence

from remediate.cli.output import Output


def report(error: Exception, arguments: Sequence[str], output: Output) -> None:
    """One line; with `--debug` the traceback in a 0600 file. Values of variables are never written."""
    output.note(f"internal error: {type(error).__name__}: {error}")
    if "--debug" in arguments:
        output.note(f"details: {_kept(error)}")
    else:
        output.note("please report it; with --debug its details go to a file")


def _kept(error: Exception) -> str:
    handle, path = tempfile.mkstemp(prefix="remediate-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.writelines(traceback.format_exception(error))
    return path

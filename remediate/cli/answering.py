"""The one answer of a command: words for people, a document for machines, or both."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from remediate.cli.output import Output


def answer(args: Namespace, output: Output, document: Callable[[], str], words: Callable[[], object]) -> None:
    """With `--json` the document alone, else words; with `--json-into` the document goes into that file besides.

    Raises InputError where the file cannot be written.
    """
    told = document() if args.json or args.json_into else ""
    if args.json_into:
        from remediate.files.durable import write_private  # noqa: PLC0415 - only where a file is asked for

        write_private(Path(args.json_into), told.encode("utf-8", "backslashreplace"))
    if args.json:
        output.text(told)
    else:
        words()

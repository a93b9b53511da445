"""What differs between two captures. With -detailed-exitcode: 2 when something does."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from remediate.cli import parser as options
from remediate.cli.exits import Exit
from remediate.cli.parser import Parsers
from remediate.cli.wiring import Wiring
from remediate.files.captures import read_capture
from remediate.report import as_json
from remediate.report.as_text.drift import compare
from remediate.report.sanitize import page

EXAMPLE = """
remediate compare before.capture after.capture
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "compare", __doc__, EXAMPLE)
    parser.add_argument("before", metavar="A", help="a capture")
    parser.add_argument("after", metavar="B", help="a later one")
    options.json_output(parser)
    options.detailed(parser)


def run(args: Namespace, wiring: Wiring) -> int:
    """Read both, print the differences."""
    lines = compare(read_capture(Path(args.before)), read_capture(Path(args.after)))
    if args.json:
        wiring.output.text(as_json.document("compare", differences=lines))
    else:
        wiring.output.text(page(lines or ("No differences.",)))
    return Exit.CHANGES_OR_FAILED if lines and args.detailed_exitcode else Exit.OK

"""Check inventories, playbooks and plan files without a network. Exit 5 when something is wrong."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from remediate.cli import parser as options
from remediate.cli.exits import Exit
from remediate.cli.parser import Parsers
from remediate.cli.wiring import Wiring
from remediate.files.lint import lint

EXAMPLE = """
remediate lint inventories/prod playbooks/
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "lint", __doc__, EXAMPLE)
    parser.add_argument("paths", metavar="PATH", nargs="+", help="files or directories")


def run(args: Namespace, wiring: Wiring) -> int:
    """One line per thing that is wrong."""
    wrong = lint([Path(path) for path in args.paths])
    for error in wrong:
        wiring.output.line(str(error))
    if not wrong:
        wiring.output.line("Nothing wrong.")
    return Exit.USAGE if wrong else Exit.OK

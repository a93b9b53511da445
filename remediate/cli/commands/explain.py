"""What a finding means, what mends it, and its source. `list` names all findings."""

from __future__ import annotations

import inspect
from argparse import Namespace

from remediate.checks import ALL
from remediate.cli import parser as options
from remediate.cli.exits import Exit
from remediate.cli.parser import Parsers, nearest
from remediate.cli.wiring import Wiring
from remediate.errors import InputError

EXAMPLE = """
remediate explain list
remediate explain origin-not-trusted
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "explain", __doc__, EXAMPLE)
    parser.add_argument("finding", metavar="FINDING", help="id of a finding, or list")


def run(args: Namespace, wiring: Wiring) -> int:
    """Print the page of one check."""
    pages = {check.id: inspect.getdoc(check) or "" for check in ALL}
    if args.finding == "list":
        for identity, page in pages.items():
            wiring.output.line(f"{identity}: {_first_sentence(page)}")
    elif args.finding in pages:
        wiring.output.line(f"{args.finding}\n\n{pages[args.finding]}")
    else:
        near = nearest(args.finding, pages)
        hint = f"did you mean {near}?" if near else "see remediate explain list"
        raise InputError(f"no finding {args.finding}", path="command line", hint=hint)
    return Exit.OK


def _first_sentence(page: str) -> str:
    paragraph = " ".join(page.partition("\n\n")[0].split())
    return paragraph.partition(". ")[0].rstrip(".") + "."

"""Who holds which cluster: one lock per cluster, with its holder, machine, run and the write in flight.

A lock goes by itself when its run ends. One whose holder is gone is taken over by the next run, unless a
write was in flight: then go on with that run or take it back. remediate force-unlock ID is the last resort.
"""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate lock list -i inventories/prod
remediate lock list -i inventories/prod --json
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "lock", __doc__, EXAMPLE)
    parser.add_argument("what", metavar="list", choices=["list"])
    options.inventory(parser, required=False)
    options.json_output(parser)

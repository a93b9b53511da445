"""What earlier runs left: temporary workarounds, pending actions, runs that did not end.

With -i the devices are read too. Exit 12: a temporary workaround is past its date; 13: something is
outstanding; 0: nothing is.
"""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate status -i inventories/prod
remediate status --ledger inventories/prod/.remediate/ledger.sqlite --json
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "status", __doc__, EXAMPLE)
    options.inventory(parser, required=False)
    options.forks(parser)
    options.json_output(parser)

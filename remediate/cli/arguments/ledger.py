"""Check the ledger's digest chains, or write every entry as one line of JSON."""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate ledger verify -i inventories/prod
remediate ledger export -i inventories/prod > ledger.ndjson
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "ledger", __doc__, EXAMPLE)
    parser.add_argument("what", metavar="verify|export", choices=["verify", "export"])
    options.inventory(parser, required=False)

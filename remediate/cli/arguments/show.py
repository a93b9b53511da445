"""Print a plan file. Needs no network, no inventory and no ledger."""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate show fix.plan
remediate show fix.plan -json | jq '.resource_changes[].address'
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "show", __doc__, EXAMPLE)
    parser.add_argument("plan", metavar="FILE", help="plan file; - reads stdin")
    options.json_output(parser)
    options.shapes(parser)

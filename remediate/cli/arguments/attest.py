"""Vouch for what nothing readable shows: the restart of a UC service, or a backup that was just taken.

Who vouches stands in the ledger. A restart of a peer and Refresh servers are never attested: verify sees them.
"""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate attest RUN.rename-system-server:cucm-pub.1 -i inventories/prod --who "A. Smith"
remediate attest backup:exp-c -i inventories/prod --who "A. Smith"
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "attest", __doc__, EXAMPLE)
    parser.add_argument("action", metavar="ID", help="as remediate status prints it, or backup:CLUSTER")
    options.inventory(parser, required=False)
    parser.add_argument("--who", metavar="NAME", type=options.reason, default="", help="who saw it done (default: you)")

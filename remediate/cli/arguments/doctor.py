"""Everything that would stop an apply, each with what to do about it. Reads only; without -i this machine alone.

Versions, settings and what set them, the ledger, and with -i doors, pins, logins, clocks and privileges of every
node, clusters whose peers differ, locks, what earlier runs left, windows, approvals and backups.
Exit 0: nothing would stop an apply; 9: something would; 4: nothing that could be examined, and something could not.
"""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate doctor
remediate doctor -i inventories/prod
remediate doctor -i inventories/prod -l exp-c --json
remediate doctor -i inventories/prod --scan-secrets .remediate
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "doctor", __doc__, EXAMPLE)
    options.inventory(parser, required=False)
    options.limit(parser)
    options.forks(parser)
    options.json_output(parser)
    told = "only look for the inventory's passwords in each file of DIR, asking no device; 9 where one stands"
    parser.add_argument("--scan-secrets", metavar="DIR", default="", help=told)

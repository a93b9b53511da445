"""Remove the lock of a holder that is gone. The last resort: the ledger notes who did it.

A holder that lives keeps its lock: end that process first. A write that was in flight stays unsettled, and
the next run of that cluster reads it before anything else. remediate lock list prints the ids.
"""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate force-unlock 3f1c9a5e0b7d2468 -i inventories/prod
remediate force-unlock 3f1c9a5e0b7d2468 -i inventories/prod -force
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "force-unlock", __doc__, EXAMPLE)
    parser.add_argument("lock", metavar="ID", help="as remediate lock list prints it")
    options.inventory(parser, required=False)
    parser.add_argument("--force", action="store_true", help="do not ask")

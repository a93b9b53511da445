"""Which UC server fails on which peer, on which port, and why, by fresh readings or from a capture.

Pending actions that are seen done are noted as done in the ledger. Exit 0: all good; 9: something fails
or is pending; 4: nothing fails, and something is not known.
"""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate verify -i inventories/prod
remediate verify -i inventories/prod --view upgraded
remediate verify -i inventories/prod --from before.capture --json
"""
VIEWS = {
    "now": "as the traffic servers decide now",
    "listed": "as if every restart owed were done",
    "enforced": "as if VerifyOriginServer were On",
    "off": "as if VerifyOriginServer were Off",
    "upgraded": "as after an upgrade to X14.2, whichever certificate is then served",
}


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "verify", __doc__, EXAMPLE)
    options.inventory(parser)
    options.limit(parser)
    options.forks(parser)
    options.given(parser)
    options.json_output(parser)
    options.readings(parser)
    parser.add_argument(
        "--view", choices=list(VIEWS), default="now", help="; ".join(f"{k}: {v}" for k, v in VIEWS.items())
    )

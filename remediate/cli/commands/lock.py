"""Who holds which cluster: one lock per cluster, with its holder, machine, run and the write in flight.

A lock goes by itself when its run ends. One whose holder is gone is taken over by the next run, unless a
write was in flight: then go on with that run or take it back. remediate force-unlock ID is the last resort.
"""

from __future__ import annotations

import json
from argparse import Namespace

from remediate.cli import parser as options
from remediate.cli.exits import Exit
from remediate.cli.parser import Parsers
from remediate.cli.session import Session
from remediate.cli.wiring import Wiring
from remediate.ledger.store import open_ledger
from remediate.report.as_text.locks import HeldLock, locks

EXAMPLE = """
remediate lock list -i inventories/prod
remediate lock list -i inventories/prod --json
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "lock", __doc__, EXAMPLE)
    parser.add_argument("what", choices=["list"])
    options.inventory(parser, required=False)
    options.json_output(parser)


def run(args: Namespace, wiring: Wiring) -> int:
    """Read the ledger; nothing is written."""
    session = Session(args, wiring)
    held = tuple(
        HeldLock(**vars(holder.lock), alive=holder.alive)
        for holder in open_ledger(session.ledger_url, session.clock).holders()
    )
    if args.json:
        wiring.output.text(json.dumps([one.model_dump() for one in held], indent=1, ensure_ascii=False) + "\n")
    else:
        wiring.output.text(locks(held))
    return Exit.OK

"""Remove the lock of a holder that is gone. The last resort: the ledger notes who did it.

A holder that lives keeps its lock: end that process first. A write that was in flight stays unsettled, and
the next run of that cluster reads it before anything else. remediate lock list prints the ids.
"""

from __future__ import annotations

from argparse import Namespace

from remediate.cli import parser as options
from remediate.cli.exits import Exit
from remediate.cli.parser import Parsers
from remediate.cli.session import Session
from remediate.cli.wiring import Wiring
from remediate.errors import ForbiddenStep
from remediate.ledger.store import open_ledger

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
    parser.add_argument("--input", choices=["true", "false"], default="true", help="false: ask nothing, and so refuse")


def run(args: Namespace, wiring: Wiring) -> int:
    """Ask, remove, say what is left to do."""
    session = Session(args, wiring)
    if not args.force:
        _asked(session)
    lock = open_ledger(session.ledger_url, session.clock).force_unlock(args.lock, wiring.consent(False).who)
    wiring.output.line(f"Unlocked {lock.cluster}: it was held by {lock.who} on {lock.place} since {lock.since}.")
    if lock.in_flight:
        wiring.output.line(f"The write of step {lock.in_flight} is unsettled: {lock.way_out}.")
    return Exit.OK


def _asked(session: Session) -> None:
    """Raises ForbiddenStep unless a person says yes."""
    question = f"Remove lock {session.args.lock}? Make sure that its process has ended. Only yes is yes:"
    if session.args.input == "false" or session.output.ask(question) != "yes":
        raise ForbiddenStep("nothing was unlocked: say yes, or -force")

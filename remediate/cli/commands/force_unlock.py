"""Remove the lock of a holder that is gone. The last resort: the ledger notes who did it."""

from __future__ import annotations

from argparse import Namespace

from remediate.cli.exits import Exit
from remediate.cli.session import Session
from remediate.cli.wiring import Wiring
from remediate.errors import ForbiddenStep
from remediate.ledger.store import open_ledger


def run(args: Namespace, wiring: Wiring) -> int:
    """Ask, remove, say what is left to do."""
    session = Session(args, wiring)
    ledger = open_ledger(session.ledger_url, session.clock)
    held = next((lock for lock in ledger.locks() if lock.id == args.lock), None)
    if held is not None and not args.force:
        _asked(session, f"of {held.cluster}, held by {held.who} on {held.place} since {held.since}")
    lock = ledger.force_unlock(args.lock, wiring.consent(False).who)
    wiring.output.line(f"Unlocked {lock.cluster}: it was held by {lock.who} on {lock.place} since {lock.since}.")
    if lock.in_flight:
        wiring.output.line(f"The write of step {lock.in_flight} is unsettled: {lock.way_out}.")
    return Exit.OK


def _asked(session: Session, whose: str) -> None:
    """Raises ForbiddenStep unless a person says yes."""
    question = f"Remove the lock {whose}? Make sure that its process has ended. Only yes is yes:"
    if session.output.ask(question) != "yes":
        raise ForbiddenStep("nothing was unlocked: say yes, or -force")

"""Who holds which cluster: one lock per cluster, with its holder, machine, run and the write in flight."""

from __future__ import annotations

from argparse import Namespace

from remediate.cli.answering import answer
from remediate.cli.exits import Exit
from remediate.cli.session import Session
from remediate.cli.wiring import Wiring
from remediate.ledger.store import open_ledger
from remediate.report import as_json
from remediate.report.as_text.locks import HeldLock, locks


def run(args: Namespace, wiring: Wiring) -> int:
    """Read the ledger; nothing is written."""
    session = Session(args, wiring)
    held = tuple(
        HeldLock(**vars(holder.lock), alive=holder.alive)
        for holder in open_ledger(session.ledger_url, session.clock).holders()
    )
    told = [one.model_dump() for one in held]
    answer(args, wiring.output, lambda: as_json.document("locks", locks=told), lambda: wiring.output.text(locks(held)))
    return Exit.OK

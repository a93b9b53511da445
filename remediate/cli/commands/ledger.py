"""Check the ledger's digest chains, or write every entry as one line of JSON."""

from __future__ import annotations

from argparse import Namespace

from remediate.cli.exits import Exit
from remediate.cli.session import Session
from remediate.cli.wiring import Wiring
from remediate.ledger.store import SqlLedger, open_ledger


def run(args: Namespace, wiring: Wiring) -> int:
    """Verify: each chain and where it ends; exit 1 naming the first bad record. Export does not check."""
    session = Session(args, wiring)
    store = open_ledger(session.ledger_url, session.clock)
    lines = _heads(store) if args.what == "verify" else store.export()
    for line in lines:
        wiring.output.line(line)
    return Exit.OK


def _heads(store: SqlLedger) -> list[str]:
    heads = store.verify()
    told = [f"{h.run} {h.cluster or '-'}: {h.entries} entries, ends with {h.digest}" for h in heads]
    return told or ["The ledger is empty."]

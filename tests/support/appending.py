"""A process that takes a lock and appends four entries, for whoever watches its disk: `LEDGER NOTES [SYNCHRONOUS]`.

It begins once a line comes on stdin. With a third argument its connections are less durable than the ledger's own.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from sqlalchemy import event

from remediate.journal.entries import Confirmed, RunClosed
from remediate.ledger.store import open_ledger
from tests.support.doubles import AT, FakeClock
from tests.support.ledgers import intended, opened
from tests.support.metered import Meter, MeteredLedger


def main(ledger: str, notes: str, synchronous: str = "") -> None:
    """Append."""
    made = open_ledger(ledger, FakeClock())
    if synchronous:

        def weaken(connection: Any, _record: object) -> None:
            connection.execute(f"PRAGMA synchronous={synchronous}")

        event.listen(made._database._engine, "connect", weaken)
    sys.stdin.readline()
    kept = MeteredLedger(made, Meter(Path(notes)))
    with kept.lock("exp-c", "r1", "ops@desk"):
        kept.append(opened())
        kept.append(intended())
        kept.append(Confirmed(run="r1", cluster="exp-c", at=AT, step="s1"))
        kept.append(RunClosed(run="r1", at=AT, outcome="done"))


if __name__ == "__main__":
    main(*sys.argv[1:])

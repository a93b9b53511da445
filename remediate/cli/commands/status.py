"""What earlier runs left: temporary workarounds, pending actions, runs that did not end."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from urllib.parse import urlsplit

from remediate.cli.answering import answer
from remediate.cli.exits import Exit
from remediate.cli.session import Session
from remediate.cli.wiring import Wiring
from remediate.model.observed import ObservedState
from remediate.model.outstanding import Outstanding
from remediate.report import as_json
from remediate.report.as_text.status import status, unowned


def run(args: Namespace, wiring: Wiring) -> int:
    """Read the ledger, and the devices with -i."""
    session = Session(args, wiring)
    observed = _peers(session) if args.inventory else None
    outstanding = observed.outstanding if observed else session.outstanding()
    at = session.clock.now()

    def words() -> None:
        wiring.output.prose(status(outstanding, at, observed))
        wiring.output.line(_source(session.ledger_url))

    answer(args, wiring.output, lambda: as_json.status(outstanding, at), words)
    if outstanding.expired(at):
        return Exit.EXPIRED
    alone = unowned(outstanding, observed) if observed else ()
    return Exit.OUTSTANDING if alone or _any(outstanding) else Exit.OK


def _source(url: str) -> str:
    """Which ledger was read: `Nothing is outstanding` in the wrong directory calms nobody."""
    if "://" in url:
        parts = urlsplit(url)
        return f"Ledger: {parts.scheme}://{parts.hostname or ''}{parts.path}"
    if Path(url).exists():
        return f"Ledger: {url}"
    return f"No ledger at {url} yet: nothing was applied from here. To read another one: -i INV, or --ledger FILE"


def _peers(session: Session) -> ObservedState:
    """Readings of the Expressway-C peers: only they check UC servers."""
    inventory = session.desired().inventory
    edges = frozenset(cluster.name for cluster in inventory.of_role("expressway-c"))
    return session.read(inventory, edges)


def _any(outstanding: Outstanding) -> bool:
    return bool(outstanding.leases or outstanding.obligations or outstanding.open_runs)

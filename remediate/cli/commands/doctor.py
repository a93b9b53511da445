"""Everything that would stop an apply, each with what to do about it. Reads only; without -i this machine alone."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path

from remediate.cli.answering import answer
from remediate.cli.doctor import artefacts, books, here
from remediate.cli.exits import Exit
from remediate.cli.limit import with_served
from remediate.cli.session import Session
from remediate.cli.wiring import Wiring
from remediate.model.condition import Condition, counted
from remediate.report import as_json
from remediate.report.as_text.doctor import doctor

WRITTEN = ("expressway-c", "cucm")
"""Roles of clusters that plans change; windows and backups are asked of them."""


def run(args: Namespace, wiring: Wiring) -> int:
    """Look at everything, print it, sum it up."""
    session = Session(args, wiring)
    if args.scan_secrets:
        return artefacts.scan(session, Path(args.scan_secrets))
    at = session.clock.now()
    conditions = tuple(_named(condition, args.inventory) for condition in _examined(session))
    counts = counted(conditions)
    answer(
        args,
        wiring.output,
        lambda: as_json.document("doctor", at=at.isoformat(), conditions=conditions, counts=counts),
        lambda: wiring.output.prose(doctor(conditions)),
    )
    return verdict(conditions)


def _named(condition: Condition, inventory: str | None) -> Condition:
    """What to do next with this inventory's own path, so that it can be pasted."""
    then = condition.next.replace("-i INV", f"-i {inventory}") if inventory else condition.next
    return condition.model_copy(update={"next": then})


def verdict(conditions: Sequence[Condition]) -> Exit:
    """What stops an apply before what is not known."""
    counts = counted(conditions)
    if counts["stops"]:
        return Exit.NOT_CONVERGED
    return Exit.UNREACHABLE if counts["unknown"] else Exit.OK


def _examined(session: Session) -> Iterator[Condition]:
    yield from here.tool()
    yield from here.settings()
    yield from here.clock()
    yield from books.ledger(session)
    if not session.args.inventory:
        return
    from remediate.cli.doctor import nodes, rules  # noqa: PLC0415 - libraries that only devices need

    inventory = session.desired().inventory
    limit = session.limit(inventory)
    named = (c for c in inventory.clusters if limit is None or c.name in limit)
    written = tuple(c.name for c in named if c.role in WRITTEN)
    yield from rules.rules(session, inventory, written)
    yield from nodes.devices(session, inventory, with_served(limit, inventory))

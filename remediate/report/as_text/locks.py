"""Locks in words: who, where, since when, for which run, and what to do about each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from remediate.model.base import Value
from remediate.report.sanitize import page


class HeldLock(Value):
    """One lock as the ledger holds it, times in ISO 8601 UTC, and whether its holder lives."""

    cluster: str
    id: str
    who: str
    place: str
    since: str
    run: str
    heartbeat: str
    in_flight: str
    alive: bool


def locks(held: Sequence[HeldLock]) -> str:
    """All of them; a sentence when there is none."""
    return page(line for lock in held for line in _lock(lock)) if held else "No cluster is locked.\n"


def _lock(lock: HeldLock) -> Iterator[str]:
    yield f"{lock.cluster}  lock {lock.id}"
    yield f"    held by    {lock.who} on {lock.place}"
    yield f"    since      {lock.since}, last heard of {lock.heartbeat}"
    yield f"    run        {lock.run}"
    yield f"    holder     {'lives' if lock.alive else 'is gone'}"
    if lock.in_flight:
        yield f"    in flight  the write of step {lock.in_flight}"
    yield f"    next       {advice(lock)}"


def advice(lock: HeldLock) -> str:
    """What an operator does about it."""
    if lock.alive:
        return "wait for it (apply … -lock-timeout=5m), or end that process first"
    if lock.in_flight:
        return (
            f"remediate apply PLAN --resume {lock.run}, or remediate rollback {lock.run}: either reads the write first"
        )
    return "nothing: the next run takes it over"

"""Restarts that a login shows to be unneeded: what waits for them works already."""

from __future__ import annotations

from collections.abc import Iterable

from remediate.model.finding import Connection
from remediate.model.login import Login
from remediate.model.outstanding import Obligation, Outstanding


def unneeded(
    outstanding: Outstanding, connections: Iterable[Connection], login: Login
) -> tuple[tuple[Obligation, str], ...]:
    """Restarts, each with the evidence in words.

    Every connection of that peer which the trusted CA list as loaded would refuse must have been answered 200 through
    that very peer, and none of its requests may have failed. A peer on which nothing waits tells nothing.
    """
    known = tuple(connections)
    found = ((owed, _evidence(owed, known, login)) for owed in outstanding.obligations if owed.kind == "restart")
    return tuple((owed, evidence) for owed, evidence in found if evidence)


def _evidence(owed: Obligation, connections: tuple[Connection, ...], login: Login) -> str:
    mine = [request for request in login.requests if request.peer == owed.host]
    waiting = {(c.link.asked, c.link.port) for c in connections if c.link.peer == owed.host and c.refused_until_restart}
    served = {(request.origin, request.port) for request in mine if request.good}
    if not waiting or not waiting <= served or not all(request.good for request in mine):
        return ""
    names = ", ".join(f"{name}:{port}" for name, port in sorted(waiting))
    return f"the login test passed through {owed.host} to {names}, which waited for it"

"""How a run ended: Ansible's RECAP line per node, then what differs from what the plan foretold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from remediate.model.finding import Connection
from remediate.model.policy import Budgets
from remediate.report.as_text.words import state, tally
from remediate.report.sanitize import clean, page, width

COUNTERS = ("ok", "changed", "unreachable", "failed", "skipped", "rescued", "ignored", "stale", "owed")
"""Ansible's seven in its order, then ours."""

_RANK = ("good", "good-unverified", "pending", "undetermined", "fails")


def recap(counts: Mapping[str, Mapping[str, int]]) -> str:
    """One line per node; a counter that is not given is 0."""
    broad = max((width(clean(host)) for host in counts), default=0)
    banner = "PLAY RECAP " + "*" * 69
    return page((banner, *(f"{clean(host).ljust(broad)} : {_counters(own)}" for host, own in counts.items())))


def budget_used(clusters: Sequence[tuple[str, str]], budgets: Budgets) -> str:
    """The sum under the RECAP: what was lost of each budget; empty when nothing was."""
    used = []
    for outcome, most in (("failed", budgets.max_failed), ("unreachable", budgets.max_unreachable)):
        lost = [cluster for cluster, ended in clusters if ended == outcome]
        if lost:
            limit = "no limit" if most is None else str(most)
            used.append(f"budget {len(lost)}/{limit} used ({', '.join(lost)} {outcome})")
    return "; ".join(used)


def worse(foretold: Sequence[Connection], seen: Sequence[Connection]) -> tuple[Connection, ...]:
    """Connections in a worse state than the plan foretold. Pending on what the plan leaves is foretold."""
    limits = {_key(c): max(_RANK.index(c.state), _RANK.index("pending")) for c in foretold}
    return tuple(c for c in seen if _key(c) in limits and _RANK.index(c.state) > limits[_key(c)])


def convergence(foretold: Sequence[Connection], seen: Sequence[Connection]) -> str:
    """What the readings after the run say."""
    surprises = worse(foretold, seen)
    lines = [f"not as planned: {c.link} {state(c)}" for c in surprises]
    owed = dict.fromkeys(p for c in seen for p in c.pending)
    failing = [f"fails, as the plan said: {c.link}" for c in seen if c.state == "fails" and c not in surprises]
    pending = [f"pending action: {p}" for p in owed]
    return page((f"Connections now: {tally(seen)}", *lines, *failing, *pending))


def _key(connection: Connection) -> tuple[str, str, int]:
    link = connection.link
    return (link.peer, link.origin, link.port)


def _counters(own: Mapping[str, int]) -> str:
    return " ".join(f"{name}={own.get(name, 0)}" for name in COUNTERS)

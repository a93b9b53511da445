"""Going secure: the end of a temporary workaround."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from remediate.errors import ForbiddenStep
from remediate.model.desired import DesiredState
from remediate.model.finding import Connection
from remediate.model.observed import ObservedState
from remediate.planning.fitness import cluster_unfit
from remediate.planning.plan import Plan
from remediate.planning.planner import Draft, finished, would_fail
from remediate.planning.simulate import after
from remediate.planning.steps import switched


def retire_plan(
    desired: DesiredState, observed: ObservedState, at: datetime, tool_version: str, clusters: Iterable[str]
) -> Plan:
    """`VerifyOriginServer: On` on the named clusters.

    Raises `ForbiddenStep` while any connection would fail, is not known or awaits a restart: each named.
    """
    draft = Draft(desired, observed, at)
    for name in sorted(clusters):
        cluster = desired.inventory.cluster(name)
        stop = cluster_unfit(observed, cluster)
        if stop is not None:
            draft.blocked.append(stop)
            continue
        actions = switched(cluster, "On", observed)
        _refuse_failing(would_fail(desired, after(observed, actions, at), [name]))
        draft.add(cluster, actions)
        draft.closes.append(name)
    return finished(draft, observed, tool_version).model_copy(update={"purpose": "retire"})


def _refuse_failing(failing: tuple[Connection, ...]) -> None:
    if failing:
        lines = "\n".join(f"  {c.link}: {c.state}{': ' + '; '.join(c.pending) if c.pending else ''}" for c in failing)
        raise ForbiddenStep(
            f"not retired: with verification On {len(failing)} connections would not be good\n{lines}\n"
            "mend them first (mra-origin-verification.yml), or restore what was there with remediate rollback"
        )

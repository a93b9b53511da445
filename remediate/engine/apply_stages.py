"""The order of clusters: one first, a while and a login, then the rest, as far as the budgets last."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field

from remediate.engine.apply_lane import run_lane
from remediate.engine.apply_ports import ApplyPorts, Lane, Stop
from remediate.engine.apply_result import LaneResult
from remediate.model.policy import Budgets

HEED_S = 0.2
"""A signal that comes just as its thread lies down to wait is heeded when that thread wakes: so often, at least."""
_COUNTED = {"failed": "max_failed", "unreachable": "max_unreachable"}


@dataclass
class Tally:
    """Clusters that count against a budget. Equal means stop: nothing new begins anywhere."""

    budgets: Budgets
    stop: Stop
    lost: dict[str, list[str]] = field(default_factory=dict)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def count(self, result: LaneResult) -> None:
        """Take in how one cluster ended."""
        name = _COUNTED.get(result.outcome)
        if name is None:
            return
        with self._turn:
            lost = self.lost.setdefault(name, [])
            lost.append(f"{result.cluster} {result.outcome}")
            most = getattr(self.budgets, name)
            if most is not None and len(lost) >= most:
                self.stop.request(f"budget {name} {len(lost)}/{most} used ({', '.join(lost)})", "budget")


def in_stages(lanes: Sequence[Lane], ports: ApplyPorts, forks: int) -> tuple[list[LaneResult], str]:
    """How each lane ended, and why the last gate did not open; empty when it did.

    A lane that is not started because something stopped the run says so and closes in the journal.
    """
    tally = Tally(ports.policy.budgets, ports.stop)
    if lanes[0].plan.purpose == "rollback":  # what takes changes back waits for nothing and is stopped by no budget
        return _side_by_side(lanes, min(forks, ports.policy.clusters_at_once), None), ""
    first = next((lane for lane in lanes if lane.cluster == ports.policy.first_cluster), lanes[0])
    rest = [lane for lane in lanes if lane is not first]
    results = _side_by_side([first], 1, tally)
    if rest:
        if results[0].outcome == "done" and not ports.stop.requested:
            _soak(first.cluster, ports)
        results += _side_by_side(rest, min(forks, ports.policy.clusters_at_once), tally)
    ended = [lane.cluster for lane, result in zip((first, *rest), results, strict=True) if result.outcome == "done"]
    return results, _gate(ended, ports)


def _soak(cluster: str, ports: ApplyPorts) -> None:
    seconds = ports.policy.soak
    if seconds:
        told = f"{seconds} s after the first cluster, then the gate, then the others"
        ports.progress.event("wait", cluster, "", told)
    if ports.clock.wait(seconds):
        ports.stop.request("interrupted")
    elif why := _gate([cluster], ports):
        ports.stop.request(f"after the first cluster, {cluster}: {why}", "gate")


def _gate(ended: Sequence[str], ports: ApplyPorts) -> str:
    """A real login, where the policy names one; nobody asks while the run is being interrupted."""
    if ports.gate is None or not ended or (ports.stop.requested and not ports.stop.kind):
        return ""
    return ports.gate(f"after {', '.join(ended)}")


def _side_by_side(lanes: Sequence[Lane], forks: int, tally: Tally | None) -> list[LaneResult]:
    """A lane that raises ends the others before their next write; its error comes out once all have ended."""
    with ThreadPoolExecutor(max_workers=max(1, min(forks, len(lanes))), thread_name_prefix="lane") as pool:
        futures = [pool.submit(_guarded, lane, tally) for lane in lanes]
        _wait(futures, lanes[0].ports.stop)
    return [future.result() for future in futures]


def _guarded(lane: Lane, tally: Tally | None) -> LaneResult:
    try:
        result = (lane.ports.elsewhere or run_lane)(lane)
    except BaseException as error:
        lane.ports.stop.request(f"{lane.cluster}: {type(error).__name__}")
        raise
    if tally is not None:
        tally.count(result)
    return result


def _wait(futures: list[Future[LaneResult]], stop: Stop) -> None:
    pending = set(futures)
    while pending:
        try:
            pending = wait(pending, HEED_S).not_done
        except KeyboardInterrupt:  # a second one goes through
            if stop.requested:
                raise
            stop.request("interrupted")

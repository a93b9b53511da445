"""Copies of a world's mutable state by name, restored in place: the servers keep their objects."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from remediate.lab.errors import LabError
from remediate.lab.fleet import Fleet
from remediate.lab.world import World

State = list[dict[str, Any]]


class Snapshots:
    """Named copies, in memory only."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._held: dict[str, State] = {}

    def take(self, name: str) -> None:
        """Keep the present state under a name; a second one of that name replaces the first."""
        self._held[name] = [_state(part) for part in _parts(self._fleet.world)]

    async def restore(self, name: str) -> None:
        """Bring a kept state back; hosts go down or come up as they were. LabError where there is none."""
        if name not in self._held:
            known = ", ".join(self._held) or "none was taken"
            raise LabError(f"no snapshot {name}: choose one of: {known}")
        wanted = {peer.name: state["alive"] for peer, state in self._peers(name)}
        for part, state in zip(_parts(self._fleet.world), self._held[name], strict=True):
            vars(part).update({key: value for key, value in deepcopy(state).items() if not _runs(part, key)})
        for host, alive in wanted.items():
            life, peer = self._fleet.peer(host)
            if alive != peer.alive:
                await (life.up(peer) if alive else life.down(peer))
            else:
                life.changed(peer)

    def _peers(self, name: str) -> list[tuple[Any, dict[str, Any]]]:
        pairs = zip(_parts(self._fleet.world), self._held[name], strict=True)
        return [(part, state) for part, state in pairs if hasattr(part, "listed")]


def _parts(world: World) -> list[Any]:
    return [
        world,
        *world.expressways,
        *(peer for cluster in world.expressways for peer in cluster.peers),
        *world.ucs,
        *(node for cluster in world.ucs for node in cluster.nodes),
    ]


# What holds other parts, or belongs to the running process, is no state of its own.
_STRUCTURE = {"peers", "nodes", "expressways", "ucs", "record", "owned", "workshop"}


def _state(part: object) -> dict[str, Any]:
    return {key: deepcopy(value) for key, value in vars(part).items() if key not in _STRUCTURE}


def _runs(part: object, key: str) -> bool:
    return key == "alive" and hasattr(part, "listed")

"""Where requests to one peer are answered: what every page is handed, and how it says something."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from remediate.lab.expressway.life import Life
from remediate.lab.expressway.status import View
from remediate.lab.world import Peer

DONE = {"Message": "The operation was successful"}
FORM = "multipart/form-data"
# Where a page leaves what was sent to it, for the record.
PAYLOAD = web.RequestKey("payload", bytes)
# Which failpoint spoilt a request, for the record.
FAULT = web.RequestKey("fault", str)


@dataclass(frozen=True)
class Desk:
    """Where requests to one peer are answered."""

    life: Life
    peer: Peer
    directory: Path

    @property
    def view(self) -> View:
        """What the status pages need."""
        return self.life.world, self.life.cluster, self.peer

    def trips(self, point: str) -> bool:
        """Whether an armed failpoint fires on this peer."""
        return self.life.world.trips(point, self.peer.name)

    @property
    def release(self) -> str:
        """What the peer runs."""
        return self.life.cluster.release_of(self.peer)


Page = Callable[[Desk, web.Request], Awaitable[web.StreamResponse]]


def said(message: str, status: int = 200) -> web.Response:
    """A JSON body with the device's one key."""
    return web.json_response({"Message": message}, status=status)

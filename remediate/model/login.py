"""A client's login through Expressway-E: each request, what became of it, and who served it."""

from __future__ import annotations

from collections.abc import Iterable

from remediate.model.base import Value

OK = 200
UNKNOWN_PEER = ""


class Request(Value):
    """One request of a login. `origin` and `port` are empty and 0 for the configuration that Expressway-E answers."""

    edge: str
    """The Expressway-E peer it went to."""
    round: int
    origin: str = ""
    port: int = 0
    path: str
    what: str
    """In words: `configuration`, `devices`, `phone configuration`, `IM and Presence`, `voicemail`."""
    status: int = 0
    """Of HTTP; 0 where no answer came."""
    why: str = ""
    tracking: str = ""
    """The TrackingID that was sent, by which logs tell it."""
    peer: str = UNKNOWN_PEER
    """The Expressway-C peer that served it, where a log tells."""

    @property
    def good(self) -> bool:
        """Answered 200."""
        return self.status == OK


class Login(Value):
    """All requests of one test."""

    requests: tuple[Request, ...] = ()

    @property
    def good(self) -> bool:
        """There was a login, and nothing failed."""
        return bool(self.requests) and not self.failed

    @property
    def failed(self) -> tuple[Request, ...]:
        """Requests that were not answered 200."""
        return tuple(request for request in self.requests if not request.good)


def worse_than(before: Login, after: Login) -> tuple[Request, ...]:
    """Requests that fail now and were good every time before; one that was not made before counts when it fails.

    A request that failed before may fail again: the gate asks for no more than the baseline.
    """
    failed_before = {_key(request) for request in before.failed}
    return tuple(request for request in after.failed if _key(request) not in failed_before)


def with_peers(login: Login, served: Iterable[tuple[str, str]]) -> Login:
    """The same with the peer that served each request, from pairs of TrackingID and peer."""
    known = dict(served)
    named = (r.model_copy(update={"peer": known.get(r.tracking, r.peer)}) for r in login.requests)
    return login.model_copy(update={"requests": tuple(named)})


def _key(request: Request) -> tuple[str, str, int, str]:
    return request.edge, request.origin, request.port, request.what

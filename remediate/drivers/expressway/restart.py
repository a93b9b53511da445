"""Restart a peer: maintenance mode on, a while for calls to end, then `POST /restart` once."""

from __future__ import annotations

from collections.abc import Callable

from remediate.drivers.expressway import wire
from remediate.drivers.expressway.answers import calls_of, leaves_of
from remediate.drivers.expressway.session import Session
from remediate.drivers.http import Https, refused
from remediate.errors import DeviceError, Refused, UnexpectedReply
from remediate.model.health import MAINTENANCE
from remediate.model.inventory import Host

RESTART = "/api/provisioning/restart"
POLL_SECONDS = 2.0


def restart(host: Host, session: Session, https: Https, drain: int, wait: Callable[[float], bool]) -> None:
    """Returns when the device said that it restarts. `wait` sleeps, and says True when the run is being stopped.

    Raises `Refused` when nothing was restarted: then maintenance mode is off again, or the message says that it is on.
    """
    try:
        _mode(host, session, "On")
        stopped = _drained(session, drain, wait)
        _post(host, https, stopped)
    except Refused as refusal:
        raise _back_in_service(host, session, refusal) from refusal


def _mode(host: Host, session: Session, value: str) -> None:
    try:
        reply = session.tell(wire.assignment(MAINTENANCE, value))
    except DeviceError as error:  # nothing restarts by it, so that what became of the restart is known
        raise Refused(host.name, f"maintenance mode was not seen set to {value}: {error.what}; no restart") from error
    if reply.verdict != "OK":
        words = " ".join(reply.lines)[:200] or reply.verdict
        raise Refused(host.name, f"maintenance mode was not set to {value}: {words}; no restart")


def _drained(session: Session, drain: int, wait: Callable[[float], bool]) -> bool:
    """True when the run was stopped meanwhile. Calls that cannot be counted get the whole time."""
    left = float(drain)
    while left > 0 and _calls(session) != 0:
        if wait(min(POLL_SECONDS, left)):
            return True
        left -= POLL_SECONDS
    return False


def _calls(session: Session) -> int | None:
    try:
        (reply,) = session.ask((wire.status("ResourceUsage"),))
    except DeviceError:  # the next question opens a new session
        return None
    return calls_of(leaves_of(reply)) if reply.verdict == "OK" else None


def _post(host: Host, https: Https, stopped: bool) -> None:
    if stopped:
        raise Refused(host.name, "stopped while its calls drained; it was not restarted")
    page = https.request("POST", RESTART)
    if page.status >= 500:
        what = f"the restart was answered with HTTP {page.status}"
        raise UnexpectedReply(host.name, what, "whether it restarts is not known")
    if page.status not in {200, 202}:
        raise refused(host, page, "the restart")


def _back_in_service(host: Host, session: Session, refusal: Refused) -> Refused:
    try:
        _mode(host, session, "Off")
    except DeviceError as error:
        hint = f"MAINTENANCE MODE IS STILL ON: xConfiguration {MAINTENANCE}: Off ({error.what})"
        return Refused(host.name, refusal.what, hint)
    return Refused(host.name, refusal.what, "maintenance mode is off again")

"""Changes one Expressway peer: one action, sent once."""

from __future__ import annotations

from collections.abc import Callable

from remediate.actions import (
    Action,
    DiagnosticLogging,
    RefreshServers,
    RestartPeer,
    SetVerifyOriginServer,
    UploadCertificates,
)
from remediate.drivers.credentials import Gate
from remediate.drivers.expressway import diagnostics, rest, wire
from remediate.drivers.expressway.restart import restart
from remediate.drivers.expressway.session import Session
from remediate.drivers.expressway.wire import Reply
from remediate.drivers.http import Https
from remediate.errors import BugError, ForbiddenStep, Refused
from remediate.model.inventory import Cluster, Host
from remediate.model.observed import VERIFY_ORIGIN_SERVER


class ExpresswayWriter:
    """Implements `engine.ports.Writer`."""

    def __init__(self, cluster: Cluster, host: Host, gate: Gate, wait: Callable[[float], bool]) -> None:
        self._host, self._wait = host, wait
        self._session = Session(host, gate, cluster.durations)
        self._https = Https(host, gate, cluster.durations, host.port("https", rest.HTTPS_PORT))

    def perform(self, action: Action) -> None:
        """Send it. See the port for what is raised."""
        match action:
            case UploadCertificates():
                rest.upload(self._host, self._https, action.certificates)
            case SetVerifyOriginServer():
                self._set(action.value)
            case DiagnosticLogging():
                mode: diagnostics.Mode = "start" if action.state == "running" else "stop"
                diagnostics.change(self._host, self._https, mode, packets=action.packets)
            case RestartPeer(drain=drain):
                restart(self._host, self._session, self._https, drain, self._wait)
            case RefreshServers():
                raise ForbiddenStep(f"{self._host.name}: no API refreshes servers; by hand: {action.by_hand}")
            case _:
                raise BugError(f"{action.kind} was handed to the Expressway {self._host.name}")

    def close(self) -> None:
        """End both sessions."""
        self._session.close()
        self._https.close()

    def _set(self, value: str) -> None:
        """`On` or `Off`; RN1425 prints upper case, so that once more where the device calls it a syntax error."""
        reply = self._session.tell(wire.assignment(VERIFY_ORIGIN_SERVER, value))
        if reply.verdict == "ERROR":
            reply = self._session.tell(wire.assignment(VERIFY_ORIGIN_SERVER, value.upper()))
        if reply.verdict != "OK":
            raise self._refusal(reply)

    def _refusal(self, reply: Reply) -> Refused:
        if reply.verdict == "Command not recognized.":
            what = f"this release has no setting {VERIFY_ORIGIN_SERVER}"
            return Refused(self._host.name, what, "it is expected from X14.2")
        words = " ".join(reply.lines)[:200] or "no reason given"
        return Refused(self._host.name, f"{VERIFY_ORIGIN_SERVER} was not set: ERROR: {words}")

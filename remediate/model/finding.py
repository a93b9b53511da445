"""Connections as judged, and what is wrong."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from remediate.model.base import Value
from remediate.model.verdict import Verdict


class TlsLink(Value):
    """One connection that MRA needs: a peer's traffic server to one port of one UC server."""

    cluster: str
    peer: str
    origin_cluster: str
    origin: str
    port: int
    asked: str
    """The name in the request: what *System > Server* (or the UC Service) holds."""

    def __str__(self) -> str:
        return f"{self.peer} → {self.origin}:{self.port} (asked as {self.asked})"


class Impact(StrEnum):
    """What users lose when the connection fails."""

    LOGIN_FAILS = "login fails"
    FAILOVER_LOST = "failover lost"
    VOICEMAIL_OR_IM_ONLY = "voicemail or IM only"


State = Literal["good", "good-unverified", "fails", "undetermined", "pending"]


class Connection(Value):
    """A link and its state, now and with everything listed in force."""

    link: TlsLink
    state: State
    verdict: Verdict
    """Of `tls.decide`; for `good-unverified` the verdict that a check would have given."""
    impact: Impact
    pending: tuple[str, ...] = ()
    """What is owed before it is good, in words."""
    refused_until_restart: bool = False
    """Pending, and until the restart that is owed the traffic server refuses it."""
    missing: tuple[str, ...] = ()
    """What would have to be known, for `undetermined`."""


class Severity(StrEnum):
    """How bad: an outage now, a failure, a risk, or worth knowing."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Finding(Value):
    """One thing that is not as it should be. `id` is permanent and names its page."""

    id: str
    severity: Severity
    cluster: str
    subject: str
    """A host, a link or a cluster, as printed."""
    summary: str
    evidence: tuple[str, ...] = ()
    links: tuple[TlsLink, ...] = ()

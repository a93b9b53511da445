"""Lines of a traffic server as Expressway writes them, to order."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

EXCERPTS = Path(__file__).parents[1] / "transcripts" / "logs"
"""The seed's two, as they stand in it."""
VERIFY_FAILED = "error:1416F086:SSL routines:tls_process_server_certificate:certificate verify failed"


@dataclass(frozen=True)
class Attempt:
    """One request that the traffic server refuses."""

    number: int = 1
    peer: str = "exp-c-1"
    pid: int = 2030
    host: str = "cucm-pub.example.test"
    address: str = "10.0.0.11"
    port: int = 6972
    path: str = "/CSFalice.cnf.xml"
    user: str = "alice"
    at: datetime = datetime(2026, 11, 30, 22, 0, tzinfo=UTC)
    spacing: str = " [ET_NET 0] WARNING: "

    def with_(self, **changes: object) -> Attempt:
        """The same but for."""
        return replace(self, **changes)  # type: ignore[arg-type]

    @property
    def head(self) -> str:
        """Time, peer and process."""
        return f"{self.at.isoformat(timespec='milliseconds')} {self.peer} traffic_server[{self.pid}]:"

    @property
    def segment(self) -> str:
        """Expressway's first path segment."""
        text = f"example.test/https/{self.host}/{self.port}"
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def module(self, detail: str, rest: str) -> str:
        """A line of Expressway's own module."""
        utc = self.at.strftime("%Y-%m-%d %H:%M:%S,%f")[:-3]
        return (
            f'{self.head} UTCTime="{utc}" Module="network.http.trafficserver" Level="INFO": Detail="{detail}"'
            f' Txn-id="{self.number}" TrackingID="t-{self.number}" {rest}'
        )

    def received(self) -> str:
        """From the client."""
        url = f"http://vcs_control.example.test:8443/{self.segment}{self.path}"
        ends = 'Src-ip="127.0.0.1" Src-port="35764" Last-via-addr=""'
        return self.module("Receive Request", f'{ends} Msg="GET {url} HTTP/1.1"')

    def allowed(self) -> str:
        """By the allow list."""
        return (
            f'{self.head}  Event="Request Allowed" Detail="Access allowed" Reason="In allow list"'
            f' Username="{self.user}" Deployment="1" Method="GET" Request="https://{self.host}:{self.port}{self.path}"'
        )

    def sending(self) -> str:
        """To the UC server."""
        ends = f'Dst-ip="{self.address}" Dst-port="{self.port}"'
        return self.module("Sending Request", f'{ends} Msg="GET {self.path} HTTP/1.1"')

    def chain(self, error: str = "self signed certificate", depth: int = 0, action: str = "Terminate") -> str:
        """The WARNING on its path."""
        return (
            f"{self.head}{self.spacing}Core server certificate verification failed for ({self.host})."
            f" Action={action} Error={error} server={self.host}({self.address}) depth={depth}"
        )

    def name(self) -> str:
        """The WARNING on its name."""
        told = f"SNI ({self.host}) not in certificate. Action=Terminate server={self.host}({self.address})"
        return f"{self.head}{self.spacing}{told}"

    def failed(self, error: str = VERIFY_FAILED) -> str:
        """The ERROR that follows, or stands alone for the other direction."""
        spacing = self.spacing.replace("WARNING", "ERROR")
        return f"{self.head}{spacing}SSL connection failed for '{self.host}': {error}"

    def replied(self, status: str = "502 connect failed") -> str:
        """What the client is told."""
        return self.module("Sending Response", f'Dst-ip="127.0.0.1" Dst-port="35764" Msg="HTTP/1.1 {status}"')

    def story(self, *own: str) -> list[str]:
        """The whole transaction, `own` in its middle; a self-signed certificate where nothing is given."""
        told = own or (self.chain(), self.failed())
        return [self.received(), self.allowed(), self.sending(), *told, self.replied()]


def log(*stories: list[str]) -> bytes:
    """Stories one after the other, as a file."""
    return "".join(f"{line}\n" for story in stories for line in story).encode("utf-8", "surrogateescape")


def later(attempt: Attempt, count: int, seconds: float = 1.0) -> Iterator[Attempt]:
    """The same request again and again."""
    for step in range(count):
        yield attempt.with_(number=attempt.number + step, at=attempt.at + timedelta(seconds=seconds * step))

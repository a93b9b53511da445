"""Expressway's own log lines around those of its traffic server, in the seed's form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TextIO

from remediate.lab.traffic.request import Target
from remediate.lab.world import World

LOG = "traffic_server.log"
MODULE = "network.http.trafficserver"
FAILED_1_1_1 = "error:1416F086:SSL routines:tls_process_server_certificate:certificate verify failed"
OLD_TEXTS = (
    ("self-signed certificate", "self signed certificate"),
    ("unsuitable certificate purpose", "unsupported certificate purpose"),
)
_TERMINATED = re.compile(r"(?P<thread>\[ET_NET \d+\]) WARNING: .*Action=Terminate .*server=(?P<host>[^(]*)\(")


def worded(lines: tuple[str, ...], texts: Literal["1.1.1", "3"]) -> list[str]:
    """The engine's lines as a traffic server on that OpenSSL writes them.

    On 1.1.1 (ATS 8) an ERROR line follows each refusal; on 3 (ATS 9) it is written at debug level only.
    """
    if texts == "3":
        return list(lines)
    found: list[str] = []
    for line in lines:
        for new, old in OLD_TEXTS:
            line = line.replace(f"Error={new}", f"Error={old}")  # noqa: PLW2901  one text after the other
        found.append(line)
        if refused := _TERMINATED.match(line):
            found.append(f"{refused['thread']} ERROR: SSL connection failed for '{refused['host']}': {FAILED_1_1_1}")
    return found


@dataclass(frozen=True)
class Transaction:
    """One request's marks: its number, its tracking id, and the client's address and port."""

    number: int
    tracking: str
    client: tuple[str, int]


class Envelope:
    """Writes one peer's `traffic_server.log`; times come from the lab's clock, as UTC."""

    def __init__(self, path: Path, world: World, host: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: TextIO = path.open("a", encoding="utf-8", buffering=1)
        self._world, self._host = world, host
        self.pid = 0

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def received(self, marks: Transaction, request_line: str) -> None:
        """A client's request came in."""
        ends = f'Src-ip="{marks.client[0]}" Src-port="{marks.client[1]}" Last-via-addr=""'
        self._module("Receive Request", marks, marks.tracking, f'{ends} Msg="{request_line}"')

    def judged(self, target: Target, rule: str, kind: str) -> None:
        """The allow list let it pass by `rule`, or did not where that is empty."""
        verdict = ("Allowed", "Access allowed", "In") if rule else ("Denied", "Access denied", "Not in")
        by = f' Rule="{rule}" Match="prefix" Type="Automatically generated rule for {kind}"' if rule else ""
        self._line(
            f' Event="Request {verdict[0]}" Detail="{verdict[1]}" Reason="{verdict[2]} allow list"'
            f' Username="{target.user}" Deployment="1" Method="GET" Request="{target.url}"{by}'
            f' UTCTime="{self._utc()}"'
        )

    def sending(self, marks: Transaction, target: Target, address: str) -> None:
        """The request goes to its origin."""
        ends = f'Dst-ip="{address}" Dst-port="{target.port}"'
        self._module("Sending Request", marks, marks.tracking, f'{ends} Msg="GET {target.path} HTTP/1.1"')

    def engine(self, lines: tuple[str, ...]) -> None:
        """The traffic server's own lines, in the words of the lab's OpenSSL."""
        for line in worded(lines, self._world.openssl_texts):
            self._line(f" {line}")

    def answered(self, marks: Transaction, target: Target, address: str, status: int) -> None:
        """The origin answered."""
        ends = f'Src-ip="{address}" Src-port="{target.port}"'
        self._module("Receive Response", marks, "", f'{ends} Msg="HTTP/1.1 {status} "')

    def replied(self, marks: Transaction, status: int, reason: str) -> None:
        """The client has its answer."""
        ends = f'Dst-ip="{marks.client[0]}" Dst-port="{marks.client[1]}"'
        self._module("Sending Response", marks, "", f'{ends} Msg="HTTP/1.1 {status} {reason}"')

    def relayed(self, marks: Transaction, to: tuple[str, int], request_line: str) -> None:
        """The request goes on to another Expressway, at that address and port."""
        ends = f'Dst-ip="{to[0]}" Dst-port="{to[1]}"'
        self._module("Sending Request", marks, marks.tracking, f'{ends} Msg="{request_line}"')

    def returned(self, marks: Transaction, by: tuple[str, int], status: int, reason: str) -> None:
        """The other Expressway answered."""
        ends = f'Src-ip="{by[0]}" Src-port="{by[1]}"'
        self._module("Receive Response", marks, "", f'{ends} Msg="HTTP/1.1 {status} {reason}"')

    def refused(self, marks: Transaction, status: int, reason: str) -> None:
        """The client is about to have an error (TAC 117811)."""
        self._line(
            f' Event="Sending HTTP error response" Status="{status}" Reason="{reason}"'
            f' Dst-ip="{marks.client[0]}" Dst-port="{marks.client[1]}"'
        )

    def _module(self, detail: str, marks: Transaction, tracking: str, rest: str) -> None:
        self._line(
            f' UTCTime="{self._utc()}" Module="{MODULE}" Level="INFO": Detail="{detail}"'
            f' Txn-id="{marks.number}" TrackingID="{tracking}" {rest}'
        )

    def _line(self, text: str) -> None:
        stamp = self._now().isoformat(timespec="milliseconds")
        self._file.write(f"{stamp} {self._host} traffic_server[{self.pid}]:{text}\n")

    def _utc(self) -> str:
        return self._now().strftime("%Y-%m-%d %H:%M:%S,%f")[:-3]

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._world.now(), UTC)

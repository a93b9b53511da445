"""One refusal as a log tells it, with the request that it belongs to."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, NamedTuple

from remediate.evidence.requests import Service

Kind = Literal["chain", "name", "trust-file", "refused-by-server", "tls"]
"""`chain`, `name`: the traffic server refuses the UC server's certificate. `refused-by-server`: the other direction,
the UC server refuses Expressway's. `trust-file`: no connection could even begin. `tls`: the handshake broke otherwise.
"""


class Request(NamedTuple):
    """The transaction that a refusal ended. `ports` holds more than one where the log leaves open which."""

    number: str = ""
    tracking: str = ""
    host: str = ""
    address: str = ""
    ports: tuple[int, ...] = ()
    path: str = ""
    user: str = ""
    device: str = ""
    service: Service = "other"
    at: datetime | None = None


class Refusal(NamedTuple):
    """One line of the traffic server. `server` is what follows `server=`; `address` is where the connection went.

    `depth` and `error` are OpenSSL's. `line` is the line as it stood; one that was broken over several is told as
    one, and `rejoined` says so. `at` is None where the line has no time.
    """

    kind: Kind
    level: Literal["WARNING", "ERROR"]
    asked: str
    server: str
    address: str
    error: str
    depth: int | None
    terminated: bool
    peer: str
    pid: str
    at: datetime | None
    line: str
    rejoined: bool
    request: Request

"""What servers presented in TLS handshakes, as a capture of packets tells it."""

from __future__ import annotations

from remediate.model.base import Moment, Value
from remediate.model.certificate import Chain


class Presented(Value):
    """What one server showed one client on one port. `client` is the peer, or whoever else connected.

    `chain` is empty where TLS 1.3 hid it. `refused` are alerts with which the client answered it. `asked` is the
    name in the ClientHello: an address is asked for without one.
    """

    client: str
    address: str
    port: int
    asked: str
    tls: str
    chain: Chain
    times: int
    first: Moment
    last: Moment
    refused: tuple[str, ...] = ()

"""Captures of packets of real TLS handshakes: OpenSSL on both sides, in memory, as tcpdump would write them."""

from __future__ import annotations

import io
import random
import ssl
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal

import dpkt
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from remediate.model.certificate import Chain
from tests.support.forge import Issued

PEER, SERVER = ("10.48.36.34", 41000), ("10.48.36.215", 6972)
BEGAN = 1_657_558_526.0
MOST = 1400


@dataclass(frozen=True)
class Packet:
    """One TCP segment with its time."""

    at: float
    source: tuple[str, int]
    target: tuple[str, int]
    sequence: int
    flags: int
    payload: bytes


def handshake(
    served: Sequence[Issued],
    tls: Literal["1.2", "1.3"] = "1.2",
    asked: str | None = "cucm.steven.lab",
    *,
    trusting: bool = True,
) -> list[tuple[str, bytes]]:
    """Flights in their order, `client` or `server` first; a client that does not trust answers with its alert."""
    return _shaken(*_sides(served, tls, trusting=trusting), asked)[1]


def resumed(served: Sequence[Issued]) -> list[tuple[str, bytes]]:
    """Flights of a second connection of TLS 1.2 that takes up the session of a first: no certificates in it."""
    sides = _sides(served, "1.2", trusting=True)
    first, _ = _shaken(*sides, "cucm.steven.lab")
    return _shaken(*sides, "cucm.steven.lab", first.session)[1]


def _sides(served: Sequence[Issued], tls: str, *, trusting: bool) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    version = ssl.TLSVersion.TLSv1_2 if tls == "1.2" else ssl.TLSVersion.TLSv1_3
    client_side, server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    client_side.check_hostname = False
    if trusting:
        client_side.load_verify_locations(cadata=served[-1].certificate.pem.decode())
    client_side.minimum_version = client_side.maximum_version = version
    _serve(server_side, served)
    return client_side, server_side


def _shaken(
    client_side: ssl.SSLContext, server_side: ssl.SSLContext, asked: str | None, session: ssl.SSLSession | None = None
) -> tuple[ssl.SSLObject, list[tuple[str, bytes]]]:
    """The client at the end, and the flights."""
    pipes = [ssl.MemoryBIO() for _ in range(4)]
    client = client_side.wrap_bio(pipes[0], pipes[1], server_hostname=asked, session=session)
    server = server_side.wrap_bio(pipes[2], pipes[3], server_side=True)
    flights: list[tuple[str, bytes]] = []
    for _ in range(6):
        for name, side, source, target in (
            ("client", client, pipes[1], pipes[2]),
            ("server", server, pipes[3], pipes[0]),
        ):
            with suppress(ssl.SSLError):  # it wants more, or it refused: what it sends tells
                side.do_handshake()
            if data := source.read():
                flights.append((name, data))
                target.write(data)
    return client, flights


def _serve(context: ssl.SSLContext, served: Sequence[Issued]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "served.pem"
        key = served[0].key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(key + b"".join(one.certificate.pem for one in served))
        context.load_cert_chain(file)


def packets(
    flights: Sequence[tuple[str, bytes]],
    client: tuple[str, int] = PEER,
    server: tuple[str, int] = SERVER,
    most: int = MOST,
) -> list[Packet]:
    """A connection from SYN on; sequence numbers wrap around on the way."""
    ends = {"client": (client, server), "server": (server, client)}
    sequence = {"client": 0xFFFFFF00, "server": 0xFFFFFFF0}
    found = [
        Packet(BEGAN, *ends["client"], sequence["client"], dpkt.tcp.TH_SYN, b""),
        Packet(BEGAN, *ends["server"], sequence["server"], dpkt.tcp.TH_SYN | dpkt.tcp.TH_ACK, b""),
    ]
    sequence = {name: (at + 1) & 0xFFFFFFFF for name, at in sequence.items()}
    for name, data in flights:
        for at in range(0, len(data), most):
            part = data[at : at + most]
            found.append(Packet(BEGAN + len(found) / 1000, *ends[name], sequence[name], dpkt.tcp.TH_ACK, part))
            sequence[name] = (sequence[name] + len(part)) & 0xFFFFFFFF
    return found


def shuffled(given: Sequence[Packet], seed: int) -> list[Packet]:
    """Neighbours swapped and some sent twice, as networks do; SYNs stay in front."""
    chance, rest = random.Random(seed), list(given[2:])  # noqa: S311 - the same each time
    for at in range(len(rest) - 1):
        if chance.random() < 0.3:
            rest[at], rest[at + 1] = rest[at + 1], rest[at]
        if chance.random() < 0.2:
            rest.insert(at, rest[chance.randrange(at + 1)])
    return [*given[:2], *rest]


def capture(given: Sequence[Packet], link: int = dpkt.pcap.DLT_EN10MB, *, ng: bool = False) -> bytes:
    """The file."""
    out = io.BytesIO()
    writer: Any = dpkt.pcapng.Writer(out, linktype=link) if ng else dpkt.pcap.Writer(out, linktype=link)
    for packet, frame in zip(given, _frames(given, link), strict=True):
        writer.writepkt(frame, packet.at)
    return out.getvalue()


def capture_ng(*interfaces: tuple[Sequence[Packet], int, int]) -> bytes:
    """A pcapng file of several interfaces: packets, kind of link, and digits of its clock after the second."""
    blocks = [dpkt.pcapng.SectionHeaderBlockLE()]
    for _, link, digits in interfaces:
        clock = dpkt.pcapng.PcapngOptionLE(code=dpkt.pcapng.PCAPNG_OPT_IF_TSRESOL, data=bytes([digits]))
        blocks.append(dpkt.pcapng.InterfaceDescriptionBlockLE(
            linktype=link, snaplen=65535, opts=[clock, dpkt.pcapng.PcapngOptionLE()]
        ))  # fmt: skip
    for number, (given, link, digits) in enumerate(interfaces):
        for packet, frame in zip(given, _frames(given, link), strict=True):
            ticks = round(packet.at * 1000) * 10 ** (digits - 3)
            blocks.append(dpkt.pcapng.EnhancedPacketBlockLE(
                iface_id=number, ts_high=ticks >> 32, ts_low=ticks & 0xFFFFFFFF, caplen=len(frame), pkt_len=len(frame),
                pkt_data=frame,
            ))  # fmt: skip
    return b"".join(map(bytes, blocks))


def _frames(given: Sequence[Packet], link: int) -> Iterator[bytes]:
    for packet in given:
        tcp = dpkt.tcp.TCP(
            sport=packet.source[1], dport=packet.target[1], seq=packet.sequence, flags=packet.flags, data=packet.payload
        )
        ip: Any = _ip(packet, tcp)
        if link == dpkt.pcap.DLT_LINUX_SLL:
            yield bytes(dpkt.sll.SLL(ethtype=0x0800, data=ip))
        elif link == dpkt.pcap.DLT_RAW:
            yield bytes(ip)
        else:
            yield bytes(dpkt.ethernet.Ethernet(type=0x86DD if ":" in packet.source[0] else 0x0800, data=ip))


def _ip(packet: Packet, tcp: Any) -> Any:
    source, target = (ip_address(end[0]).packed for end in (packet.source, packet.target))
    if len(source) == 16:
        return dpkt.ip6.IP6(src=source, dst=target, nxt=6, plen=len(tcp), hlim=64, data=tcp)
    return dpkt.ip.IP(src=source, dst=target, p=6, data=tcp, len=20 + len(tcp))


def chain_of(served: Sequence[Issued]) -> Chain:
    """What a capture of it must show."""
    return tuple(one.certificate for one in served)

"""Certificates out of captures of packets: real handshakes, and everything that a network and a file can do to them."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from time import perf_counter

import dpkt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remediate.evidence import handshakes
from remediate.evidence.captures import CaptureReader
from remediate.evidence.presented import Presented
from tests.support import captures, forge
from tests.support.captures import PEER, SERVER, capture, capture_ng, chain_of, handshake, packets, resumed, shuffled

ROOT = forge.authority("steven-DC-CA")
ISSUING = forge.authority("issuing", ROOT)
SERVED = (forge.leaf("cucm-EC.steven.lab", ISSUING, ("cucm.steven.lab",)), ISSUING, ROOT)
FLIGHTS = handshake(SERVED)
WHOLE = capture(packets(FLIGHTS))
LINKS = {"Ethernet": dpkt.pcap.DLT_EN10MB, "Linux cooked": dpkt.pcap.DLT_LINUX_SLL, "raw IP": dpkt.pcap.DLT_RAW}


def read(*files: bytes, size: int = 1 << 16) -> tuple[tuple[Presented, ...], CaptureReader]:
    """What the files show."""
    reader = CaptureReader()
    for file in files:
        reader.read(file[at : at + size] for at in range(0, len(file), size))
    return reader.presented(), reader


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
@pytest.mark.parametrize("ng", [False, True], ids=["pcap", "pcapng"])
def test_chain(link: int, ng: bool) -> None:
    """The whole chain as served, byte for byte, with time, ends, name and version."""
    (shown,), reader = read(capture(packets(FLIGHTS), link, ng=ng))
    assert shown.chain == chain_of(SERVED)
    assert (shown.client, shown.address, shown.port) == (PEER[0], *SERVER)
    assert (shown.asked, shown.tls, shown.times, shown.refused) == ("cucm.steven.lab", "1.2", 1, ())
    assert abs(shown.first.timestamp() - captures.BEGAN) < 1
    assert reader.incomplete == 0


def test_over_ipv6() -> None:
    """Another kind of address."""
    (shown,), _ = read(capture(packets(FLIGHTS, ("2001:db8::1", 41000), ("2001:db8::2", 8443))))
    assert (shown.client, shown.address, shown.port) == ("2001:db8::1", "2001:db8::2", 8443)


def test_asked_by_address() -> None:
    """An address is asked for without a name."""
    (shown,), _ = read(capture(packets(handshake(SERVED, asked=None))))
    assert shown.asked == ""


def test_refused_by_the_peer() -> None:
    """A client that does not trust the chain says so in the clear."""
    (shown,), _ = read(capture(packets(handshake(SERVED, trusting=False))))
    assert (shown.refused, shown.chain) == (("unknown ca",), chain_of(SERVED))


def test_tls_1_3_hides_them() -> None:
    """Only that it was TLS 1.3 is known; nothing is guessed."""
    (shown,), reader = read(capture(packets(handshake(SERVED, "1.3"))))
    assert (shown.tls, shown.chain, shown.asked) == ("1.3", (), "cucm.steven.lab")
    assert reader.incomplete == 0


def test_interfaces_of_their_own() -> None:
    """Each interface of a pcapng file has its kind of link and its clock; a second section begins anew."""
    other = packets(FLIGHTS, (PEER[0], 41001), (SERVER[0], 8443))
    both = capture_ng((packets(FLIGHTS), LINKS["Ethernet"], 6), (other, LINKS["raw IP"], 9))
    shown, reader = read(both + capture_ng((packets(FLIGHTS), LINKS["Linux cooked"], 3)))
    assert [(p.port, p.times, len(p.chain)) for p in shown] == [(6972, 2, 3), (8443, 1, 3)]
    assert {round(p.first.timestamp() - captures.BEGAN) for p in shown} == {0}
    assert reader.incomplete == 0


def test_session_taken_up_again() -> None:
    """Shows no certificate, and nothing of it is missing."""
    shown, reader = read(capture(packets(resumed(SERVED))))
    assert (shown, reader.incomplete) == ((), 0)


def test_server_refuses() -> None:
    """An alert instead of a certificate: nothing of it is missing."""
    alert = b"\x15\x03\x03\x00\x02\x02\x28"
    shown, reader = read(capture(packets([FLIGHTS[0], ("server", alert)])))
    assert (shown, reader.incomplete) == ((), 0)


def test_packets_cut() -> None:
    """A capture of headers only: that a handshake cannot be seen is told."""
    heads = [replace(packet, payload=packet.payload[:40]) for packet in packets(FLIGHTS)]
    shown, reader = read(capture(heads))
    assert (shown, reader.incomplete) == ((), 1)


def test_repeats_are_one_row() -> None:
    """The same chain to the same peer counts, over several captures too."""
    again = capture(packets(FLIGHTS, (PEER[0], 41001)))
    (shown,), _ = read(WHOLE, again, again)
    assert shown.times == 3


def test_two_certificates_on_two_ports() -> None:
    """The seed's case: 8443 shows one chain, 6972 a self-signed one."""
    twin = (forge.leaf("cucm-EC.steven.lab", None),)
    other = capture(packets(handshake(twin), (PEER[0], 5), (SERVER[0], 8443)))
    shown, _ = read(WHOLE, other)
    assert {(p.port, p.chain) for p in shown} == {(6972, chain_of(SERVED)), (8443, chain_of(twin))}


@settings(deadline=None)
@given(seed=st.integers(min_value=0), most=st.integers(min_value=1, max_value=3000))
def test_as_networks_do(seed: int, most: int) -> None:
    """Segments of any size, out of order and sent twice, around the end of the sequence numbers: the same chain."""
    (shown,), _ = read(capture(shuffled(packets(FLIGHTS, most=max(most, 200)), seed)))
    assert shown.chain == chain_of(SERVED)


def test_begun_half_way() -> None:
    """A capture that was started after the SYNs."""
    (shown,), _ = read(capture(packets(FLIGHTS)[2:]))
    assert shown.chain == chain_of(SERVED)


def test_packets_missing() -> None:
    """A gap in the chain: no certificate is made up, and it is told."""
    whole = packets(FLIGHTS, most=400)
    shown, reader = read(capture([p for p in whole if not (p.source == SERVER and len(p.payload) == 400)]))
    assert (shown, reader.incomplete) == ((), 1)


def test_port_used_again() -> None:
    """A second connection between the same ends."""
    (shown,), _ = read(capture([*packets(FLIGHTS), *packets(FLIGHTS)]))
    assert shown.times == 2


def test_other_traffic() -> None:
    """HTTP, silence and other protocols are none of it."""
    plain = packets([("client", b"GET / HTTP/1.1\r\n\r\n"), ("server", b"HTTP/1.1 200 OK\r\n\r\n")], (PEER[0], 7))
    (shown,), reader = read(capture([*plain, *packets(FLIGHTS)]))
    assert (shown.port, reader.incomplete) == (6972, 0)


@pytest.mark.parametrize("cut", [0, 4, 23, 24, 30, 400, -1])
def test_cut_short(cut: int) -> None:
    """A capture that breaks off is read as far as it goes."""
    read(WHOLE[:cut])


def test_length_of_everything() -> None:
    """A packet that claims 4 GB costs nothing."""
    reader = CaptureReader()
    wrong = reader.read(iter([WHOLE[:24] + b"\0" * 8 + b"\xff" * 8 + bytes(1 << 20)]))
    assert "longer than any network carries" in wrong


def flood(count: int, payload: bytes) -> Iterator[bytes]:
    """So many connections that each begin a handshake and never go on."""
    for number in range(count):
        ends = ("10.0.0.9", number % 65536), ("10.1.1.1", number >> 16)
        given = packets([("client", payload), ("server", payload)], *ends)
        yield capture(given)[0 if number == 0 else 24 :]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections that hold a record back: old ones are let go."""
    monkeypatch.setattr("remediate.evidence.captures.MOST_HELD", 1 << 18)
    record = b"\x16\x03\x01\x40\x00" + bytes(9_000)
    reader = CaptureReader()
    tracemalloc.start()
    reader.read(flood(150, record))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 << 20


def test_one_byte_at_a_time_backwards() -> None:
    """Segments made to keep the reading busy cost no more than their number."""
    given = packets([("server", b"\x16\x03\x01\x40\x00" + bytes(4_000))], most=1)
    began = perf_counter()
    read(capture([*given[:2], *reversed(given[2:])]))
    assert perf_counter() - began < 10


@settings(max_examples=150, deadline=None)
@given(at=st.integers(min_value=0, max_value=3000), junk=st.binary(max_size=80), ng=st.booleans())
def test_damaged_anywhere(at: int, junk: bytes, ng: bool) -> None:
    """Bytes thrown into a capture never raise."""
    whole = capture(packets(FLIGHTS), ng=ng)
    read(whole[:at] + junk + whole[at:])
    read(whole[:at] + junk + whole[at + len(junk) :])


@settings(max_examples=150, deadline=None)
@given(
    which=st.integers(min_value=0, max_value=1),
    at=st.integers(min_value=0, max_value=3000),
    junk=st.binary(min_size=1, max_size=40),
)
def test_damaged_handshake(which: int, at: int, junk: bytes) -> None:
    """Bytes thrown into the handshake itself, with headers that fit, never raise."""
    flights = [(name, data[:at] + junk + data[at:] if n == which else data) for n, (name, data) in enumerate(FLIGHTS)]
    read(capture(packets(flights)))


@given(data=st.binary(max_size=300))
def test_messages_of_any_bytes(data: bytes) -> None:
    """The strict readers know one error."""
    for parse in (handshakes.server_name, handshakes.version, handshakes.certificates):
        try:
            parse(data)
        except handshakes.Malformed:
            continue
    handshakes.Messages().feed(b"\x16\x03\x03" + len(data).to_bytes(2) + data)

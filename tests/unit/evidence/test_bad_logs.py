"""Logs that nobody wrote on purpose, or somebody did: none stops the reading (rows B076 to B080)."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from time import perf_counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remediate.evidence import requests, texts
from remediate.evidence.failures import MOST_ROWS, Tally
from remediate.evidence.log import LogReader
from tests.support.log_lines import Attempt, log
from tests.unit.evidence.test_log import NOW, excerpt, failures, refusals

MEBIBYTE = 1 << 20


def test_b076_line_of_100_mb() -> None:
    """No line end for 100 MB: what stands before and after is read, memory stays small."""

    def blocks() -> Iterator[bytes]:
        yield log(Attempt().story())
        for _ in range(100):
            yield b"x" * MEBIBYTE
        yield b"\n" + log(Attempt(number=2).story())

    tracemalloc.start()
    found = list(LogReader(NOW).read(blocks()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [r.request.number for r in found if r.level == "WARNING"] == ["1", "2"]
    assert peak < 16 * MEBIBYTE


def test_b076_long_line_is_cut() -> None:
    """A refusal in a line that goes on for ever is told, and its text is bounded."""
    found = refusals(log(Attempt().story(Attempt().chain() + "x" * MEBIBYTE)))
    assert len(found[0].line) <= 1 << 12


def test_b077_bytes_that_are_not_utf8() -> None:
    """Latin-1, NUL and escape codes around and inside lines."""
    data = (
        b"\xff\xfe\x00\x1b[2J\xe9\r\n" + log(Attempt(user="m\udce9ller").story()).replace(b"\n", b"\r\n") + b"\x00" * 99
    )
    (failure,) = failures(data)
    assert (failure.ports, failure.users) == ((6972,), ("m\udce9ller",))
    assert failure.warning is not None
    assert failure.warning.text == Attempt().chain()


@pytest.mark.parametrize(
    "bait",
    [
        b"WARNING: Core server certificate verification failed for (" + b"a" * 60_000,
        b"WARNING: " + b"> | " * 15_000 + b"Action=",
        b"[ET_NET 0] ERROR: SSL connection failed for '" + b"a" * 60_000 + b"Action=",
        b"[ET_NET 0]" + b" " * 60_000 + b"WARNING" + b" " * 60_000 + b"Action=",
        b"WARNING: SNI (" + b" >" * 20_000 + b") not in" + b" |" * 20_000 + b"Action=Terminate Error=" + b" " * 60_000,
        b"[ET_NET" * 20_000,
        b"Action=" * 20_000,
        b"WARNING: <" + b"a " * 200 + b"Action=" * 50,
    ],
    ids=range(8),
)  # fmt: skip
def test_b079_bait_for_patterns(bait: bytes) -> None:
    """Texts made to keep a pattern busy cost no more than their length."""
    began = perf_counter()
    refusals(bait * 3)
    assert perf_counter() - began < 5  # a nested quantifier takes hours here


def test_b080_another_products_log() -> None:
    """A log that no Expressway wrote is known as such."""
    reader = LogReader(NOW)
    assert list(reader.read([b"Nov 27 10:00:00 web nginx[1]: GET / 200\n" * 999])) == []
    assert not reader.expressway


def test_b080_year_missing() -> None:
    """A line without year takes its request's UTC time; without a request the year is inferred, and marked."""
    attempt = Attempt()
    syslog = attempt.head.replace(attempt.at.isoformat(timespec="milliseconds"), "Nov 30 22:00:00")
    story = log(attempt.story()).replace(attempt.head.encode(), syslog.encode())
    (told,) = {r.at for r in refusals(story)}
    assert told == attempt.at
    reader = LogReader(datetime(2027, 1, 2, tzinfo=UTC))
    (refusal,) = reader.read([log([attempt.chain()]).replace(attempt.head.encode(), syslog.encode())])
    assert (refusal.at, reader.time_inferred, refusal.peer) == (attempt.at, True, "exp-c-1")


@pytest.mark.parametrize("stamp", ["Feb 29 22:00:00", "Feb 30 22:00:00", "Xxx 30 22:00:00", "2026-13-45T99:00:00Z"])
def test_b080_time_that_never_was(stamp: str) -> None:
    """A time that no calendar holds is no time, and no reason to stop."""
    story = log([Attempt().chain()]).replace(Attempt().at.isoformat(timespec="milliseconds").encode(), stamp.encode())
    assert len(refusals(story)) == 1


def test_more_kinds_than_rows() -> None:
    """A log made of names to fill memory: the rows end, the rest is counted."""
    tally = Tally()
    (sample, _) = refusals(log(Attempt().story()))
    for number in range(MOST_ROWS + 7):
        tally.add(sample._replace(asked=f"host-{number}"))
    assert (len(tally.failures()), tally.beyond) == (MOST_ROWS, 7)


@settings(deadline=None)
@given(st.binary(max_size=300), st.binary(max_size=300), st.integers(min_value=0, max_value=1500))
def test_damaged_anywhere(before: bytes, inside: bytes, at: int) -> None:
    """Bytes thrown into a log never raise."""
    data = log(Attempt().story())
    refusals(before + data[:at] + inside + data[at:])


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_any_request_target(target: str) -> None:
    """Decoding never raises, and answers what it was given where it is not Expressway's form."""
    assert requests.decoded(target).port < 65536


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("http://vcs_control.steven.lab:8443/c3RldmVuLmxhYi9odHRwcy8xMC40OC4zNi4yMTUvODQ0Mw/x",
         ("steven.lab", "10.48.36.215", 8443, "/x")),
        ("/ZXhhbXBsZS5jb20vaHR0cHMvY3VjbS1wdWIuZXhhbXBsZS5jb20vODQ0Mw/cucm-uds/version?a=1",
         ("example.com", "cucm-pub.example.com", 8443, "/cucm-uds/version?a=1")),
        ("/ZXhhbXBsZS5jb20/get_edge_config", ("example.com", "", 0, "/get_edge_config")),
        ("/ZeW50LXBhLmNvbQ/get_edge_config", ("", "", 0, "/ZeW50LXBhLmNvbQ/get_edge_config")),
        ("/cucm-uds/version", ("", "", 0, "/cucm-uds/version")),
    ],
)  # fmt: skip
def test_base64_form(target: str, told: tuple[str, str, int, str]) -> None:
    """Long and short form, a documented misprint, and a path without it."""
    found = requests.decoded(target)
    assert (found.domain, found.host, found.port, found.path) == told


@pytest.mark.parametrize(
    ("path", "port", "service"),
    [
        ("/cucm-uds/user/emusk/devices", 8443, "UDS"),
        ("/CSFemusk.cnf.xml", 6972, "TFTP configuration"),
        ("/jabber-config.xml", 6970, "TFTP configuration"),
        ("/unknown", 6972, "TFTP configuration"),
        ("/EPASSoap/service/v105", 8443, "IM&P"),
        ("/vmrest/version", 8443, "voicemail"),
        ("/something", 8443, "other"),
    ],
)
def test_service(path: str, port: int, service: str) -> None:
    """By path; by port where the path does not say."""
    assert requests.service(path, port) == service


WIDTHS = (60, 72, 76, 80, 100, 132)


def cut(data: bytes, width: int) -> bytes:
    """As copied from a terminal of that width: words are broken too."""
    lines = data.split(b"\n")
    return b"\n".join(line[at : at + width] for line in lines for at in range(0, max(len(line), 1), width))


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("name", "port"), [("untrusted-ca", 6972), ("server-by-ip", 8443)])
def test_cut_at_a_column(name: str, port: int, width: int) -> None:
    """The seed's excerpts, pasted from a narrow terminal, tell what they tell as they stand."""
    whole = excerpt(name)
    pasted = cut(whole, width)
    assert texts.width_of(pasted) == width
    (failure,) = failures(b"".join(texts.unwrapped([pasted[:700], pasted[700:]], width)))
    (told,) = failures(whole)
    assert (failure.ports, failure.users, failure.cause) == (told.ports, told.users, told.cause)
    assert failure.ports == (port,)


def test_lines_of_one_length() -> None:
    """Lines that happen to be as long as each other are not cut ones; the widest of a log goes on in none."""
    assert texts.width_of(b"2022-07-11T18:55:25 peer app[1]: the same words again and again\n" * 50) == 0
    assert texts.width_of(log(*(Attempt(number=n).story() for n in range(50)))) == 0


def test_request_for_another_host() -> None:
    """The only request on its way to that address was for another host: no port is better than a wrong one."""
    mine, other = Attempt(), Attempt(number=2, host="other.example.test", port=8443)
    (failure,) = failures(log([other.received(), other.sending(), mine.chain()]))
    assert (failure.asked, failure.ports) == (mine.host, ())

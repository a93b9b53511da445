"""Expressway's request form and log words, and the DNS server of a traffic server; no listener runs."""

from __future__ import annotations

import pytest

from remediate.lab.traffic.envelope import worded
from remediate.lab.traffic.request import Malformed, Target, encode, read
from remediate.lab.traffic.resolver import answer

SEED = "http://vcs_control.steven.lab:8443/c3RldmVuLmxhYi9odHRwcy8xMC40OC4zNi4yMTUvODQ0Mw"
DEVICES = "/cucm-uds/user/emusk/devices?max=100"
WARNING = "[ET_NET 2] WARNING: "
UNTRUSTED = f"{WARNING}Core server certificate verification failed for (cucm.steven.lab). Action=%s Error=%s "


def test_the_seeds_target_reads_in_both_forms() -> None:
    """The seed's absolute URL and its origin form name the same origin, path and user."""
    wanted = Target("steven.lab", "10.48.36.215", 8443, DEVICES)
    assert read(SEED + DEVICES) == wanted
    assert read("/" + SEED.rsplit("/", 1)[1] + DEVICES) == wanted
    assert (wanted.user, Target("d", "h", 6972, "/CSFemusk.cnf.xml").user) == ("emusk", "emusk")
    assert SEED.endswith(encode("steven.lab", "10.48.36.215", 8443))


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/ZW50LXBhLmNvbQ/get_edge_config",
        "/ZeW50LXBhLmNvbQ/x",
        f"/{encode('steven.lab', 'a', 8443)}=/x",
        f"/{encode('steven.lab', 'a', 65536)}/x",
        f"/{encode('steven.lab', 'a b', 1)}/x",
        f"https://vcs_control.steven.lab:8443/{encode('steven.lab', 'a', 1)}/x",
        f"http://elsewhere.steven.lab:8443/{encode('steven.lab', 'a', 1)}/x",
        "/c3RldmVuLmxhYi9odHRwL2EvODA/x",
    ],
)
def test_what_is_not_in_the_form_is_refused(target: str) -> None:
    """Padding, a bad alphabet, a port out of range, another scheme or host: Malformed, never a guess."""
    with pytest.raises(Malformed):
        read(target)


def test_lines_of_openssl_3_become_the_seeds() -> None:
    """On 1.1.1 the text is the old one and an ERROR line with the old code follows a refusal."""
    new = UNTRUSTED % ("Terminate", "self-signed certificate") + "server=cucm.steven.lab(10.48.36.215) depth=0"
    old = UNTRUSTED % ("Terminate", "self signed certificate") + "server=cucm.steven.lab(10.48.36.215) depth=0"
    error = (
        "[ET_NET 2] ERROR: SSL connection failed for 'cucm.steven.lab': error:1416F086:"
        "SSL routines:tls_process_server_certificate:certificate verify failed"
    )
    assert worded((new,), "1.1.1") == [old, error]
    assert worded((new,), "3") == [new]


def test_a_name_refused_has_its_error_line_and_a_continued_one_has_none() -> None:
    """`SNI (…) not in certificate` with Terminate earns the ERROR line; Action=Continue does not."""
    name = f"{WARNING}SNI (10.48.36.215) not in certificate. Action=%s server=10.48.36.215(10.48.36.215)"
    assert [line.split(":")[0] for line in worded((name % "Terminate",), "1.1.1")] == [
        "[ET_NET 2] WARNING",
        "[ET_NET 2] ERROR",
    ]
    assert worded((name % "Continue",), "1.1.1") == [name % "Continue"]


def test_the_dns_server_knows_its_names_and_denies_the_rest() -> None:
    """An A question for a known name has its address; another name has NXDOMAIN; garbage has silence."""
    names = {"cucm.steven.lab": "127.0.0.9"}
    question = b"\x00\x01\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04CUCM\x06steven\x03lab\x00%s\x00\x01"
    known = answer(question % b"\x00\x01", names)
    assert known.endswith(b"\x00\x04\x7f\x00\x00\x09")
    assert known[3] & 15 == 0
    no_ipv6 = answer(question % b"\x00\x1c", names)
    assert (no_ipv6[3] & 15, no_ipv6[6:8]) == (0, b"\x00\x00")
    assert answer(question % b"\x00\x01", {})[3] & 15 == 3
    assert answer(b"\x00\x01", names) == b""

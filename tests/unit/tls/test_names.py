"""The name rules, as measured on and read in the traffic server."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediate.tls import der, names
from tests.conformance.corpus import certificates, corpus
from tests.unit.tls.pki import issue


def dns(*values: bytes) -> names.PresentedNames:
    """Names of a certificate with these dNSNames and no common name."""
    return names.PresentedNames(dns=values)


@pytest.mark.parametrize(
    ("pattern", "host", "held"),
    [
        (b"cucm.corp.example", "cucm.corp.example", True),
        (b"CUCM.Corp.Example", "cucm.corp.EXAMPLE", True),
        (b"cucm.corp.example", "cucm.corp.example.", False),
        (b"cucm.corp.example.", "cucm.corp.example", False),
        (b"cucm", "cucm", True),
        (b"*.corp.example", "cucm.corp.example", True),
        (b"*.corp.example", "a.b.corp.example", False),
        (b"*.corp.example", "corp.example", False),
        (b"*.corp.example", ".corp.example", False),
        (b"*.corp.example", "*.corp.example", True),
        (b"c*.corp.example", "cucm.corp.example", True),
        (b"cucm*.corp.example", "cucm.corp.example", True),
        (b"*m.corp.example", "cucm.corp.example", True),
        (b"*cucm.corp.example", "cucm.corp.example", True),
        (b"c*m.corp.example", "cucm.corp.example", False),
        (b"*c*.corp.example", "cucm.corp.example", False),
        (b"cucm.*.example", "cucm.corp.example", False),
        (b"cucm.corp.*", "cucm.corp.example", False),
        (b"*.example", "cucm.example", False),
        (b"*.a.b", "x.a.b", False),
        (b"*.a.b", "xy.a.b", True),
        (b"*.corp.example", "xn--cm-eka.corp.example", True),
        (b"x*.corp.example", "xn--cm-eka.corp.example", False),
        (b"*a.corp.example", "XN--cm-eka.corp.example", False),
        (b"*.corp.example", "cu cm.corp.example", False),
        (b"*.corp.example.", "cucm.corp.example", False),
        (b"", "cucm.corp.example", False),
        (b"cucm.corp.example", "", False),
        (b"cucm.corp.example\x00.evil", "cucm.corp.example", False),
        (b"10.1.2.3", "10.1.2.3", True),
        (b"::1", "[::1]", True),
        (b"[::1]", "[::1]", False),
    ],
)
def test_pattern(pattern: bytes, host: str, held: bool) -> None:
    """A wildcard stands in the first of three labels, at its start or end, for part of one label."""
    assert names.accepts(dns(pattern), host) is held


def test_underscore_under_a_wildcard() -> None:
    """ATS 9 lets a wildcard stand for an underscore, older ones do not; written out it always matches."""
    assert names.accepts(dns(b"*.corp.example"), "cucm_pub.corp.example")
    assert not names.accepts(dns(b"*.corp.example"), "cucm_pub.corp.example", underscore=False)
    assert names.accepts(dns(b"cucm_pub.corp.example"), "cucm_pub.corp.example", underscore=False)


def test_common_name_beside_names() -> None:
    """The common name counts even where dNSNames exist and do not match."""
    both = names.PresentedNames(dns=(b"other.corp.example",), common_name=b"cucm.corp.example")
    assert names.accepts(both, "cucm.corp.example")
    assert names.accepts(both, "OTHER.corp.example")
    assert not names.accepts(both, "third.corp.example")


def test_ip_entry_is_not_looked_at() -> None:
    """An iPAddress entry satisfies nobody; that it is all there is can be told."""
    held = names.PresentedNames(ip=("10.1.2.3", "::1"))
    assert not names.accepts(held, "10.1.2.3")
    assert names.only_by_ip_entry(held, "10.1.2.3")
    assert names.only_by_ip_entry(held, "[::1]")
    assert not names.only_by_ip_entry(held, "10.1.2.4")
    assert not names.only_by_ip_entry(held, "cucm.corp.example")
    assert not names.only_by_ip_entry(held._replace(common_name=b"10.1.2.3"), "10.1.2.3")


def test_bit_string_accepts_any() -> None:
    """A common name that cannot be converted lets every name pass, and `matches` does not lean on that."""
    scenarios = {s["id"]: s for s in corpus()["scenarios"]}
    served = scenarios["cn_bitstring_bug"]["server"]["chain"]
    found = next(c for c in certificates() if c.pem.decode() in served)
    presented = names.presented(found.der)
    assert presented.accepts_any
    assert names.accepts(presented, "anything.at.all")
    assert not names.matches("anything.at.all", found.der)


@pytest.mark.parametrize(
    ("host", "ip"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("[::0:1]", "::1"),
        ("[::ffff:127.0.0.1]", "::ffff:127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("10.1.258", "10.1.1.2"),
        ("0x7f.1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0", "0.0.0.0"),
        ("127.0.0.1.", None),
        ("256.1.1.1", None),
        ("1.2.3.256", None),
        ("1.2.3.4.5", None),
        ("08.1", None),
        ("0x.1", None),
        ("10.example.com", None),
        ("4294967296", None),
        ("", None),
    ],
)
def test_what_counts_as_an_address(host: str, ip: str | None) -> None:
    """Numbers and dots are an IPv4 address in every form that `inet_aton` takes (measured)."""
    assert names.ip_literal(host) == ip


def test_matches() -> None:
    """A certificate that cannot be read holds no name."""
    leaf = issue("cucm", names=("cucm.corp.example",)).certificate.der
    assert names.matches("cucm.corp.example", leaf)
    assert not names.matches("other.corp.example", leaf)
    assert not names.matches("cucm.corp.example", b"\x30\x03abc")


@given(st.binary(max_size=300))
def test_any_bytes_as_certificate(content: bytes) -> None:
    """Whatever the bytes, names are read or one error is raised."""
    try:
        assert isinstance(names.presented(content), names.PresentedNames)
    except der.Unreadable:
        return


@given(st.binary(max_size=40), st.text(max_size=40))
def test_any_pattern_and_host(pattern: bytes, host: str) -> None:
    """Matching ends in a yes or a no."""
    assert names.accepts(dns(pattern), host) in {True, False}

"""Certificates described for people, however broken."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from remediate.tls.describe import Described, describe
from tests.conformance.corpus import certificates, corpus
from tests.unit.tls.pki import END, START, issue, rsa_key

LEAF = issue("cucm", issue("root"), names=("cucm.corp.example",), key=rsa_key()).certificate


def test_fields() -> None:
    """Names, dates, key and marks are read."""
    found = describe(LEAF.der)
    assert (found.subject, found.issuer, found.common_name) == ("CN=cucm", "CN=root", "cucm")
    assert (found.dns_names, found.ip_addresses) == (("cucm.corp.example",), ())
    assert (found.not_before, found.not_after) == (START, END)
    assert (found.key, found.signature) == ("RSA 2048", "sha256")
    assert (found.is_ca, found.self_signed, found.undecodable) == (False, False, "")


def test_self_signed() -> None:
    """A root is self-signed and a CA; one whose signature is another's only looks like it."""
    root = describe(issue("root").certificate.der)
    assert (root.self_signed, root.is_ca) == (True, True)
    impostor = describe(issue("root", issue("root"), names=("a.b",)).certificate.der)
    assert not impostor.self_signed


def test_ip_addresses() -> None:
    """iPAddress entries are shown as text."""
    scenario = next(s for s in corpus()["scenarios"] if s["id"] == "ip_san_ip")
    leaf = next(c for c in certificates() if c.pem.decode() == scenario["server"]["chain"][0])
    assert describe(leaf.der).ip_addresses == (scenario["connect"]["host"],)


def test_corpus() -> None:
    """Every certificate of the corpus has a description with its digest."""
    assert all(describe(c.der).sha256 == c.sha256 for c in certificates())


def test_undecodable() -> None:
    """What is no certificate is told so, and shown by its digest."""
    found = describe(b"\x30\x03\x02\x01")
    assert found.undecodable
    assert found.label.startswith("certificate ")


@settings(max_examples=300)
@given(st.binary(max_size=400))
def test_any_bytes(content: bytes) -> None:
    """Any bytes are described."""
    assert isinstance(describe(content), Described)


@settings(max_examples=500, deadline=None)
@given(st.integers(0, len(LEAF.der) - 1), st.binary(min_size=1, max_size=3))
def test_damage_at_random(at: int, piece: bytes) -> None:
    """Damage of a few bytes is described."""
    assert isinstance(describe(LEAF.der[:at] + piece + LEAF.der[at + len(piece) :]), Described)

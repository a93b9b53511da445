"""Certificates described for people, however broken."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remediate.tls.describe import Described, describe
from tests.conformance.corpus import certificates, corpus
from tests.support import wrong
from tests.unit.tls.pki import END, START, issue, rsa_key

NAME = wrong.common_name("cucm")
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


def test_b061_corpus() -> None:
    """Every certificate of the corpus has a description with its digest."""
    assert all(describe(c.der).sha256 == c.sha256 for c in certificates())


def test_b061_undecodable() -> None:
    """What is no certificate is told so, and shown by its digest."""
    found = describe(b"\x30\x03\x02\x01")
    assert found.undecodable
    assert found.label.startswith("certificate ")


@pytest.mark.parametrize("fault", [{"version": 9}, {"more": (("2.5.29.19", False, b"0\0"),) * 2}], ids=str)
def test_b061_fields_that_cannot_be_read(fault: dict[str, Any]) -> None:
    """Whatever the library raises, and whenever, there is a description with the reason and the digest."""
    one = wrong.made(wrong.Wanted(subject=NAME, issuer=NAME, **fault))
    found = describe(one.der)
    assert (found.sha256, bool(found.undecodable)) == (one.sha256, True)


def test_b063_a_name_without_end() -> None:
    """A CN of 64 kB is shown in part, with what tells it from another of that beginning."""
    texts = ("x" * 65_536, "x" * 65_535 + "y")
    made = (wrong.made(wrong.Wanted(subject=wrong.common_name(t), issuer=NAME)) for t in texts)
    one, other = (describe(certificate.der) for certificate in made)
    assert one.subject.startswith("CN=xxx")
    assert "65,539 characters" in one.subject
    assert len(one.label) < 400
    assert (one.subject == other.subject, one.common_name == other.common_name) == (False, False)


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

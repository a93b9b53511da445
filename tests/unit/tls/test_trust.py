"""Trust files, whole and damaged, as OpenSSL loads them."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remediate.model.certificate import TrustStore
from remediate.model.verdict import ClientProfile, Rejected, Undetermined
from remediate.tls import decide, trust
from tests.unit.tls.pki import ask, issue, served, store

ROOTS = tuple(issue(f"root {n}") for n in range(3))
PEMS = tuple(r.certificate.pem for r in ROOTS)
GOOD = b"".join(PEMS)
LEAF = issue("leaf", ROOTS[0], names=("cucm-sub-3.corp.example.com",))


def relabelled(label: bytes) -> bytes:
    """The bundle with another label on its second block."""
    return PEMS[0] + PEMS[1].replace(b" CERTIFICATE", b" " + label) + PEMS[2]


def indented(pem: bytes) -> bytes:
    """Every line two blanks to the right."""
    return b"".join(b"  " + line for line in pem.splitlines(keepends=True))


def on_one_line(pem: bytes) -> bytes:
    """The base64 without line ends."""
    begin, *body, end = pem.splitlines()
    return b"\n".join((begin, b"".join(body), end, b""))


def with_bytes_after() -> bytes:
    """A block that holds more than its certificate."""
    return type(ROOTS[1].certificate)(der=ROOTS[1].certificate.der + b"\0\0\0").pem


VARIANTS: dict[str, tuple[bytes, int | None]] = {
    "good": (GOOD, 3),
    "crlf": (GOOD.replace(b"\n", b"\r\n"), 3),
    "text before": (b"Root CA\n=======\n" + GOOD, 3),
    "byte order mark": (b"\xef\xbb\xbf" + GOOD, 3),
    "no last line end": (GOOD.rstrip(b"\n"), 3),
    "one line": (on_one_line(PEMS[0]), 1),
    "other label": (relabelled(b"PKCS7"), 2),
    "old label": (relabelled(b"X509 CERTIFICATE"), 3),
    "trusted label": (relabelled(b"TRUSTED CERTIFICATE"), 3),
    "lower case": (PEMS[0] + PEMS[1].replace(b"BEGIN", b"begin") + PEMS[2], 2),
    "second indented": (PEMS[0] + indented(PEMS[1]) + PEMS[2], 2),
    "bytes after the certificate": (PEMS[0] + with_bytes_after() + PEMS[2], 3),
    "twice the same": (PEMS[0] + GOOD, 3),
    "third cut off": (GOOD[:-200], None),
    "end lacks a dash": (GOOD[:-2] + b"\n", None),
    "glued": (PEMS[0].rstrip(b"\n") + PEMS[1] + PEMS[2], None),
    "literal line ends": (GOOD.replace(b"\n", b"\\n"), None),
    "broken base64": (PEMS[0] + PEMS[1].replace(b"MII", b"M!I", 1) + PEMS[2], None),
    "label of another end": (PEMS[0] + PEMS[1].replace(b"END CERTIFICATE", b"END CERTIFICATES") + PEMS[2], None),
    "headers": (PEMS[0].replace(b"-----\n", b"-----\nComment: x\n\n", 1), None),
    "all indented": (indented(GOOD), None),
    "garbage in armour": (PEMS[0] + b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", None),
    "comments only": (b"# nothing here\n", None),
    "empty": (b"", None),
}  # fmt: skip


def by_openssl(pem: bytes) -> int | None:
    """How many distinct certificates the OpenSSL of the interpreter loads from a file; None where it refuses."""
    with TemporaryDirectory() as directory:
        path = Path(directory, "bundle.pem")
        path.write_bytes(pem)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            context.load_verify_locations(cafile=str(path))
        except ssl.SSLError:
            return None
        return context.cert_store_stats()["x509"]


def by_us(pem: bytes) -> int | None:
    """The same by `trust.load`."""
    try:
        return len(set(trust.load(pem).identities.values()))
    except trust.BrokenTrustFile:
        return None


@pytest.mark.parametrize("variant", VARIANTS)
def test_variant(variant: str) -> None:
    """Each variant gives as many certificates as OpenSSL finds, or fails as OpenSSL fails."""
    pem, count = VARIANTS[variant]
    assert by_us(pem) == count == by_openssl(pem)


@pytest.mark.parametrize("policy", ["enforced", "permissive", "disabled"])
def test_broken_file_refuses_everything(policy: str) -> None:
    """A file that cannot be loaded is an outage under every policy."""
    profile = ClientProfile.model_validate({"cipher_suite": None, "policy": policy})
    verdict = decide(ask(served(LEAF), TrustStore(pem=VARIANTS["third cut off"][0]), profile=profile))
    assert isinstance(verdict, Rejected)
    assert [r.kind for r in verdict.reasons] == ["trust_file"]
    assert "block 3" in verdict.reasons[0].error


def test_broken() -> None:
    """What breaks a file is told in words, and a whole one has nothing of it."""
    assert trust.broken(GOOD) is None
    assert trust.broken(b"") == "no certificate or crl found"
    assert trust.broken(VARIANTS["glued"][0]) == "block 1: bad end line"


def test_trust_settings() -> None:
    """What OpenSSL's own trust settings would do is not guessed."""
    block = with_bytes_after().replace(b" CERTIFICATE", b" TRUSTED CERTIFICATE")
    verdict = decide(ask(served(LEAF), TrustStore(pem=PEMS[0] + block)))
    assert verdict.verdict == "undetermined"


def test_one_serial_number_twice() -> None:
    """Twins with one name and one serial number: nobody says which is taken, where a path meets that name."""
    twins = issue("twin", serial=7), issue("twin", serial=7)
    leaf = issue("leaf", twins[0], names=("cucm-sub-3.corp.example.com",))
    assert trust.doubles(store(*twins).pem) == {twins[0].x509.subject.public_bytes()}
    assert trust.doubles(store(issue("twin"), issue("twin")).pem) == frozenset()
    assert isinstance(decide(ask(served(leaf), store(*twins))), Undetermined)
    assert decide(ask(served(LEAF), store(*twins, ROOTS[0]))).verdict == "accept"


Edit = Callable[[bytes], bytes]


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    """One small damage: bytes put in, taken away or replaced."""
    at, length = draw(st.integers(0, len(GOOD))), draw(st.integers(0, 80))
    piece = draw(
        st.sampled_from(
            (b"\n", b"\r", b"\n\n", b" ", b"\t", b"-", b"=", b":", b"A", b"\0", b"\x80", b"-----END CERTIFICATE-----\n",
             b"-----BEGIN CERTIFICATE-----\n", b"-----BEGIN X-----\n", b"A" * 300)
        )
        | st.binary(max_size=4)
    )  # fmt: skip
    return lambda pem: pem[:at] + piece + pem[at + length :]


@settings(max_examples=150, deadline=None)
@given(st.lists(edits(), min_size=1, max_size=3))
def test_damage_at_random(damage: list[Edit]) -> None:
    """Whatever is done to a file, we find what OpenSSL finds."""
    pem = GOOD
    for edit in damage:
        pem = edit(pem)
    assert by_us(pem) == by_openssl(pem)

"""PEM from people: both parsers agree, or the file is refused."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs7, pkcs12
from hypothesis import given
from hypothesis import strategies as st

from remediate.errors import CertificateFileError
from remediate.files.pem import parse_certificates, read_certificates
from remediate.model.certificate import EncodedCertificate
from remediate.tls.describe import describe
from tests.support import forge, wrong

ONE, TWO = forge.authority("One").certificate, forge.authority("Two").certificate
BOTH = ONE.pem + TWO.pem
LINES = ONE.pem.count(b"\n")
INDENTED = b"".join(b"  " + line + b"\n" for line in TWO.pem.splitlines())
ONE_PARSED = x509.load_der_x509_certificate(ONE.der)
PKCS12 = pkcs12.serialize_key_and_certificates(b"x", None, ONE_PARSED, None, NoEncryption())
KEY = forge.ec_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def odd(subject: str = "Odd", **faults: Any) -> EncodedCertificate:
    """A self-signed certificate with such faults."""
    name = wrong.common_name(subject)
    return wrong.made(wrong.Wanted(subject=name, issuer=name, **faults))


def block(kind: str) -> bytes:
    """Armour of this kind around a little of something else."""
    return f"-----BEGIN {kind}-----\nAA==\n-----END {kind}-----\n".encode()


ROWS = [
    ("B040", b"", "f.pem: no certificate found"),
    ("B040-comments", b"# nothing\n", "f.pem: no certificate found"),
    ("B041", ONE.pem + TWO.pem[:200], f"f.pem:{LINES + 1}: BEGIN without END"),
    ("B041-middle", ONE.pem[:200] + b"\n" + TWO.pem, "f.pem:1: BEGIN without END"),
    ("B041-end-alone", ONE.pem + ONE.pem[200:], f"f.pem:{LINES * 2 - 3}: END without BEGIN"),
    ("B042", BOTH[:-2] + b"\n", f"f.pem:{LINES * 2}: damaged marker: -----BEGIN CERTIFICATE----- and"),
    ("B043", BOTH.replace(b"-----\n-----BEGIN", b"----------BEGIN"), f"f.pem:{LINES}: two markers on one line"),
    ("B045", ONE.pem + INDENTED, f"f.pem:{LINES + 1}: an indented block: remove the indentation"),
    ("B046", BOTH.replace(b"\n", b"\\n"), "f.pem:1: escaped newlines"),
    ("B047-trusted", block("TRUSTED CERTIFICATE"), "f.pem:1: holds a block 'TRUSTED CERTIFICATE'"),
    ("B047-x509", ONE.pem + block("X509 CERTIFICATE"), "write CERTIFICATE in both of its markers"),
    ("B048-dash", ONE.pem + TWO.pem.replace(b"-----BEGIN", "—BEGIN".encode()), f"f.pem:{LINES + 1}: damaged marker"),
    ("B048-lower", TWO.pem.replace(b"BEGIN CERTIFICATE", b"begin certificate"), "f.pem:1: damaged marker"),
    ("B050", ONE.pem + KEY, f"f.pem:{LINES + 1}: contains a private key: file refused: treat the key as exposed"),
    ("B050-openssh", block("OPENSSH PRIVATE KEY"), "f.pem:1: contains a private key"),
    ("B051-csr", block("CERTIFICATE REQUEST"), "a certificate request, which nobody signed yet: give the certificate"),
    ("B051-crl", block("X509 CRL"), "this is a revocation list"),
    ("B051-pkcs7", block("PKCS7"), "openssl pkcs7 -print_certs"),
    ("B051-pkcs12", PKCS12, "this is PKCS#12: openssl pkcs12 -nokeys"),
    ("B051-pkcs7-der", pkcs7.serialize_certificates([ONE_PARSED], Encoding.DER), "PKCS#7 in DER: openssl pkcs7"),
    ("B051-parameters", block("DSA PARAMETERS"), "this is dsa parameters"),
    ("B051-der", ONE.der, "this is DER, not PEM: openssl x509 -inform der"),
    ("B051-ssh", b"ssh-ed25519 AAAA", "an OpenSSH public key"),
    ("B065-html", b"<html>login</html>", "this is HTML: perhaps the login page of a proxy"),
    ("B065-pdf", b"%PDF-1.7", "a PDF"),
    ("B065-docx", b"PK\x03\x04", "a ZIP or Office file"),
    ("B063-nul", odd(subject="good.com\0.evil.com").pem, "f.pem: certificate 1 has a NUL in its subject"),
    ("B061-version", odd(version=9).pem, "f.pem: certificate 1 does not parse"),
    ("B061-twice", odd(more=(("2.5.29.19", False, b"0\0"),) * 2).pem, "f.pem: certificate 1 does not parse"),
]


@pytest.mark.parametrize(("data", "words"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_refused(data: bytes, words: str) -> None:
    """Each kind of damage is named, with its line where it has one; a key is never echoed."""
    with pytest.raises(CertificateFileError) as caught:
        parse_certificates(data, "f.pem")
    assert words in str(caught.value)
    assert "MIGH" not in str(caught.value)


def test_b052_bytes_after_the_der() -> None:
    """OpenSSL would accept them, cryptography would not: refused."""
    longer = type(ONE)(der=ONE.der + b"\0")
    with pytest.raises(CertificateFileError, match="certificate 1 does not parse"):
        parse_certificates(longer.pem, "f.pem")


@pytest.mark.parametrize("text", [BOTH, BOTH.replace(b"\n", b"\r\n"), b"subject=One\n" + BOTH, b"\xef\xbb\xbf" + BOTH])
def test_accepted(text: bytes) -> None:
    """Line ends, preambles and a byte order mark do no harm."""
    assert parse_certificates(text, "f.pem") == (ONE, TWO)


def test_missing_file(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(CertificateFileError, match=r"gone\.pem: cannot be read"):
        read_certificates(tmp_path / "gone.pem")


@pytest.mark.parametrize("serial", [-1, 0, 1 << 167])
def test_b060_serial_number(serial: int) -> None:
    """Negative, zero and 21 bytes long: such CAs exist, and they are taken as they are, without a warning."""
    given = odd(serial=serial)
    assert parse_certificates(given.pem, "f.pem") == (given,)
    assert describe(given.der).serial == f"{serial:x}"


@given(
    st.lists(
        st.sampled_from([ONE.pem, TWO.pem, b"-----", b"BEGIN CERTIFICATE", b"\n", b"END", b"=", b"\xff"]), max_size=8
    )
)
def test_anything_ends_in_certificates_or_our_error(parts: list[bytes]) -> None:
    """No foreign exception leaves."""
    with suppress(CertificateFileError):
        assert parse_certificates(b"".join(parts), "f.pem")

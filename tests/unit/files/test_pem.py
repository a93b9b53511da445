"""PEM from people: both parsers agree, or the file is refused."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from remediate.errors import CertificateFileError
from remediate.files.pem import parse_certificates, read_certificates
from tests.support import forge

ONE, TWO = forge.authority("One").certificate, forge.authority("Two").certificate
BOTH = ONE.pem + TWO.pem
KEY = forge.ec_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

ROWS = [
    ("B040", b"", "no certificate found"),
    ("B040-comments", b"# nothing\n", "no certificate found"),
    ("B041", ONE.pem + TWO.pem[:200], "BEGIN without END"),
    ("B042", ONE.pem + TWO.pem.replace(b"-----END CERTIFICATE-----", b"-----END CERTIFICATE----"), "damaged marker"),
    ("B043", BOTH.replace(b"-----\n-----BEGIN", b"----------BEGIN"), "two markers on one line"),
    ("B045", ONE.pem + b"".join(b"  " + line + b"\n" for line in TWO.pem.splitlines()), "an indented block"),
    ("B046", BOTH.replace(b"\n", b"\\n"), "escaped newlines"),
    ("B047-trusted", ONE.pem.replace(b"CERTIFICATE", b"TRUSTED CERTIFICATE"), "use plain CERTIFICATE"),
    ("B047-x509", ONE.pem.replace(b"CERTIFICATE", b"X509 CERTIFICATE"), "use plain CERTIFICATE"),
    ("B048-dash", ONE.pem + TWO.pem.replace(b"-----BEGIN", "—BEGIN".encode()), "damaged marker"),
    ("B048-lower", ONE.pem + TWO.pem.replace(b"BEGIN CERTIFICATE", b"begin certificate"), "damaged marker"),
    ("B050", ONE.pem + KEY, "contains a private key: file refused"),
    (
        "B051-csr",
        b"-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----\n",
        "certificate request",
    ),
    ("B051-crl", b"-----BEGIN X509 CRL-----\nAA==\n-----END X509 CRL-----\n", "x509 crl"),
    ("B051-pkcs7", b"-----BEGIN PKCS7-----\nAA==\n-----END PKCS7-----\n", "pkcs7"),
    ("B051-der", ONE.der, "DER, not PEM"),
    ("B051-ssh", b"ssh-ed25519 AAAA", "an OpenSSH public key"),
    ("B065-html", b"<html>login</html>", "this is HTML"),
    ("B065-pdf", b"%PDF-1.7", "a PDF"),
    ("B065-docx", b"PK\x03\x04", "a ZIP or Office file"),
]


@pytest.mark.parametrize(("data", "words"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_refused(data: bytes, words: str) -> None:
    """Each kind of damage is named, with its line where it has one; a key is never echoed."""
    with pytest.raises(CertificateFileError) as caught:
        parse_certificates(data, "f.pem")
    assert words in str(caught.value)
    assert "MIGH" not in str(caught.value)


def test_bytes_after_the_der() -> None:
    """OpenSSL would accept them, cryptography would not: refused (B052)."""
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


@given(
    st.lists(
        st.sampled_from([ONE.pem, TWO.pem, b"-----", b"BEGIN CERTIFICATE", b"\n", b"END", b"=", b"\xff"]), max_size=8
    )
)
def test_anything_ends_in_certificates_or_our_error(parts: list[bytes]) -> None:
    """No foreign exception leaves."""
    with suppress(CertificateFileError):
        assert parse_certificates(b"".join(parts), "f.pem")

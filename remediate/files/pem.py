"""PEM files from people. BEGIN = END = parsed count, two parsers agree, a private key is refused unread."""

from __future__ import annotations

import codecs
import re
import ssl
from pathlib import Path

from cryptography import x509

from remediate.errors import CertificateFileError
from remediate.files.reading import read_bounded
from remediate.model.certificate import Chain, TrustStore
from remediate.tls.describe import REFUSALS, without_warnings

MOST_BYTES = 4 << 20
_BEGIN = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----")
_DAMAGED = re.compile(rb"^.*(BEGIN|END)\s+CERTIFICATE.*$", re.MULTILINE | re.IGNORECASE)
_LINE = re.compile(rb"\s*-----(BEGIN|END) CERTIFICATE-----\s*")
_NOT_PEM = (
    (re.compile(rb"PK\x03\x04"), "a ZIP or Office file", "give the PEM file that was in it or came with it"),
    (re.compile(rb"%PDF"), "a PDF", "give the PEM file that came with it"),
    (re.compile(rb"0\x82..\x02\x01\x03", re.DOTALL), "PKCS#12", "openssl pkcs12 -nokeys -in FILE -out FILE.pem"),
    (
        re.compile(rb"0\x82..\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07", re.DOTALL),
        "PKCS#7 in DER",
        "openssl pkcs7 -inform der -print_certs -in FILE -out FILE.pem",
    ),
    (re.compile(rb"0\x82"), "DER, not PEM", "openssl x509 -inform der -in FILE -out FILE.pem"),
    (
        re.compile(rb"(ssh|ecdsa)-"),
        "an OpenSSH public key",
        "a certificate file begins with -----BEGIN CERTIFICATE-----",
    ),
)
"""How other files begin, what they are, and how to get a certificate."""
_BLOCKS = {
    "TRUSTED CERTIFICATE": ("a certificate with OpenSSL's trust settings", "openssl x509 -in FILE -out FILE.pem"),
    "X509 CERTIFICATE": ("a certificate under an old name", "write CERTIFICATE in both of its markers"),
    "CERTIFICATE REQUEST": ("a certificate request, which nobody signed yet", "give the certificate that came of it"),
    "NEW CERTIFICATE REQUEST": (
        "a certificate request, which nobody signed yet",
        "give the certificate that came of it",
    ),
    "X509 CRL": ("a revocation list", "give the certificate of the CA that issued it"),
    "PKCS7": ("PKCS#7", "openssl pkcs7 -print_certs -in FILE -out FILE.pem"),
    "CMS": ("PKCS#7", "openssl pkcs7 -print_certs -in FILE -out FILE.pem"),
}
"""What other blocks hold, and how to get a certificate."""
_MARKERS = "-----BEGIN CERTIFICATE----- and -----END CERTIFICATE-----, five dashes each"
_CUT = "a certificate is cut off: copy the file once more"


def read_certificates(path: Path) -> Chain:
    """All certificates of a PEM file, in order. Raises `CertificateFileError` with line and hint."""
    data = read_bounded(path, MOST_BYTES, CertificateFileError)
    return parse_certificates(data, str(path))


def parse_certificates(data: bytes, path: str) -> Chain:
    """All certificates of PEM text; a byte order mark at its start does no harm."""
    data = data.removeprefix(codecs.BOM_UTF8)
    _refuse_other_things(data, path)
    _refuse_damage(data, path)
    entries = TrustStore(pem=data).entries
    if not entries:
        raise CertificateFileError("no certificate found", path=path)
    if len(entries) != data.count(b"-----BEGIN CERTIFICATE-----"):
        raise CertificateFileError(f"a block that does not decode: {len(entries)} of the blocks do", path=path)
    for number, entry in enumerate(entries, 1):
        _parsed_twice(entry.der, number, path)
    return entries


def _refuse_other_things(data: bytes, path: str) -> None:
    found = [(match[1].decode(), data.count(b"\n", 0, match.start()) + 1) for match in _BEGIN.finditer(data)]
    for kind, line in found:
        if "PRIVATE KEY" in kind:
            hint = "treat the key as exposed and replace it"
            raise CertificateFileError("contains a private key: file refused", path=path, line=line, hint=hint)
    for kind, line in found:
        if kind != "CERTIFICATE":
            what, hint = _BLOCKS.get(kind, (kind.lower(), "a certificate begins with -----BEGIN CERTIFICATE-----"))
            raise CertificateFileError(f"holds a block {kind!r}: this is {what}", path=path, line=line, hint=hint)
    if b"\\n" in data and found:
        hint = "write each \\n as a line end"
        raise CertificateFileError(
            "escaped newlines: \\n stands where lines should end", path=path, line=found[0][1], hint=hint
        )
    head = data.lstrip()[:512]
    if head[:1] == b"<" or b"<html" in head.lower():
        raise CertificateFileError("this is HTML", path=path, hint="perhaps the login page of a proxy")
    for begin, what, hint in _NOT_PEM:
        if begin.match(head):
            raise CertificateFileError(f"this is {what}", path=path, hint=hint)


def _refuse_damage(data: bytes, path: str) -> None:
    opened = 0
    for number, line in enumerate(data.splitlines(), 1):
        if not _DAMAGED.search(line):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            glued = line.count(b"-----BEGIN") + line.count(b"-----END") > 1
            what, hint = ("two markers on one line", "one line each") if glued else ("damaged marker", _MARKERS)
            raise CertificateFileError(what, path=path, line=number, hint=hint)
        if line[:1].isspace():
            raise CertificateFileError("an indented block", path=path, line=number, hint="remove the indentation")
        if found[1] == b"BEGIN" and opened:
            raise CertificateFileError("BEGIN without END", path=path, line=opened, hint=_CUT)
        if found[1] == b"END" and not opened:
            raise CertificateFileError("END without BEGIN", path=path, line=number, hint=_CUT)
        opened = number if found[1] == b"BEGIN" else 0
    if opened:
        raise CertificateFileError("BEGIN without END", path=path, line=opened, hint=_CUT)


def _parsed_twice(der: bytes, number: int, path: str) -> None:
    """cryptography and OpenSSL read different damage; an operator's file must satisfy both."""
    what = f"certificate {number} does not parse"
    try:
        with without_warnings():
            certificate = x509.load_der_x509_certificate(der)
            subject = certificate.subject.rfc4514_string()
            _ = certificate.extensions  # what cannot be read here could make it an authority unseen
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=der)
    except (*REFUSALS, ssl.SSLError) as error:
        raise CertificateFileError(f"{what}: {error}", path=path, hint="get the file once more from its CA") from error
    if "\0" in subject or "\\00" in subject:
        raise CertificateFileError(f"certificate {number} has a NUL in its subject", path=path, hint="refused")

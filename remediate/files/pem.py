"""PEM files from people. BEGIN = END = parsed count, two parsers agree, a private key is refused unread."""

from __future__ import annotations

import codecs
import re
import ssl
from pathlib import Path

from cryptography import x509

from remediate.errors import CertificateFileError
from remediate.model.certificate import Chain, TrustStore

MOST_BYTES = 4 << 20
_BEGIN = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----")
_DAMAGED = re.compile(rb"^.*(BEGIN|END)\s+CERTIFICATE.*$", re.MULTILINE | re.IGNORECASE)
_LINE = re.compile(rb"\s*-----(BEGIN|END) CERTIFICATE-----\s*")
_NOT_PEM = (
    (b"PK\x03\x04", "a ZIP or Office file"),
    (b"%PDF", "a PDF"),
    (b"\x30\x82", "DER, not PEM: openssl x509 -inform der -in FILE -out FILE.pem"),
    (b"ssh-", "an OpenSSH public key"),
)


def read_certificates(path: Path) -> Chain:
    """All certificates of a PEM file, in order. Raises `CertificateFileError` with line and hint."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CertificateFileError(f"cannot be read: {error.strerror}", path=str(path)) from error
    if len(data) > MOST_BYTES:
        raise CertificateFileError(f"larger than {MOST_BYTES >> 20} MiB", path=str(path))
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
    kinds = {match.decode() for match in _BEGIN.findall(data)}
    if any("PRIVATE KEY" in kind for kind in kinds):
        raise CertificateFileError(
            "contains a private key: file refused", path=path, hint="treat the key as exposed and replace it"
        )
    for kind in sorted(kinds - {"CERTIFICATE"}):
        hint = (
            "use plain CERTIFICATE" if "CERTIFICATE" in kind and "REQUEST" not in kind else f"this is a {kind.lower()}"
        )
        raise CertificateFileError(f"holds a block {kind!r}", path=path, hint=hint)
    if b"\\n" in data and b"-----BEGIN" in data:
        raise CertificateFileError("escaped newlines: \\n stands where lines should end", path=path)
    head = data.lstrip()[:512]
    if head[:1] == b"<" or b"<html" in head.lower():
        raise CertificateFileError("this is HTML", path=path, hint="perhaps the login page of a proxy")
    for magic, words in _NOT_PEM:
        if head.startswith(magic):
            raise CertificateFileError(f"this is {words}", path=path)


def _refuse_damage(data: bytes, path: str) -> None:
    depth = 0
    for number, line in enumerate(data.splitlines(), 1):
        if not _DAMAGED.search(line):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            glued = line.count(b"-----BEGIN") + line.count(b"-----END") > 1
            what = "two markers on one line" if glued else "damaged marker"
            raise CertificateFileError(what, path=path, line=number)
        if line[:1].isspace():
            raise CertificateFileError("an indented block", path=path, line=number, hint="remove the indentation")
        depth += 1 if found[1] == b"BEGIN" else -1
        if depth not in (0, 1):
            raise CertificateFileError("BEGIN without END", path=path, line=number)
    if depth:
        raise CertificateFileError("BEGIN without END: the last certificate is cut off", path=path)


def _parsed_twice(der: bytes, number: int, path: str) -> None:
    """cryptography and OpenSSL read different damage; an operator's file must satisfy both."""
    what = f"certificate {number} does not parse"
    try:
        certificate = x509.load_der_x509_certificate(der)
        subject = certificate.subject.rfc4514_string()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=der)
    except (ValueError, TypeError, ssl.SSLError) as error:
        raise CertificateFileError(f"{what}: {error}", path=path) from error
    if "\0" in subject or "\\00" in subject:
        raise CertificateFileError(f"certificate {number} has a NUL in its subject", path=path, hint="refused")

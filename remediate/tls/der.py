"""Just enough DER to read what a certificate calls itself, also where a stricter parser refuses it.

Lengths are definite (X.690 §10.1); OpenSSL has already accepted the certificate when this is asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

SEQUENCE, OBJECT_ID, BOOLEAN, OCTET_STRING = 0x30, 0x06, 0x01, 0x04
COMMON_NAME = bytes.fromhex("550403")
SUBJECT_ALT_NAME, SUBJECT_KEY_ID, AUTHORITY_KEY_ID, BASIC_CONSTRAINTS, KEY_USAGE = (
    bytes.fromhex(oid) for oid in ("551d11", "551d0e", "551d23", "551d13", "551d0f")
)
_RSA = bytes.fromhex("06092a864886f70d010101")
_VERSION, _EXTENSIONS = 0xA0, 0xA3


class Unreadable(ValueError):
    """Not the DER that was expected."""


class Element(NamedTuple):
    """Tag, content, and the bytes of the whole."""

    tag: int
    content: bytes
    whole: bytes


def elements(content: bytes) -> Iterator[Element]:
    """The elements that stand side by side in some bytes. Raises Unreadable."""
    position, end = 0, len(content)
    while position < end:
        start = position
        tag, length = content[start], content[start + 1] if start + 1 < end else 0
        head = start + 2
        if length > 0x7F or head > end or tag & 0x1F == 0x1F:
            head, length = _long_head(content, start)
        position = head + length
        if position > end:
            raise Unreadable("an element is longer than what holds it")
        yield Element(tag, content[head:position], content[start:position])


def _long_head(content: bytes, at: int) -> tuple[int, int]:
    """Where the content starts, and its length, where that takes more than one octet."""
    if at + 2 > len(content) or content[at] & 0x1F == 0x1F:
        raise Unreadable("a tag that no certificate has")
    head = at + 2
    octets = content[at + 1] & 0x7F
    if not 0 < octets <= 4 or head + octets > len(content):
        raise Unreadable("a length that is not definite")
    return head + octets, int.from_bytes(content[head : head + octets], "big")


class Fields(NamedTuple):
    """Of a certificate: serial number, names and public key as DER, and its extensions, each a tag's content."""

    serial: bytes
    issuer: bytes
    subject: bytes
    public_key: bytes
    extensions: tuple[bytes, ...]

    @property
    def holds_rsa_key(self) -> bool:
        """Whether the key says that it is for RSA (RFC 3279 §2.3.1); whether it is sound is OpenSSL's to say."""
        return self.public_key.startswith(_RSA, 2)

    def extension(self, object_id: bytes) -> bytes | None:
        """The value of an extension that stands there once; None as well when it stands there twice.

        Raises Unreadable.
        """
        start = bytes((OBJECT_ID, len(object_id))) + object_id
        found = [content for content in self.extensions if content.startswith(start)]
        return _value(found[0]) if len(found) == 1 else None


def _value(extension: bytes) -> bytes:
    parts = [p for p in elements(extension) if p.tag != BOOLEAN]
    if [p.tag for p in parts] != [OBJECT_ID, OCTET_STRING]:
        raise Unreadable("an extension is neither id nor value")
    return parts[1].content


@lru_cache(maxsize=8192)
def fields(der: bytes) -> Fields:
    """What the names rest on (RFC 5280 §4.1). Raises Unreadable."""
    certificate = _first(der, SEQUENCE)
    body = list(elements(_first(certificate, SEQUENCE)))
    after_version = body[1:] if body and body[0].tag == _VERSION else body
    if len(after_version) < 6:
        raise Unreadable("fields are missing from the certificate")
    serial, issuer, subject = (after_version[n].whole for n in (0, 2, 4))
    public_key = after_version[5].content
    wrapped = [e.content for e in after_version[6:] if e.tag == _EXTENSIONS]
    return Fields(serial, issuer, subject, public_key, tuple(_extensions(wrapped[0])) if wrapped else ())


def _first(content: bytes, tag: int) -> bytes:
    element = next(elements(content), None)
    if element is None or element.tag != tag:
        raise Unreadable("another element was expected")
    return element.content


def _extensions(wrapped: bytes) -> Iterator[bytes]:
    return (extension.content for extension in elements(_first(wrapped, SEQUENCE)))


def attributes(name: bytes) -> Iterator[tuple[bytes, Element]]:
    """(object id, value) of each attribute in a distinguished name, in order (RFC 5280 §4.1.2.4)."""
    for relative in elements(_first(name, SEQUENCE)):
        for attribute in elements(relative.content):
            parts = list(elements(attribute.content))
            if len(parts) != 2 or parts[0].tag != OBJECT_ID:
                raise Unreadable("an attribute is neither id nor value")
            yield parts[0].content, parts[1]


def key_identifiers(found: Fields) -> tuple[bytes | None, bytes | None]:
    """Authority and subject key identifier, as far as they can be read. Raises Unreadable."""
    return _authority(found.extension(AUTHORITY_KEY_ID)), _subject(found.extension(SUBJECT_KEY_ID))


def _subject(value: bytes | None) -> bytes | None:
    try:
        return None if value is None else _first(value, OCTET_STRING)
    except Unreadable:
        return None


def _authority(value: bytes | None) -> bytes | None:
    try:
        parts = () if value is None else tuple(elements(_first(value, SEQUENCE)))
    except Unreadable:
        return None
    return next((p.content for p in parts if p.tag == 0x80), None)

"""Certificates with any fault that one can think of, written as DER by hand (RFC 5280 §4.1, X.690).

`forge` makes the sound ones; libraries refuse to make most of what stands here.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from remediate.model.certificate import EncodedCertificate
from tests.support.keys import Key, key

Digest = Literal["sha1", "md5", "sha224", "sha256", "sha384", "sha512", "sha3-256"]
Identifier = Literal["none", "right", "wrong"]
Authority = Literal["none", "key", "wrong key", "serial", "wrong serial"]
Attribute = tuple[str, int, bytes]
"""Object id, string tag, content."""
Entry = tuple[int, bytes]
"""GeneralName: tag and content."""

CN, ORGANISATION, UTF8, PRINTABLE, BIT_STRING = "2.5.4.3", "2.5.4.10", 0x0C, 0x13, 0x03
DNS, IP, URI, EMAIL = 0x82, 0x87, 0x86, 0x81
PURPOSES = {
    "server": "1.3.6.1.5.5.7.3.1",
    "client": "1.3.6.1.5.5.7.3.2",
    "code": "1.3.6.1.5.5.7.3.3",
    "any": "2.5.29.37.0",
    "sgc-ms": "1.3.6.1.4.1.311.10.3.3",
    "sgc-ns": "2.16.840.1.113730.4.1",
}
PAST, GOOD, FUTURE = ("20100101", "20191231"), ("20200101", "20491231"), ("20450101", "20491231")
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "sha1": hashes.SHA1(), "md5": hashes.MD5(), "sha224": hashes.SHA224(),  # noqa: S303 - weak on purpose
    "sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512(),
    "sha3-256": hashes.SHA3_256(),
}  # fmt: skip
_ALGORITHMS = {
    ("rsa", "md5"): "1.2.840.113549.1.1.4",
    ("rsa", "sha1"): "1.2.840.113549.1.1.5",
    ("rsa", "sha256"): "1.2.840.113549.1.1.11",
    ("rsa", "sha224"): "1.2.840.113549.1.1.14",
    ("rsa", "sha384"): "1.2.840.113549.1.1.12",
    ("rsa", "sha512"): "1.2.840.113549.1.1.13",
    ("ec", "sha1"): "1.2.840.10045.4.1",
    ("ec", "sha256"): "1.2.840.10045.4.3.2",
    ("ec", "sha224"): "1.2.840.10045.4.3.1",
    ("ec", "sha384"): "1.2.840.10045.4.3.3",
    ("ec", "sha512"): "1.2.840.10045.4.3.4",
    ("ec", "sha3-256"): "2.16.840.1.101.3.4.3.10",
    ("ed", ""): "1.3.101.112",
}


@dataclass(frozen=True)
class Wanted:
    """A certificate to make: hashable, comparable, and wrong wherever it is said to be."""

    subject: tuple[Attribute, ...]
    issuer: tuple[Attribute, ...]
    key: str = "ec-0"
    """Whose certificate: a name of `keys`."""
    signer: str = "ec-0"
    """Whose signature; another than the issuer's makes a signature that does not fit."""
    dates: tuple[str, str] = GOOD
    """First and last day, YYYYMMDD; anything longer stands there as it is, as GeneralizedTime from 15 on."""
    digest: Digest = "sha256"
    serial: int = 1
    version: int = 2
    """2 is v3; 0 and 1 with extensions are a fault."""
    ca: bool | None = None
    """None: no basicConstraints at all."""
    path_length: int | None = None
    key_usage: int | None = None
    """First octet of the bit string: 0x80 digitalSignature, 0x20 keyEncipherment, 0x04 keyCertSign."""
    purposes: tuple[str, ...] = ()
    purposes_critical: bool = False
    names: tuple[Entry, ...] = ()
    permitted: tuple[Entry, ...] = ()
    excluded: tuple[Entry, ...] = ()
    subject_key: Identifier = "right"
    authority_key: Authority = "key"
    authority_serial: int = 1
    more: tuple[tuple[str, bool, bytes], ...] = ()
    """Further extensions: object id, critical, value."""


def common_name(text: str, tag: int = UTF8) -> tuple[Attribute, ...]:
    """A subject of one CN."""
    return ((CN, tag, text.encode("utf-8", "surrogateescape")),)


def dns(*names: str) -> tuple[Entry, ...]:
    """dNSName entries."""
    return tuple((DNS, name.encode("utf-8", "surrogateescape")) for name in names)


def ip(text: str) -> Entry:
    """An iPAddress entry."""
    return (IP, ipaddress.ip_address(text).packed)


@lru_cache(maxsize=4096)
def made(wanted: Wanted) -> EncodedCertificate:
    """The certificate. Equal wishes give the same bytes: signed once."""
    signer = key(wanted.signer)
    algorithm = _algorithm(signer, wanted.digest)
    public = key(wanted.key).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    body = sequence(
        tlv(0xA0, integer(wanted.version)),
        integer(wanted.serial),
        algorithm,
        _name(wanted.issuer),
        sequence(*(_time(day) for day in wanted.dates)),
        _name(wanted.subject),
        public,
        tlv(0xA3, sequence(*_extensions(wanted))),
    )
    return EncodedCertificate(
        der=sequence(body, algorithm, tlv(BIT_STRING, b"\0" + _signature(signer, wanted.digest, body)))
    )


def _signature(signer: Key, digest: Digest, body: bytes) -> bytes:
    if isinstance(signer, ed25519.Ed25519PrivateKey):
        return signer.sign(body)
    if isinstance(signer, ec.EllipticCurvePrivateKey):
        return signer.sign(body, ec.ECDSA(_HASHES[digest]))
    return signer.sign(body, padding.PKCS1v15(), _HASHES[digest])


def _algorithm(signer: Key, digest: Digest) -> bytes:
    if isinstance(signer, ed25519.Ed25519PrivateKey):
        return sequence(object_id(_ALGORITHMS["ed", ""]))
    if isinstance(signer, ec.EllipticCurvePrivateKey):
        return sequence(object_id(_ALGORITHMS["ec", digest]))
    return sequence(object_id(_ALGORITHMS["rsa", digest]), tlv(5, b""))


def _extensions(wanted: Wanted) -> list[bytes]:
    found = [*_constraints(wanted), *_usages(wanted), *_identifiers(wanted)]
    if wanted.names:
        found.append(_extension("2.5.29.17", sequence(*(tlv(tag, content) for tag, content in wanted.names))))
    return found + [_extension(oid, value, critical=critical) for oid, critical, value in wanted.more]


def _constraints(wanted: Wanted) -> list[bytes]:
    found = []
    if wanted.ca is not None:
        inner = (tlv(1, b"\xff") if wanted.ca else b"") + (
            b"" if wanted.path_length is None else integer(wanted.path_length)
        )
        found.append(_extension("2.5.29.19", sequence(inner), critical=True))
    if wanted.permitted or wanted.excluded:
        trees = (_subtrees(tag, entries) for tag, entries in ((0xA0, wanted.permitted), (0xA1, wanted.excluded)))
        found.append(_extension("2.5.29.30", sequence(*trees), critical=True))
    return found


def _subtrees(tag: int, entries: tuple[Entry, ...]) -> bytes:
    return tlv(tag, b"".join(sequence(tlv(*entry)) for entry in entries)) if entries else b""


def _usages(wanted: Wanted) -> list[bytes]:
    found = []
    if wanted.key_usage is not None:
        found.append(_extension("2.5.29.15", tlv(BIT_STRING, bytes((0, wanted.key_usage))), critical=True))
    if wanted.purposes:
        ids = (object_id(PURPOSES[purpose]) for purpose in wanted.purposes)
        found.append(_extension("2.5.29.37", sequence(*ids), critical=wanted.purposes_critical))
    return found


def _identifiers(wanted: Wanted) -> list[bytes]:
    found = []
    if wanted.subject_key != "none":
        found.append(_extension("2.5.29.14", tlv(4, _key_id(wanted.key, wanted.subject_key == "wrong"))))
    if wanted.authority_key in ("key", "wrong key"):
        content = tlv(0x80, _key_id(wanted.signer, wanted.authority_key == "wrong key"))
        found.append(_extension("2.5.29.35", sequence(content)))
    elif wanted.authority_key != "none":
        serial = wanted.authority_serial + (wanted.authority_key == "wrong serial")
        issuer = tlv(0xA1, tlv(0xA4, _name(wanted.issuer)))
        found.append(_extension("2.5.29.35", sequence(issuer, tlv(0x82, integer(serial)[2:]))))
    return found


def _key_id(name: str, wrong: bool) -> bytes:
    return hashlib.sha1(name.encode() + b"!" * wrong, usedforsecurity=False).digest()


def _extension(oid: str, value: bytes, *, critical: bool = False) -> bytes:
    return sequence(object_id(oid), tlv(1, b"\xff") if critical else b"", tlv(4, value))


def _name(attributes: tuple[Attribute, ...]) -> bytes:
    return sequence(*(tlv(0x31, sequence(object_id(oid), tlv(tag, content))) for oid, tag, content in attributes))


def _time(day: str) -> bytes:
    if len(day) == len("YYYYMMDD"):
        return tlv(0x17, f"{day[2:]}000000Z".encode())
    return tlv(0x18 if len(day) >= len("YYYYMMDDHHMMSSZ") else 0x17, day.encode())


def sequence(*parts: bytes) -> bytes:
    """SEQUENCE."""
    return tlv(0x30, b"".join(parts))


def integer(value: int) -> bytes:
    """INTEGER."""
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def tlv(tag: int, content: bytes) -> bytes:
    """One element."""
    if len(content) < 0x80:
        return bytes((tag, len(content))) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + content


def object_id(dotted: str) -> bytes:
    """OBJECT IDENTIFIER."""
    first, second, *rest = (int(part) for part in dotted.split("."))
    return tlv(6, b"".join(_base_128(number) for number in (first * 40 + second, *rest)))


def _base_128(number: int) -> bytes:
    octets = [number & 0x7F]
    while number := number >> 7:
        octets.append(0x80 | number & 0x7F)
    return bytes(reversed(octets))

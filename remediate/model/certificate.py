"""Certificates as bytes, and the trusted CA list of a peer as the file that it is.

Certificates that a parser refuses exist on real devices and must survive us, so nothing here
decodes more than PEM armour. `remediate.tls` judges.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from functools import cached_property, lru_cache
from typing import Literal

from remediate.model.base import Bytes, Sha256, Value, Words

_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----\s+([A-Za-z0-9+/=\s]*?)-----END CERTIFICATE-----")
_MARKER = re.compile(rb"-----BEGIN ")
LISTS = 1024
"""So many distinct lists are kept decoded. A fleet is judged several times over, and lists of peers differ by the CA of
their factory, so that fewer would be decoded anew each time."""


class EncodedCertificate(Value):
    """One certificate as DER. Its identity is the SHA-256 of these bytes."""

    der: Bytes

    def __eq__(self, other: object) -> bool:
        """By its bytes; pydantic would compare what was computed from them too."""
        return isinstance(other, EncodedCertificate) and self.der == other.der

    def __hash__(self) -> int:
        return hash(self.der)

    @cached_property
    def sha256(self) -> str:
        """64 hex digits."""
        return hashlib.sha256(self.der).hexdigest()

    @cached_property
    def pem(self) -> bytes:
        """Canonical PEM: 64 columns, one line end at the end."""
        body = base64.b64encode(self.der)
        lines = (body[i : i + 64] for i in range(0, len(body), 64))
        return b"-----BEGIN CERTIFICATE-----\n" + b"\n".join(lines) + b"\n-----END CERTIFICATE-----\n"


Chain = tuple[EncodedCertificate, ...]
"""As served: leaf first, then whatever the server sent, in its order."""


class TrustStore(Value):
    """The trusted CA list of one peer, byte for byte as read. Order matters: first match wins.

    `entries` are the blocks that decode as PEM; `damaged` counts markers that do not become one
    (any of them makes the traffic server refuse every origin: `domain` K6, step 1 of its decision).
    """

    pem: Bytes

    def __eq__(self, other: object) -> bool:
        """By its bytes; pydantic would compare what was computed from them too."""
        return isinstance(other, TrustStore) and self.pem == other.pem

    def __hash__(self) -> int:
        return hash(self.pem)

    @cached_property
    def entries(self) -> Chain:
        """Certificates in the order of the file, twins included."""
        return _entries(self.pem)

    @cached_property
    def sha256s(self) -> tuple[str, ...]:
        """Of the entries, in order."""
        return tuple(entry.sha256 for entry in self.entries)

    @cached_property
    def damaged(self) -> int:
        """Blocks that begin and do not become a certificate."""
        return len(_MARKER.findall(self.pem)) - len(self.entries)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the ordered entries: equal lists are equal whatever text stands around them."""
        return hashlib.sha256("\n".join(self.sha256s).encode()).hexdigest()

    def with_added(self, certificates: Chain) -> TrustStore:
        """The list after an append of those not yet in it. Equal appends give one list, decoded once."""
        return _with_added(self, certificates)

    def without(self, sha256s: frozenset[str]) -> TrustStore:
        """The list less the named entries; whatever else stands in it, damage too, stays as it is."""
        return _without(self, sha256s) if sha256s and sha256s.intersection(self.sha256s) else self


@lru_cache(maxsize=LISTS)
def _entries(pem: bytes) -> Chain:
    """Peers of one cluster mostly hold equal lists: decoded once."""
    return tuple(found for found in map(_decoded, _BLOCK.findall(pem)) if found is not None)


@lru_cache(maxsize=LISTS)
def _with_added(store: TrustStore, certificates: Chain) -> TrustStore:
    new = [c for c in certificates if c.sha256 not in store.sha256s]
    glue = b"" if not store.pem or store.pem.endswith(b"\n") else b"\n"
    return TrustStore(pem=store.pem + glue + b"".join(c.pem for c in new))


@lru_cache(maxsize=LISTS)
def _without(store: TrustStore, sha256s: frozenset[str]) -> TrustStore:
    def kept(block: re.Match[bytes]) -> bytes:
        found = _decoded(block[1])
        return b"" if found is not None and found.sha256 in sha256s else block[0]

    return TrustStore(pem=_BLOCK.sub(kept, store.pem))


@lru_cache(maxsize=8192)
def _decoded(body: bytes) -> EncodedCertificate | None:
    try:
        return EncodedCertificate(der=base64.b64decode(b"".join(body.split()), validate=True))
    except binascii.Error:
        return None


class Provenance(Value):
    """How we know that a certificate is genuine. A handshake that nobody authenticated is no source."""

    kind: Literal["ca-file", "fingerprint", "cucm-ssh", "cucm-api"]
    source: str
    """File name, or the words of whoever vouches."""


class TrustedCertificate(Value):
    """A certificate the operator vouches for, and what is consented to when it is uploaded."""

    name: str
    certificate: EncodedCertificate | None
    """None when only its SHA-256 was typed: the bytes then come from a capture that hashes to it."""
    sha256: Sha256
    provenance: Provenance
    accept: Words = frozenset()
    """`left-in-place` (no way back by API), `certificate-authority` (CA:TRUE empowers more than MRA)."""

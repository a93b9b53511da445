"""The trusted CA list as a text of PEM blocks: what an upload or a removal makes of it."""

from __future__ import annotations

import re
from functools import lru_cache

from cryptography import x509

from remediate.lab.errors import LabError
from remediate.lab.pki import sha256
from remediate.lab.world import Switches

BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\r?\n?", re.DOTALL)


def entries(bundle: bytes) -> list[bytes]:
    """The list's blocks in order, each as the PEM text it came in."""
    return BLOCK.findall(bundle)


def digests(bundle: bytes) -> list[str]:
    """SHA-256 of each entry's DER in order; `broken` for one that no parser reads."""
    return [sha256(found) if (found := _read(block)) else "broken" for block in entries(bundle)]


def added(listed: bytes, upload: bytes, switches: Switches) -> bytes:
    """The list after an upload; LabError carries the device's refusal."""
    blocks = [block.rstrip() + b"\n" for block in entries(upload)]
    if not blocks or (switches.upload_checked and not all(_read(block) for block in blocks)):
        if switches.upload_checked:
            raise LabError("Invalid certificate file")
        return listed + upload
    for block in blocks:
        listed = _with(listed, block, switches)
    return listed


def removed(listed: bytes, digest: str) -> bytes:
    """The list without the entry of this SHA-256; LabError where it holds none."""
    kept = [block for block in entries(listed) if _digest(block) != digest.lower()]
    if len(kept) == len(entries(listed)):
        raise LabError(
            f"the trusted CA list holds no certificate with SHA-256 {digest}: see `remediate lab hand trusted-ca PEER`"
        )
    return b"".join(kept)


def _with(listed: bytes, block: bytes, switches: Switches) -> bytes:
    held = entries(listed)
    if switches.duplicates == "ignored" and _digest(block) in {_digest(entry) for entry in held}:
        return listed
    twins = [entry for entry in held if _subject(entry) == _subject(block) and _subject(block) is not None]
    if twins and switches.same_subject == "refuse":
        raise LabError("A certificate with this subject is already trusted")
    if twins and switches.same_subject == "replace":
        held = [entry for entry in held if entry not in twins]
    placed = [block, *held] if switches.trust_add == "prepend" else [*held, block]
    return b"".join(placed)


@lru_cache(maxsize=8192)
def _read(block: bytes) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(block)
    except ValueError:
        return None


def _digest(block: bytes) -> str | None:
    found = _read(block)
    return sha256(found) if found else None


def _subject(block: bytes) -> bytes | None:
    found = _read(block)
    return found.subject.public_bytes() if found else None

"""Fingerprints as OpenSSH prints them, and what to do with one that nobody has vouched for."""

from __future__ import annotations

import base64
import hashlib


def fingerprint_of(data: bytes) -> str:
    """`SHA256:…` in base64 without padding, over a public key's blob or a certificate's DER."""
    return spelled(hashlib.sha256(data).digest())


def spelled(digest: bytes) -> str:
    """`SHA256:…` for a digest that is at hand."""
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def way_to_trust(host: str) -> str:
    """The line that pins it. The fingerprint stays blank: what an unauthenticated device shows is never pasted."""
    return (
        f"read it at the device itself, by another way than this network, then pin it in the inventory:"
        f" remediate trust add {host} -i INV --fingerprint SHA256:"
    )

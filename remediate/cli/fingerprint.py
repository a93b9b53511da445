"""A fingerprint as a person types it."""

from __future__ import annotations

import base64
import binascii
import re
from argparse import ArgumentTypeError

BYTES = 32
_BASE64 = re.compile(r"[A-Za-z0-9+/]{43}=?")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}")


def typed(text: str) -> bytes:
    """The 32 bytes of a SHA-256: `SHA256:…` in base64 as OpenSSH prints it, or hex with or without colons, as
    OpenSSL and browsers print it. Half a fingerprint is none."""
    body = re.sub(r"^SHA-?256[:=]", "", text.strip(), flags=re.IGNORECASE)
    if _HEX.fullmatch(body):
        return bytes.fromhex(body.replace(":", ""))
    if not _BASE64.fullmatch(body):
        raise ArgumentTypeError("not a whole SHA-256 fingerprint: SHA256: and 43 characters, or 64 hex digits")
    try:
        digest = base64.b64decode(body.rstrip("=") + "=", validate=True)
    except binascii.Error:
        digest = b""
    if len(digest) != BYTES:
        raise ArgumentTypeError("not a SHA-256 fingerprint: it does not hold 32 bytes")
    return digest

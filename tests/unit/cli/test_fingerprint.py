"""A fingerprint is typed whole or not at all."""

from __future__ import annotations

import base64
import hashlib
from argparse import ArgumentTypeError

import pytest

from remediate.cli.fingerprint import typed
from remediate.drivers.fingerprints import fingerprint_of

DIGEST = hashlib.sha256(b"key").digest()
BASE64 = base64.b64encode(DIGEST).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        f"SHA256:{BASE64}",
        f"sha256:{BASE64}=",
        BASE64,
        DIGEST.hex(),
        f"sha256:{DIGEST.hex()}",
        DIGEST.hex(":").upper(),
        f"SHA-256={DIGEST.hex(':')}",
        fingerprint_of(b"key"),
    ],
)
def test_forms(text: str) -> None:
    """As OpenSSH, OpenSSL and browsers print it."""
    assert typed(text) == DIGEST


@pytest.mark.parametrize("text", ["", "SHA256:", f"SHA256:{BASE64[:-1]}", DIGEST.hex()[:-2], "MD5:aa:bb", "*", "…"])
def test_less_than_whole(text: str) -> None:
    """Half a fingerprint pins nothing."""
    with pytest.raises(ArgumentTypeError, match="SHA-256"):
        typed(text)

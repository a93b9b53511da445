"""Host keys out of an OpenSSH known_hosts file, hashed names included."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from pathlib import Path

from remediate.files.ansible.variables import file_text

_DEFAULT_PORT = 22


def host_keys(path: Path, address: str, port: int) -> tuple[str, ...]:
    """`ssh-… AAAA…` of each plain line for a host; lines with markers or wildcards count for nobody.

    Raises InventoryError where the file cannot be read. Source: sshd(8), SSH_KNOWN_HOSTS FILE FORMAT.
    """
    wanted = address if port == _DEFAULT_PORT else f"[{address}]:{port}"
    lines = (line.split() for line in file_text(path).splitlines())
    return tuple(f"{f[1]} {f[2]}" for f in lines if len(f) > 2 and f[0][0] not in "#@" and _names(f[0], wanted))


def _names(field: str, wanted: str) -> bool:
    if field.startswith("|1|"):
        return _hashed(field, wanted)
    return wanted.casefold() in field.casefold().split(",")


def _hashed(field: str, wanted: str) -> bool:
    try:
        _, _, salt, told = field.split("|")
        key, digest = base64.b64decode(salt), base64.b64decode(told)
    except (ValueError, binascii.Error):
        return False
    return hmac.compare_digest(hmac.new(key, wanted.encode(), hashlib.sha1).digest(), digest)

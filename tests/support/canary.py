"""A secret to look for, in every form in which it might have been written down."""

from __future__ import annotations

import base64
import html
import json
import shlex
import urllib.parse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

SLICE = 8


@dataclass(frozen=True)
class Canary:
    """A password and the account that it belongs to."""

    user: str
    password: str

    def forms(self) -> frozenset[bytes]:
        """Raw, encoded, escaped, reversed, as a Basic header, and every slice of eight bytes."""
        raw = self.password.encode()
        texts = (
            urllib.parse.quote(self.password, safe=""),
            urllib.parse.quote_plus(self.password),
            json.dumps(self.password)[1:-1],
            escape(self.password),
            html.escape(self.password),
            shlex.quote(self.password),
            repr(self.password)[1:-1],
            raw.hex(),
            raw.hex().upper(),
            self.password[::-1],
        )
        slices = (raw[at : at + SLICE] for at in range(max(len(raw) - SLICE, 0) + 1))
        basic = base64.b64encode(f"{self.user}:{self.password}".encode())
        return frozenset((*(text.encode() for text in texts), *slices, *_base64(raw), basic))


def writings(secret: str) -> dict[str, str]:
    """How texts on the way to a device, or back, hold a secret."""
    raw = secret.encode()
    return {
        "as it is": secret,
        "python": repr(secret),
        "python bytes": repr(raw),
        "json": json.dumps(secret),
        "json with unicode": json.dumps(secret, ensure_ascii=False),
        "xml": escape(secret, {'"': "&quot;", "'": "&apos;"}),
        "xml by number": "".join(f"&#{ord(c)};" for c in secret),
        "xml by hex": "".join(f"&#x{ord(c):X};" for c in secret),
        "percent": urllib.parse.quote(secret, safe=""),
        "percent, lower case": urllib.parse.quote(secret, safe="").lower() if secret == secret.lower() else secret,
        "form": urllib.parse.urlencode({"password": secret}),
        "hex": raw.hex(),
        "hex with colons": raw.hex(":").upper(),
        "basic": f"Authorization: Basic {base64.b64encode(b'admin:' + raw).decode()}",
        "base64 in the middle": base64.b64encode(b"xy" + raw + b"z").decode(),
        "base64 for URLs": base64.urlsafe_b64encode(b"x" + raw).decode(),
    }


def _base64(raw: bytes) -> Iterator[bytes]:
    """At each of the three places that it may have in a longer text, without what its neighbours decide."""
    for before in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            whole = encode(b"\0" * before + raw)
            yield whole[-(-before * 4 // 3) : len(whole) - 4]


def found(canaries: Iterable[Canary], text: bytes) -> list[str]:
    """Accounts whose secret is in it, in whatever form."""
    return [canary.user for canary in canaries if any(form in text for form in canary.forms())]


def searched(canaries: Iterable[Canary], directory: Path) -> dict[str, list[str]]:
    """Files below a directory, names included, that hold a secret: path and accounts."""
    known = tuple(canaries)
    files = [path for path in directory.rglob("*") if path.is_file() and not path.is_symlink()]
    seen = {str(path): found(known, path.read_bytes() + str(path).encode()) for path in files}
    return {path: accounts for path, accounts in seen.items() if accounts}

"""Texts without secrets, in whatever encoding they stand there."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

SLICE = 8
"""So many characters of a secret in a row are hidden too: a library may have cut it."""
MOST_SLICES = 128
_LEAST_HEX, _LEAST_BASE64 = 6, 4
"""Letters of an encoded secret below which ordinary words would be taken for it."""
_WORD = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=")
Span = tuple[int, int]


def hidden(text: str, secrets: Iterable[str]) -> str:
    """The text, and `…` where a secret stood: as it is, or percent-, JSON-, XML-, shell- or Python-escaped, as hex,
    or inside a base64 word."""
    found = sorted(span for secret in dict.fromkeys(secrets) if secret for span in _spans(text, secret))
    parts: list[str] = []
    end = 0
    for start, stop in found:
        if start > end or not parts:
            parts += [text[end:start], "…"]
        end = max(end, stop)
    return "".join((*parts, text[end:]))


def _spans(text: str, secret: str) -> Iterator[Span]:
    raw = secret.encode("utf-8", "surrogatepass")
    for escaped in _escaped(secret):
        yield from (match.span() for match in escaped.finditer(text))
    if len(raw) * 2 >= _LEAST_HEX:
        pattern = "[: ]?".join(f"{byte:02x}" for byte in raw)
        yield from (match.span() for match in re.finditer(pattern, text, re.IGNORECASE))
    for word in _base64(raw):
        yield from _words(text, word)


@lru_cache(maxsize=64)
def _escaped(secret: str) -> tuple[re.Pattern[str], ...]:
    """The whole secret and its slices, each character in any writing."""
    units = [_writings(character) for character in secret]
    starts = range(0, len(units) - SLICE + 1, 1 + len(units) // MOST_SLICES)
    return tuple(re.compile("".join(part)) for part in (units, *(units[at : at + SLICE] for at in starts)))


def _writings(character: str) -> str:
    raw, code = character.encode("utf-8", "surrogatepass"), ord(character)
    plain = {character, f"\\{character}", html.escape(character), json.dumps(character)[1:-1], *_special(character)}
    bytewise = ("".join(f"{mark}{byte:02x}" for byte in raw) for mark in ("%", r"\x"))
    coded = {*bytewise, f"\\u{code:04x}", f"\\x{code:02x}", f"\\U{code:08x}"}
    return (
        f"(?:{'|'.join(map(re.escape, sorted(plain, key=len, reverse=True)))}"
        f"|(?i:{'|'.join(map(re.escape, sorted(coded)))}|&#0*{code};|&#x0*{code:x};))"
    )


def _special(character: str) -> tuple[str, ...]:
    return {" ": ("+",), "'": ("&apos;", "'\"'\"'"), '"': ("&#34;",)}.get(character, ())


def _base64(raw: bytes) -> Iterator[str]:
    """What is certain of it at each of the three places that it may have in a longer text."""
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + raw).decode()
        word = whole[-(-before * 4 // 3) : (before + len(raw)) * 4 // 3]
        if len(word) >= _LEAST_BASE64:
            yield from {word, word.replace("+", "-").replace("/", "_")}


def _words(text: str, part: str) -> Iterator[Span]:
    """The whole words of base64 that a part stands in."""
    at = text.find(part)
    while at >= 0:
        start, stop = at, at + len(part)
        while start > 0 and text[start - 1] in _WORD:
            start -= 1
        while stop < len(text) and text[stop] in _WORD:
            stop += 1
        yield start, stop
        at = text.find(part, stop)

"""Logs in other encodings as UTF-8 bytes (B077): Windows tools save them as UTF-16."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

NARROWEST, WIDEST = 40, 200
_CUT_LINES, _HEAD = 4, 1 << 16
_NEW_LINE = rb"(?:\d{4}-\d\d-\d\d[T ]|[A-Z][a-z]{2} [ \d]\d )"
"""How a line of a log begins, and the rest of one does not."""


def encoding_of(first: bytes) -> str:
    """`utf-16-le`, `utf-16-be`, or empty for everything that ASCII lines can be found in as it is."""
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16-le" if first.startswith(codecs.BOM_UTF16_LE) else "utf-16-be"
    sample = first[:64]
    if len(sample) < 16:
        return ""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > len(sample) * 0.4 and not even:
        return "utf-16-le"
    return "utf-16-be" if even > len(sample) * 0.4 and not odd else ""


def width_of(head: bytes) -> int:
    """The column at which a terminal or a page cut every longer line, in the middle of words too; 0 where none did.

    Then many lines end at the very same column, which is the widest, and go on in a line that is no new one.
    """
    lines = [line.rstrip(b"\r") for line in head[:_HEAD].split(b"\n")]
    widest = max(map(len, lines), default=0)
    cut = sum(len(one) == widest and not re.match(_NEW_LINE, after) for one, after in pairwise(lines))
    return widest if NARROWEST <= widest <= WIDEST and cut >= _CUT_LINES and cut * 10 > len(lines) else 0


def unwrapped(blocks: Iterable[bytes], width: int) -> Iterator[bytes]:
    """The same without the breaks at that column."""
    cut, rest = re.compile(rb"(?m)^([^\r\n]{%d})\r?\n(?!%s)" % (width, _NEW_LINE)), b""
    for block in blocks:
        whole, newline, rest = (rest + block).rpartition(b"\n")
        yield cut.sub(rb"\1", whole + newline)
    yield rest


def as_utf8(blocks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The blocks themselves; those of another encoding decoded, with `�` for what is none."""
    if not encoding:
        yield from blocks
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for block in blocks:
        yield decoder.decode(block).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")

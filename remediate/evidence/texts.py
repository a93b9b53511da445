"""Logs in other encodings as UTF-8 bytes (B077): Windows tools save them as UTF-16."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator


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


def as_utf8(blocks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The blocks themselves; those of another encoding decoded, with `�` for what is none."""
    if not encoding:
        yield from blocks
        return
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    for block in blocks:
        yield decoder.decode(block).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")

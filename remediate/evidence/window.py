"""A log of any size through a window of fixed size: blocks of bytes in, places to look at out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from typing import NamedTuple

BEHIND = 1 << 19
"""Bytes kept before a line: a request and what it grew out of stand within them."""
AHEAD = 1 << 16
"""Bytes needed after a line's first one: its own end (B076: a line is cut here), and its request's answer."""

_SEAM = 16
"""Bytes at the end of a block in which a needle may begin that ends in the next."""


class Window(NamedTuple):
    """Look for lines that begin in `begin:end` of `data`, which lies at `offset` of the log; the rest is context."""

    data: bytes
    begin: int
    end: int
    offset: int


def windows(blocks: Iterable[bytes], needles: Callable[[], tuple[bytes, ...]]) -> Iterator[Window]:
    """Each place of a needle lies in `begin:end` of exactly one window; blocks without one are not even copied.

    What is looked for may become less while the log is read: `needles` is asked at every block.
    """
    carry, begin, offset = b"", 0, 0
    for block in blocks:
        if _nothing(carry[begin:] + block[:_SEAM], block, needles()):
            size = len(carry) + len(block)
            carry = block[-BEHIND:] if len(block) >= BEHIND else (carry + block)[-BEHIND:]
            begin, offset = max(0, len(carry) - _SEAM), offset + size - len(carry)
            continue
        carry += block
        end = len(carry) - AHEAD
        if end > begin:
            yield Window(carry, begin, end, offset)
            cut = max(0, end - BEHIND)
            carry, begin, offset = carry[cut:], end - cut, offset + cut
    yield Window(carry, begin, len(carry), offset)


def _nothing(seam: bytes, block: bytes, needles: tuple[bytes, ...]) -> bool:
    return not any(seam.find(needle) >= 0 or block.find(needle) >= 0 for needle in needles)


def places(window: Window, needles: tuple[bytes, ...]) -> Iterator[int]:
    """Where a needle begins, in order. `find` on whole blocks is the only work done on lines that do not matter."""
    return merge(*(_found(window, needle) for needle in needles))


def _found(window: Window, needle: bytes) -> Iterator[int]:
    find, data, begin = window.data.find, window.data, window.begin
    last = min(len(data), window.end + len(needle) - 1)
    at = find(needle, begin, last)
    while at >= 0:
        yield at
        at = find(needle, at + 1, last)

"""Host ranges: `www[01:50:2].example.com`, `db-[a:f]`."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator

from remediate.errors import InventoryError
from remediate.files.yaml import Mark

MOST, MOST_RANGES = 10_000, 10
_RANGE = re.compile(r"\[(\w{0,20}):(\w{1,20})(?::(\d{1,20}))?\]")


def expanded(pattern: str, mark: Mark) -> Iterator[str]:
    """Each host that a pattern names, in order. Raises InventoryError for a range that Ansible refuses, and for more
    hosts than anybody has."""
    if pattern.count("[") > MOST_RANGES:
        raise mark.error(InventoryError, f"more than {MOST_RANGES} ranges in one name")
    for number, host in enumerate(_expanded(pattern, mark)):
        if number == MOST:
            raise mark.error(InventoryError, f"{pattern!r} names more than {MOST:,} hosts")
        yield host


def _expanded(pattern: str, mark: Mark) -> Iterator[str]:
    found = _RANGE.search(pattern)
    if found is None:
        if "[" in pattern or "]" in pattern:
            raise mark.error(
                InventoryError, f"not a host range: {pattern!r}", "write name[1:9], name[01:09:2] or name[a:f]"
            )
        yield pattern
        return
    before, after = pattern[: found.start()], pattern[found.end() :]
    for middle in _values(found, pattern, mark):
        for rest in _expanded(after, mark):
            yield f"{before}{middle}{rest}"


def _values(found: re.Match[str], pattern: str, mark: Mark) -> list[str]:
    start, end, step = found[1] or "0", found[2], int(found[3] or 1)
    wrong = mark.error(
        InventoryError, f"not a host range: {pattern!r}", "both ends are numbers or single letters, the first is lower"
    )
    if step < 1:
        raise wrong
    if start.isdecimal() and end.isdecimal():
        width = len(start) if start.startswith("0") and len(start) > 1 else 0
        numbers = range(int(start), int(end) + 1, step)
        if not numbers or len(numbers) > MOST or (width and len(end) != width):
            raise wrong
        return [str(number).zfill(width) for number in numbers]
    letters = string.ascii_letters
    if start not in letters or end not in letters or len(start) != 1 or letters.index(start) > letters.index(end):
        raise wrong
    return list(letters[letters.index(start) : letters.index(end) + 1 : step])

"""From text in a file to a typed value: the one lax door. Each error names the place and a hint."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Literal

from remediate.errors import InputError
from remediate.files.yaml import Mapping, Mark, Node, Sequence, Text

_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*\.?")
_DURATION = re.compile(r"(\d+)\s*(s|min|m|h)?")
_SECONDS = {"s": 1, None: 1, "m": 60, "min": 60, "h": 3600}
_YEAR, _MOST_DIGITS = 366 * 86_400, 20
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")


def nearest(word: str, words: Iterable[str]) -> str:
    """`did you mean …`, or the list of what is possible."""
    known = sorted(words)
    close = get_close_matches(word, known, n=1)
    return f"did you mean {close[0]}?" if close else f"one of: {', '.join(known)}"


@dataclass(frozen=True)
class Reader:
    """Converts nodes of one kind of file; `kind` is the error it raises."""

    kind: type[InputError]

    def fail(self, mark: Mark, what: str, hint: str = "") -> InputError:
        """The error at that place."""
        return mark.error(self.kind, what, hint)

    def mapping(self, node: Node, keys: Iterable[str] | None = None, required: Iterable[str] = ()) -> Mapping:
        """A mapping, its keys closed to `keys` unless None."""
        if not isinstance(node, Mapping):
            raise self.fail(node.mark, "expected a mapping")
        allowed = None if keys is None else set(keys)
        for key, _ in node.items:
            if allowed is not None and key.value not in allowed:
                raise self.fail(key.mark, f"unknown key {key.value!r}", nearest(key.value, allowed))
        for key_name in required:
            if node.get(key_name) is None:
                raise self.fail(node.mark, f"{key_name} is missing")
        return node

    def required(self, mapping: Mapping, key: str) -> Node:
        """The value of a key that must be there."""
        node = mapping.get(key)
        if node is None:
            raise self.fail(mapping.mark, f"{key} is missing")
        return node

    def sequence(self, node: Node | None) -> tuple[Node, ...]:
        """The items of a list; a lone scalar counts as a list of one; None as empty."""
        if node is None:
            return ()
        if isinstance(node, Text):
            return (node,)
        if not isinstance(node, Sequence):
            raise self.fail(node.mark, "expected a list")
        return node.items

    def text(self, node: Node) -> str:
        """A scalar, not empty, on one line."""
        if not isinstance(node, Text):
            raise self.fail(node.mark, "expected text")
        value = node.value.strip()
        if not value:
            raise self.fail(node.mark, "empty")
        return value

    def words(self, node: Node | None, known: Iterable[str]) -> frozenset[str]:
        """A set of words out of a closed list."""
        return frozenset(self.word(item, known) for item in self.sequence(node))

    def word(self, node: Node, known: Iterable[str]) -> str:
        """One of a closed list of words."""
        value, words = self.text(node), set(known)
        if value not in words:
            raise self.fail(node.mark, f"{value!r} is not known here", nearest(value, words))
        return value

    def matching(self, node: Node, pattern: str, what: str, hint: str) -> str:
        """A scalar of one form; `what` names it."""
        value = self.text(node)
        if not re.fullmatch(pattern, value):
            raise self.fail(node.mark, f"not {what}: {value!r}", hint)
        return value

    def on_off(self, node: Node) -> Literal["On", "Off"]:
        """The words On and Off, as the device writes them."""
        value = self.text(node)
        if value not in ("On", "Off"):
            raise self.fail(node.mark, f"expected On or Off, not {value!r}")
        return "On" if value == "On" else "Off"

    def truth(self, node: Node) -> bool:
        """true or false."""
        value = self.text(node)
        if value not in ("true", "false"):
            raise self.fail(node.mark, f"expected true or false, not {value!r}")
        return value == "true"

    def whole(self, node: Node, least: int, most: int) -> int:
        """A whole number within bounds; a leading zero is an octal number elsewhere, so refused."""
        value = self.text(node)
        if not value.isascii() or not value.isdigit():
            raise self.fail(node.mark, f"not a number: {value!r}")
        if len(value) > 1 and value.startswith("0"):
            raise self.fail(node.mark, f"leading zero: {value!r}")
        if len(value) > _MOST_DIGITS or not least <= int(value) <= most:
            raise self.fail(node.mark, f"{value[:_MOST_DIGITS]} is not between {least} and {most}")
        return int(value)

    def seconds(self, node: Node) -> int:
        """`90s`, `15min`, `2h`, or a bare number of seconds; a year at most."""
        found = _DURATION.fullmatch(self.text(node))
        if found is None:
            raise self.fail(node.mark, f"not a duration: {self.text(node)!r}", "e.g. 90s, 15min, 2h")
        if len(found[1]) > _MOST_DIGITS or (seconds := int(found[1]) * _SECONDS[found[2]]) > _YEAR:
            raise self.fail(node.mark, "longer than a year", "e.g. 90s, 15min, 2h")
        return seconds

    def moment(self, node: Node) -> datetime:
        """RFC 3339 with its zone."""
        value = self.text(node)
        if not _TIME.fullmatch(value):
            date = _DATE.fullmatch(value)
            if date and not 1 <= int(date[2]) <= 12:
                raise self.fail(node.mark, f"not a date: month {date[2]}")
            raise self.fail(node.mark, f"{value!r} is not a time", "give time and zone, e.g. 2026-11-30T22:00:00Z")
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise self.fail(node.mark, f"not a time: {error}") from error

    def host(self, node: Node) -> str:
        """A host name or an IP address."""
        value = self.text(node)
        for column, letter in enumerate(value, int(isinstance(node, Text) and node.quoted)):
            if not letter.isascii():
                place = Mark(node.mark.path, node.mark.line, node.mark.column + column)
                raise self.fail(place, f"non-ASCII character U+{ord(letter):04X} in a host name")
        try:
            return str(ipaddress.ip_address(value))
        except ValueError:
            if not _HOST.fullmatch(value) or re.fullmatch(r"[\d.]+", value):
                raise self.fail(node.mark, f"not a host name: {value!r}") from None
        return value

    def sha256(self, node: Node) -> str:
        """64 hex digits; colons and case are normalised, shorter digests are not enough."""
        value = self.text(node).replace(":", "").replace(" ", "").lower().removeprefix("sha256")
        if not re.fullmatch(r"[0-9a-f]{64}", value):
            raise self.fail(node.mark, "need all 64 hex digits of SHA-256", f"this has {len(value)}")
        return value

"""A traffic server's log → refusals, in constant memory and at a rate near `grep`'s."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from remediate.evidence import lines, times
from remediate.evidence.joining import Place, request_of
from remediate.evidence.refusal import Kind, Refusal, Request
from remediate.evidence.window import AHEAD, Window, places, windows

_HEAD_REACH = 600
_LINE = 1 << 12
"""Bytes of one line that is told verbatim."""
_PASTED = 8 << 20
"""Bytes beyond which nobody pastes lines together by hand."""
_NO_REQUEST = Request()
_EXPRESSWAY = (b"traffic_server[", b" tvcs: ", b'Module="network.', b'Module="developer.')
_REVERSE = re.compile(
    r"alert (?:unknown ca|bad certificate|unsupported certificate|certificate \w+|access denied|decrypt error)"
)


@dataclass
class LogReader:
    """Reads one log. `near` is the time from which a missing year is inferred; the flags say what was met."""

    near: datetime
    expressway: bool = False
    """A line of an Expressway was seen."""
    time_inferred: bool = False
    """A line lacked its year or its zone."""
    size: int = 0
    _threads: bool = False
    _told_to: int = 0
    """A line whose two needles lie in two windows is told once."""
    _about: tuple[bytes, bytes] | None = None
    _latest: Request = _NO_REQUEST
    _same: tuple[bytes, bytes, Refusal] | None = None
    """The last line from its level on, its host, and what was told of it."""

    def read(self, blocks: Iterable[bytes]) -> Iterator[Refusal]:
        """Every refusal, in the order of the log."""
        for window in windows(self._counted(blocks), self._needles):
            yield from self._refusals(window)

    def _counted(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        for block in blocks:
            self.size += len(block)
            self.expressway = self.expressway or any(mark in block for mark in _EXPRESSWAY)
            yield block

    def _needles(self) -> tuple[bytes, ...]:
        """A large log in which lines name their thread is written by a release in which all do."""
        return lines.NEEDLES[:1] if self._threads and self.size > _PASTED else lines.NEEDLES

    def _refusals(self, window: Window) -> Iterator[Refusal]:
        for at in places(window, self._needles()):
            self._threads = self._threads or window.data.startswith(lines.NEEDLES[0], at)
            found = _match(window.data, at) if window.offset + at >= self._told_to else None
            if found is not None:
                head = _head(window.data, found.start())
                request = self._request(window, found, head.pid)
                self._told_to = window.offset + found.end()
                yield self._told(window.data, found, head, request)

    def _request(self, window: Window, found: re.Match[bytes], pid: bytes) -> Request:
        """The request that it ended. A line that follows the last one with nothing between them shares its request."""
        named = found.groupdict()
        about = (pid, named.get("asked") or b"")
        since = max(0, self._told_to - window.offset)
        if about != self._about or window.data.find(b"Detail=", since, found.start()) >= 0:
            place = Place(window.data, found.start(), found.end(), pid)
            self._about, self._latest = about, request_of(place, named.get("address") or b"", about[1])
        return self._latest

    def _told(self, data: bytes, found: re.Match[bytes], head: _Head, request: Request) -> Refusal:
        """The traffic server may try one request four times in the same words: those are read once."""
        told, rejoined = _verbatim(data, head.begin, found)
        at = self._time(head.stamp.decode("ascii", "replace"), request)
        words, same = found[0], self._same
        if same is None or same[0] != words or same[1] != head.host or same[2].request is not request:
            same = self._same = (words, head.host, _read(found, head, request))
        return same[2]._replace(at=at, line=told, rejoined=rejoined)

    def _time(self, stamp: str, request: Request) -> datetime | None:
        """As stamped; where zone or year is missing the request's own UTC time, else inferred."""
        at = times.stated(stamp)
        if at is not None or not stamp:
            return at
        if request.at is not None:
            return request.at
        self.time_inferred = True
        return times.inferred(stamp, self.near)


class _Head(NamedTuple):
    begin: int
    stamp: bytes = b""
    host: bytes = b""
    pid: bytes = b""


def _read(found: re.Match[bytes], head: _Head, request: Request) -> Refusal:
    """A refusal but for its time and its line."""
    named = found.groupdict()
    error, kind = _kind(found)
    depth = named.get("depth")
    return Refusal(
        kind=kind,
        level="WARNING" if found["level"] == b"WARNING" else "ERROR",
        asked=_text(named.get("asked") or b""),
        server=_text(named.get("server") or named.get("asked") or b""),
        address=_text(named.get("address") or b"") or request.address,
        error=error,
        depth=int(depth) if depth is not None else None,
        terminated=(named.get("action") or b"Terminate").lower() != b"continue",
        peer=_text(head.host),
        pid=head.pid.decode(),
        at=None,
        line="",
        rejoined=False,
        request=request,
    )


def _match(data: bytes, at: int) -> re.Match[bytes] | None:
    """The line of the traffic server's own at a needle."""
    high = min(len(data), at + AHEAD)
    if data.startswith(lines.NEEDLES[0], at):
        begin = _level_after(data, at, high)
    else:
        begin = data.rfind(b"WARNING", max(0, at - _HEAD_REACH), at)
    if begin < 0:
        return None
    patterns = (lines.CHAIN, lines.NAME, lines.CONNECTION, lines.SESSION)
    return next((m for pattern in patterns if (m := pattern.match(data, begin, high))), None)


_AFTER = re.compile(rb"\[ET_NET\s*\d{0,5}\s*\]" + lines.GAP + rb"(?=WARNING|ERROR)")


def _level_after(data: bytes, at: int, high: int) -> int:
    found = _AFTER.match(data, at, high)
    return found.end() if found else -1


def _head(data: bytes, at: int) -> _Head:
    """Time, host and process before a line of the traffic server's own; what is missing is empty."""
    head = data.rfind(lines.HEAD, max(0, at - _HEAD_REACH), at)
    found = lines.PID.match(data, head) if head >= 0 else None
    if found is None or _OTHER.search(data, found.end(), at):
        return _Head(at)
    low = max(0, head - _HEAD_REACH)
    begin = max(low, data.rfind(b"\n", low, head) + 1)
    stamped = lines.STAMPED.match(data[begin:head]) or lines.STAMPED.search(data[low:head])
    if stamped is None:
        return _Head(head, pid=found["pid"])
    host = stamped["host"] or stamped["bare"]
    return _Head(head - len(stamped[0]), stamped["stamp"] or b"", host, found["pid"])


_OTHER = re.compile(rb'[="]')
"""Stands in any other line between a head and this one, and never between a head and its own line."""


def _kind(found: re.Match[bytes]) -> tuple[str, Kind]:
    """OpenSSL's text, and what kind of refusal it is."""
    if found.re is lines.CHAIN:
        return _text(found["error"]), "chain"
    if found.re is lines.NAME:
        return "", "name"
    if found.re is lines.SESSION:
        return "failed to create SSL client session", "trust-file"
    error = _text(found["error"])
    return error, "refused-by-server" if _REVERSE.search(error.lower()) else "tls"


def _verbatim(data: bytes, begin: int, found: re.Match[bytes]) -> tuple[str, bool]:
    """The line as it stood; one that was broken is told as one, without what broke it."""
    raw = data[begin : found.end()][:_LINE]
    if b"\n" not in raw and b"\r" not in raw:
        end = data.find(b"\n", found.end(), found.end() + _LINE - len(raw))
        whole = data[begin : end if end >= 0 else found.end()]
        return whole.rstrip(b"\r").decode("utf-8", "surrogateescape"), False
    text = re.sub(rb"[\s>|]*[\r\n][\s>|]*", b" ", raw)
    return _JOINTS.sub(lambda m: m[1] or m[2] or m[3], text).decode("utf-8", "surrogateescape"), True


_JOINTS = re.compile(rb"(\() +| +([).])|([0-9A-F]:|SSL routines:) +(?=SSL routines|[a-z])")
"""Where a line had no space before it was broken."""


@lru_cache(maxsize=4096)
def _text(raw: bytes) -> str:
    """Names, addresses and errors repeat in every line of a failure."""
    return re.sub(r"[\s>|]+", " ", raw.decode("utf-8", "surrogateescape")).strip()

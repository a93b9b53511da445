"""Which request a refusal ended.

The traffic server's own line names neither port nor transaction, so it is paired with the nearest earlier `Sending
Request` of the same process to the same address. Where several were open at once, to different ports, the one that is
answered 502 afterwards is it; where that decides nothing either, all their ports are told.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from remediate.evidence import lines, requests
from remediate.evidence.refusal import Request
from remediate.evidence.times import utc_time
from remediate.evidence.window import AHEAD

NEAR = 1 << 17
"""Bytes before a refusal in which its `Sending Request` is looked for."""
FAR = 1 << 19
"""Bytes in which its `Receive Request` and the user's other lines are."""
_RECORD = 1 << 13
_MOST_OPEN = 4
_MOST_LOOKED_AT = 12
_MOST_USERS = 16


class _Sent(NamedTuple):
    number: bytes
    tracking: bytes
    address: bytes
    port: int
    at: int


class Place(NamedTuple):
    """A refusal's place in a window: its bytes are `begin:end` of `data`."""

    data: bytes
    begin: int
    end: int
    pid: bytes


def request_of(place: Place, address: bytes, asked: bytes) -> Request:
    """The request that the refusal at `place` ended; an empty one where the log holds none.

    `address` may be empty (an ERROR line names none): then the host that was asked for decides.
    """
    sent = _candidates(place, address)
    if not sent:
        return Request()
    chosen = [_described(place, one) for one in sent]
    same_host = [r for r in chosen if r.host.encode().lower() == asked.lower()]
    # A request for another host is another's: no port is better than a wrong one.
    possible = [r for r in chosen if not asked or not r.host]
    chosen = same_host or (possible if address or len(chosen) == 1 else [])
    if len({r.ports for r in chosen}) > 1:
        chosen = _answered_502(place, chosen) or chosen
    if not chosen:
        return Request()
    ports = tuple(dict.fromkeys(port for r in chosen for port in r.ports))
    return _with_user(place, chosen[0])._replace(ports=ports)


def _candidates(place: Place, address: bytes) -> list[_Sent]:
    """Requests on their way at that moment, the latest first, one per transaction."""
    data, low, at = place.data, max(0, place.begin - NEAR), place.begin
    needle = b'Dst-ip="' + address + b'"' if address else b'Dst-ip="'
    found: dict[bytes, _Sent] = {}
    for _ in range(_MOST_LOOKED_AT):
        at = data.rfind(needle, low, at)
        if at < 0 or len(found) == _MOST_OPEN:
            break
        sent = _sent(place, at)
        if sent is not None and sent.number not in found and not _answered(place, sent):
            found[sent.number] = sent
    return list(found.values())


def _sent(place: Place, at: int) -> _Sent | None:
    begin = place.data.rfind(b"Detail=", max(0, at - 400), at)
    found = lines.SENDING.match(place.data, begin, place.begin) if begin >= 0 else None
    if found is None or _pid(place.data, begin) != place.pid:
        return None
    return _Sent(found["number"], found["tracking"], found["address"], int(found["port"]), begin)


def _pid(data: bytes, at: int) -> bytes:
    head = data.rfind(lines.HEAD, max(0, at - _RECORD), at)
    found = lines.PID.match(data, head) if head >= 0 else None
    return found["pid"] if found else b""


def _answered(place: Place, sent: _Sent) -> bool:
    """Whether it had its answer before the refusal: then the refusal is another's."""
    answer = b'Response" Txn-id="' + sent.number + b'"'
    return place.data.find(answer, sent.at, place.begin) >= 0


def _answered_502(place: Place, open_ones: list[Request]) -> list[Request]:
    """Those of them that are told `502` next."""
    return [r for r in open_ones if _next_status(place, r.number.encode()) == b"502"]


def _next_status(place: Place, number: bytes) -> bytes:
    high = min(len(place.data), place.end + AHEAD)
    at = place.data.find(b'Detail="Sending Response" Txn-id="' + number + b'"', place.end, high)
    found = lines.ANSWER.search(place.data, at, min(high, at + 400)) if at >= 0 else None
    return found["status"] if found else b""


def _described(place: Place, sent: _Sent) -> Request:
    """With what its `Receive Request` says: the host asked for, and the path."""
    target = requests.decoded(_target(place, sent).decode("ascii", "replace"))
    port = sent.port
    return Request(
        number=sent.number.decode(),
        tracking=sent.tracking.decode("ascii", "replace"),
        host=target.host,
        address=sent.address.decode("ascii", "replace"),
        ports=(port,),
        path=target.path,
        user=requests.user(target.path),
        device=requests.device(target.path),
        service=requests.service(target.path, port),
        at=_time(place.data, sent.at),
    )


def _target(place: Place, sent: _Sent) -> bytes:
    """What the client asked for; what was sent on, where the client's line is gone."""
    data, at, low = place.data, sent.at, max(0, sent.at - FAR)
    needle = b'Txn-id="' + sent.number + b'"'
    for _ in range(4):
        at = data.rfind(needle, low, at)
        if at < 0:
            break
        begin = data.rfind(b"Detail=", max(0, at - 60), at)
        if begin >= 0 and lines.RECEIVED.match(data, begin) and _pid(data, begin) == place.pid:
            return _message(place, at)
    return _message(place, sent.at)


def _message(place: Place, at: int) -> bytes:
    found = lines.TARGET.search(place.data, at, min(place.begin, at + _RECORD))
    return found["target"] if found else b""


def _time(data: bytes, at: int) -> datetime | None:
    stamped = data.rfind(b'UTCTime="', max(0, at - 300), at)
    found = lines.UTC_TIME.match(data, stamped) if stamped >= 0 else None
    return utc_time(found["utc"].decode()) if found else None


def _with_user(place: Place, request: Request) -> Request:
    """The user from the allow list's line on this request, or one whose name the device's bears."""
    if request.user:
        return request
    low = max(0, place.begin - FAR)
    url = f'Request="https://{request.host}:{request.ports[0]}{request.path}"'.encode("ascii", "replace")
    at = place.data.rfind(url, low, place.begin)
    if at >= 0:
        begin = place.data.rfind(b"Username=", max(0, at - 600), at)
        found = lines.USERNAME.match(place.data, begin) if begin >= 0 else None
        if found:
            return request._replace(user=found["user"].decode("utf-8", "surrogateescape"))
    return request._replace(user=_owner(place, low, request.device)) if request.device else request


def _owner(place: Place, low: int, device: str) -> str:
    """Of the latest users, the one whose device this is by its name: `CSFemusk` is emusk's."""
    at, plain = place.begin, re.sub(r"[^a-z0-9]", "", device[3:].lower())
    for _ in range(_MOST_USERS):
        at = place.data.rfind(b'Username="', low, at)
        if at < 0:
            break
        found = lines.USERNAME.match(place.data, at)
        name = found["user"].decode("utf-8", "surrogateescape") if found else ""
        if plain and re.sub(r"[^a-z0-9]", "", name.lower()) == plain:
            return name
    return ""

"""The traffic server's own lines in an Expressway log, as patterns over bytes.

Sources: the seed's two excerpts (TAC 218018), TAC 225746, ATS `SSLClientUtils.cc`. Spacing around `[ET_NET n]` differs
by release, and mails and PDFs break lines at every space and leave quotation marks at their start, so a gap may stand
between any two words. Every pattern is linear: no repetition inside a repetition, every text bounded.
"""

from __future__ import annotations

import re

GAP = rb"[\s>|]*"
"""What may stand between two words once a mail or a page has had them."""


def _words(text: bytes) -> bytes:
    """The words of `text` with any gap between them."""
    return GAP.join(re.escape(word) for word in text.split())


def _joined(*parts: bytes) -> re.Pattern[bytes]:
    return re.compile(GAP.join(parts))


NEEDLES = (b"[ET_NET", b"Action=")
"""One of them stands in each line that matters, and no space in them: a wrapped line keeps them whole."""

HEAD = b"traffic_server["
_STAMP = (
    rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,\d]{0,10}(?:Z|[+-]\d\d:?\d\d)?"
    rb"|[A-Z][a-z]{2} +\d{1,2} \d\d:\d\d:\d\d[.\d]{0,10}"
)
STAMPED = re.compile(
    rb"(?:(?P<stamp>"
    + _STAMP
    + rb")[\s>|]+(?P<host>[^\s\[\]]{1,255})[\s>|]+|(?<![^\r\n])(?P<bare>[^\s\[\]]{1,255})[ \t]+)$"
)
"""Time and host before `HEAD`; a host alone only where it begins its line."""
PID = re.compile(rb"traffic_server\[(?P<pid>\d{1,10})\]")

_ASKED = rb"\(" + GAP + rb"(?P<asked>[^()\s]{0,300})" + GAP + rb"\)"
_SERVER = GAP.join((rb"server=", rb"(?P<server>[^()\s]{0,300})", rb"\(", rb"(?P<address>[^()\s]{0,64})", rb"\)"))
_LEVEL = rb"(?P<level>WARNING|ERROR)" + GAP + rb":" + GAP + rb"(?:<[^<>\s]{1,99} ?[^<>\s]{0,99}>)?"
_ACTION = rb"Action=" + GAP + rb"(?P<action>[A-Za-z]{1,20})"

CHAIN = _joined(
    _LEVEL, _words(b"Core server certificate verification failed for"), _ASKED, rb"\.?", _ACTION, rb"Error=",
    rb"(?P<error>[^=]{1,300}?)", _SERVER, rb"depth=", rb"(?P<depth>\d{1,3})",
)  # fmt: skip
NAME = _joined(_LEVEL, rb"SNI", _ASKED, _words(b"not in certificate"), rb"\.?", _ACTION, _SERVER)
_ALERT = rb"(?:tlsv1|tlsv13|sslv3|ssl/tls)" + GAP + rb"alert" + GAP
_REASON = rb"|".join(
    (
        _words(b"certificate verify failed"),
        _ALERT + rb"(?:" + rb"|".join(map(_words, (b"unknown ca", b"bad certificate", b"certificate unknown",
            b"certificate expired", b"certificate revoked", b"certificate required", b"unsupported certificate",
            b"decrypt error", b"access denied", b"handshake failure"))) + rb")",
        rb"[^\r\n]{1,200}",
    )
)  # fmt: skip
CONNECTION = _joined(
    _LEVEL, _words(b"SSL connection failed for"), rb"'(?P<asked>[^'\r\n]{0,300})'", rb":",
    rb"(?:error:" + GAP + rb"[0-9A-Fa-f]{4,16}" + GAP + rb":" + GAP + _words(b"SSL routines") + GAP + rb":" + GAP
    + rb"[A-Za-z0-9_]{0,80}" + GAP + rb":)?", rb"(?P<error>" + _REASON + rb")",
)  # fmt: skip
SESSION = _joined(_LEVEL, _words(b"failed to create SSL client session"))

SENDING = re.compile(
    rb'Detail="Sending[\s>|]+Request"[\s>|]+Txn-id="(?P<number>\d{1,20})"[\s>|]+TrackingID="(?P<tracking>[^"]{0,80})"'
    rb'[\s>|]+Dst-ip="(?P<address>[^"]{1,64})"[\s>|]+Dst-port="(?P<port>\d{1,5})"'
)
RECEIVED = re.compile(rb'Detail="Receive[\s>|]+Request"[\s>|]+Txn-id="(?P<number>\d{1,20})"')
TARGET = re.compile(rb'(?:Msg="|\|)[A-Z]{3,8}[\s>|]+(?P<target>[^\s"]{1,4000})')
ANSWER = re.compile(rb'Msg="HTTP/1\.[01][\s>|]+(?P<status>\d{3})')
UTC_TIME = re.compile(rb'UTCTime="(?P<utc>\d{4}-\d\d-\d\d[\s>|]\d\d:\d\d:\d\d[,.]\d{1,6})"')
USERNAME = re.compile(rb'Username="(?P<user>[^"\r\n]{1,300})"')

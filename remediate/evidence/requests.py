"""What a request asked for: the base64 form of Expressway, and the user, device and service that its path names."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Literal

Service = Literal["UDS", "TFTP configuration", "IM&P", "voicemail", "other"]

_FIRST = re.compile(r"(?:https?://[^/\s]*)?/(?P<origin>[A-Za-z0-9_+-]{4,1400})(?P<path>/.*)?", re.DOTALL)
_ORIGIN = re.compile(r"(?P<domain>[A-Za-z0-9.-]{1,255})/https?/(?P<host>[A-Za-z0-9._:-]{1,255})/(?P<port>\d{1,5})")
_USER = re.compile(r"/cucm-uds/(?:private/)?user/(?P<user>[^/?\s]{1,128})")
_DEVICE = re.compile(r"/(?P<device>(?P<kind>CSF|TCT|BOT|TAB|SEP)[^/?\s]{1,64}?)\.cnf\.xml", re.IGNORECASE)
_SERVICES: tuple[tuple[re.Pattern[str], Service], ...] = (
    (re.compile(r"^/cucm-uds(?:/|$|\?)", re.IGNORECASE), "UDS"),
    (re.compile(r"\.(?:cnf\.xml|xml|json|tlv)(?:\.sgn|\.enc)*(?:\?|$)", re.IGNORECASE), "TFTP configuration"),
    (re.compile(r"^/(?:EPASSoap|epas|cup|presence|inst-|axlcup)", re.IGNORECASE), "IM&P"),
    (re.compile(r"^/(?:vmrest|vmws|voicemail|cuxn)", re.IGNORECASE), "voicemail"),
)
_TFTP_PORTS = frozenset({6970, 6971, 6972})


@dataclass(frozen=True)
class Target:
    """`host` and `port` are 0 and empty where the form holds a domain alone, or is none of Expressway's."""

    domain: str = ""
    host: str = ""
    port: int = 0
    path: str = ""


def decoded(target: str) -> Target:
    """A request target taken apart. One that is not in Expressway's form keeps its path only; never raises."""
    found = _FIRST.fullmatch(target)
    if found is None:
        return Target(path=target)
    text = _text(found["origin"])
    origin, path = _ORIGIN.fullmatch(text), found["path"] or "/"
    if origin is not None and 0 < int(origin["port"]) < 65536:
        return Target(origin["domain"], origin["host"], int(origin["port"]), path)
    domain = text if re.fullmatch(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", text) else ""
    return Target(domain=domain, path=path) if domain else Target(path=target)


def service(path: str, port: int) -> Service:
    """Whose request it was, by path; by port where the path says nothing."""
    otherwise: Service = "TFTP configuration" if port in _TFTP_PORTS else "other"
    return next((name for pattern, name in _SERVICES if pattern.search(path)), otherwise)


def user(path: str) -> str:
    """The user that a UDS path names; empty where it names none."""
    found = _USER.match(path)
    return found["user"] if found else ""


def device(path: str) -> str:
    """The device whose configuration is asked for, as `CSFemusk`; empty where it is none."""
    found = _DEVICE.match(path)
    return found["device"] if found else ""


def _text(segment: str) -> str:
    """Unpadded base64, URL-safe or not, of printable ASCII; else nothing."""
    standard = segment.replace("-", "+").replace("_", "/")
    try:
        text = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return text if text.isprintable() else ""

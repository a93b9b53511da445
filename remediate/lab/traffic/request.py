"""Expressway's request form: the origin rides in the first path segment, as unpadded URL-safe base64.

`GET http://vcs_control.DOMAIN:8443/BASE64/path`, where BASE64 is of `MRA_DOMAIN/https/HOST/PORT` (the
seed's trace; expressway.md §10).
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

CONTROL = "vcs_control"
_SEGMENT = re.compile(r"/(?P<origin>[A-Za-z0-9_-]+)(?P<path>/.*)", re.DOTALL)
_ORIGIN = re.compile(r"(?P<domain>[A-Za-z0-9.-]+)/https/(?P<host>[A-Za-z0-9._-]+)/(?P<port>[1-9][0-9]{0,4})")
_DOMAIN = re.compile(r"[A-Za-z0-9.-]+")
_USER = re.compile(r"/cucm-uds/user/(?P<uds>[^/?]+)|/(?:CSF|TCT|BOT|TAB)(?P<tftp>[^/?]+)\.cnf\.xml")


class Malformed(Exception):
    """A request target that is not in Expressway's form."""


@dataclass(frozen=True)
class Target:
    """What a request asks for. `path` keeps its query."""

    domain: str
    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """The origin's URL, as the traffic server logs and allows it."""
        return f"https://{self.host}:{self.port}{self.path}"

    @property
    def user(self) -> str:
        """The user that the path names; empty where it names none."""
        found = _USER.match(self.path)
        return (found["uds"] or found["tftp"]) if found else ""


def encode(domain: str, host: str, port: int) -> str:
    """The first path segment for an origin."""
    return base64.urlsafe_b64encode(f"{domain}/https/{host}/{port}".encode()).decode().rstrip("=")


def segment(domain: str) -> str:
    """The first path segment in its short form: a domain alone."""
    return base64.urlsafe_b64encode(domain.encode()).decode().rstrip("=")


def read(target: str) -> Target:
    """Take a request target apart, in absolute or origin form. Raises Malformed."""
    found = _SEGMENT.fullmatch(_local_part(target))
    if found is None:
        raise Malformed("the path does not begin with a base64 segment")
    origin = _ORIGIN.fullmatch(_decode(found["origin"]))
    if origin is None or int(origin["port"]) > 65535:
        raise Malformed("the base64 segment is not DOMAIN/https/HOST/PORT")
    return Target(origin["domain"], origin["host"], int(origin["port"]), found["path"])


def domain(segment: str) -> str:
    """The MRA domain in the short form of a first segment (CVD 12). Raises Malformed."""
    found = _decode(segment)
    if not _DOMAIN.fullmatch(found):
        raise Malformed("the base64 segment is not a domain")
    return found


def _local_part(target: str) -> str:
    if target.startswith("/"):
        return target
    parts = urlsplit(target)
    if parts.scheme != "http" or not parts.netloc.startswith(f"{CONTROL}."):
        raise Malformed(f"the URL is not http://{CONTROL}.DOMAIN")
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _decode(segment: str) -> str:
    try:
        text = base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4)).decode("ascii")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Malformed("the segment is not base64 of ASCII text") from error
    if base64.urlsafe_b64encode(text.encode()).decode().rstrip("=") != segment:
        raise Malformed("the segment is not canonical base64")
    return text

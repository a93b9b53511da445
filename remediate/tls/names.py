"""The traffic server's name rules, which are not those of RFC 9525 (ATS `X509HostnameValidator.cc`).

dNSNames first, then always the first common name too; iPAddress entries are never looked at.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import NamedTuple

from remediate.tls import der

_DNS, _IP = 0x82, 0x87
_GENERAL_NAME_TAGS = frozenset((0xA0, 0x81, 0x82, 0xA3, 0xA4, 0xA5, 0x86, 0x87, 0x88))
_CODECS = {
    0x0C: "utf-8", 0x12: "latin-1", 0x13: "latin-1", 0x14: "latin-1", 0x16: "latin-1", 0x17: "latin-1",
    0x18: "latin-1", 0x1A: "latin-1", 0x1C: "utf-32-be", 0x1E: "utf-16-be",
}  # fmt: skip
"""String types that OpenSSL turns into UTF-8 (`ASN1_STRING_to_UTF8`); any other fails."""
_NUMBER = re.compile(r"0[xX][0-9a-fA-F]{1,8}|0[0-7]{0,11}|[1-9][0-9]{0,9}")
_LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")


class PresentedNames(NamedTuple):
    """What a certificate calls itself, as far as the traffic server looks, and its IP entries besides."""

    dns: tuple[bytes, ...] = ()
    common_name: bytes | None = None
    """The first, as UTF-8."""
    accepts_any: bool = False
    """The common name cannot be converted: ATS 8 and 9 then accept every name (mended on master only)."""
    ip: tuple[str, ...] = ()


@lru_cache(maxsize=8192)
def presented(certificate: bytes) -> PresentedNames:
    """The names in a DER certificate. Raises der.Unreadable."""
    found = der.fields(certificate)
    dns, ips = _alternatives(found.extension(der.SUBJECT_ALT_NAME))
    first = next((value for oid, value in der.attributes(found.subject) if oid == der.COMMON_NAME), None)
    if first is None:
        return PresentedNames(dns, None, False, ips)
    name = _as_utf8(first)
    return PresentedNames(dns, name, name is None, ips)


def _alternatives(value: bytes | None) -> tuple[tuple[bytes, ...], tuple[str, ...]]:
    """dNSNames and iPAddresses; nothing at all where the extension is damaged, as OpenSSL has it."""
    if value is None:
        return (), ()
    try:
        outer = next(der.elements(value), None)
        entries = list(der.elements(outer.content)) if outer and outer.tag == der.SEQUENCE else []
    except der.Unreadable:
        return (), ()
    if any(entry.tag not in _GENERAL_NAME_TAGS for entry in entries):
        return (), ()
    ips = (_ip_text(e.content) for e in entries if e.tag == _IP)
    return tuple(e.content for e in entries if e.tag == _DNS), tuple(ip for ip in ips if ip)


def _ip_text(octets: bytes) -> str | None:
    return str(ipaddress.ip_address(octets)) if len(octets) in (4, 16) else None


def _as_utf8(value: der.Element) -> bytes | None:
    codec = _CODECS.get(value.tag)
    if codec == "utf-8":
        return value.content
    try:
        return None if codec is None else value.content.decode(codec).encode()
    except UnicodeError:
        return None


def asked_name(host: str) -> str:
    """The name that is compared: the host, or an IP literal as the traffic server prints it."""
    ip = ip_literal(host)
    return host if ip is None else ip


def ip_literal(host: str) -> str | None:
    """The IP that a host is, as the traffic server prints it; None for a name. An IP sends no SNI.

    `10.1`, `0x7f.1` and `10` are IPv4 addresses too, as `inet_aton` has it (measured).
    """
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if ":" not in bare:
        return _ipv4(bare)
    try:
        address = ipaddress.IPv6Address(bare)
    except ValueError:
        return None
    return f"::ffff:{address.ipv4_mapped}" if address.ipv4_mapped else str(address)


def _ipv4(text: str) -> str | None:
    """One to four numbers, the last of which fills what is left of 32 bits (POSIX `inet_addr`)."""
    parts = text.split(".")
    if len(parts) > 4 or not all(map(_NUMBER.fullmatch, parts)):
        return None
    *octets, last = (int(part, _base(part)) for part in parts)
    if max(octets, default=0) > 255 or last >= 256 ** (4 - len(octets)):
        return None
    return str(ipaddress.IPv4Address(bytes(octets) + last.to_bytes(4 - len(octets), "big")))


def _base(number: str) -> int:
    if number[:2].lower() == "0x":
        return 16
    return 8 if number.startswith("0") else 10


def accepts(names: PresentedNames, host: str, *, underscore: bool = True) -> bool:
    """Whether the traffic server takes a certificate with these names for this host.

    `underscore`: whether a wildcard may stand for one (ATS 9; not 7 and 8).
    """
    asked = asked_name(host).encode(errors="surrogateescape")
    if not asked:
        return False
    if any(pattern and _matches(pattern, asked, underscore) for pattern in names.dns):
        return True
    if names.common_name is None:
        return names.accepts_any
    return _matches(names.common_name, asked, underscore)


def matches(host: str, certificate: bytes) -> bool:
    """Whether a DER certificate holds a name for every traffic server, old or new; False if it cannot be read.

    The defect that makes some accept any name does not count: a name to change to must stand there.
    """
    try:
        names = presented(certificate)
    except der.Unreadable:
        return False
    return accepts(names._replace(accepts_any=False), host, underscore=False)


def only_by_ip_entry(names: PresentedNames, host: str) -> bool:
    """An iPAddress entry holds the host and nothing that the traffic server looks at does."""
    return ip_literal(host) in names.ip and not accepts(names, host)


def _matches(pattern: bytes, asked: bytes, underscore: bool) -> bool:
    star = _wildcard(pattern, asked)
    if star is None:
        return pattern.lower() == asked.lower()
    prefix, suffix = pattern[:star].lower(), pattern[star + 1 :].lower()
    covered = asked[len(prefix) : len(asked) - len(suffix)]
    if len(asked) < len(prefix) + len(suffix) or asked.lower() != prefix + covered.lower() + suffix:
        return False
    if not covered:
        return bool(prefix) or not suffix.startswith(b".")
    return covered == b"*" or all(c in _LETTERS or (underscore and c == ord("_")) for c in covered)


def _wildcard(pattern: bytes, asked: bytes) -> int | None:
    """Where a pattern's one usable star is: in the first of at least three labels, at its start or end."""
    if len(asked) <= 5 or asked.startswith(b".") or len(pattern) < 5:
        return None
    first_dot, last_dot = pattern.find(b"."), pattern.rfind(b".", 2, len(pattern) - 1)
    label = pattern[:first_dot]
    if last_dot < 3 or not 0 < first_dot < last_dot or label.count(b"*") != 1:
        return None
    star = label.index(b"*")
    if asked[:4].lower() == b"xn--" and label != b"*":
        return None
    return star if star in (0, first_dot - 1) else None

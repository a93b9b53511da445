"""What can be wrong in a PKI, one function per fault: each takes a chain of wishes, leaf first and root last,
and the place where the fault goes, and gives the chain with it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.support import wrong
from tests.support.wrong import Wanted

Wishes = tuple[Wanted, ...]
Fault = Callable[[Wishes, int], Wishes]
STRANGER = "ec-99"
_MUST_STAPLE = ("1.3.6.1.5.5.7.1.24", False, wrong.sequence(wrong.integer(5)))
_UNKNOWN = "1.3.6.1.4.1.99999.1"
_PROXY = wrong.sequence(wrong.sequence(wrong.object_id("1.3.6.1.5.5.7.21.1")))
_LAST_MOMENTS = (
    "99991231235959Z", "20491231235959.5Z", "20491231235959+0100", "204912312359Z", "20491331000000Z",
    "491231000000+0100", "20160101000000Z", "700101000000Z", "500101000000Z",
)  # fmt: skip
"""GeneralizedTime and UTCTime, with what DER forbids."""
_DIRECTORY = wrong.sequence(wrong.tlv(0x31, wrong.sequence(wrong.object_id(wrong.CN), wrong.tlv(wrong.UTF8, b"x"))))
_TREES: tuple[wrong.Entry, ...] = (
    (wrong.EMAIL, b"example.com"), (wrong.EMAIL, b".example.com"), (wrong.EMAIL, b"a@example.com"), (wrong.EMAIL, b""),
    (wrong.URI, b"a.example.com"), (wrong.URI, b""), (0xA4, _DIRECTORY), (0xA4, wrong.sequence()),
    (wrong.IP, bytes(32)), (wrong.IP, b"\x7f\0\0\1\0\xff\0\xff"), (wrong.DNS, b"*.example.com"),
    (wrong.DNS, b"EXAMPLE.com"), (wrong.DNS, b"example.com."), (wrong.DNS, b"a\0example.com"), (0x89, b"x"),
    (0xA0, wrong.object_id("1.2.3") + wrong.tlv(0xA0, wrong.tlv(wrong.UTF8, b"x"))),
)  # fmt: skip
"""Name constraints of every kind of name, and some of no kind."""
_OTHER_NAMES: tuple[wrong.Entry, ...] = (
    *wrong.dns("a.example.com"), (wrong.EMAIL, b"a@example.com"), (wrong.EMAIL, b"broken"),
    (wrong.URI, b"https://a.example.com/x"), (wrong.URI, b"no-host"), (wrong.IP, b"\x7f\0\0\1"), (0xA4, _DIRECTORY),
)  # fmt: skip
_ANY_POLICY = wrong.sequence(wrong.object_id("2.5.29.32.0"))
_MORE = (
    ("2.5.29.32", wrong.sequence(_ANY_POLICY)),
    ("2.5.29.32", wrong.sequence(_ANY_POLICY, _ANY_POLICY)),
    ("2.5.29.33", wrong.sequence(wrong.sequence(wrong.object_id("1.2.3"), wrong.object_id("2.5.29.32.0")))),
    ("2.5.29.54", wrong.integer(0)),
    ("2.5.29.54", wrong.integer(-1)),
    ("2.5.29.9", wrong.sequence()),
    ("2.5.29.16", wrong.sequence()),
    ("2.5.29.18", wrong.sequence()),
    ("2.5.29.31", wrong.sequence()),
    ("2.5.29.31", b"\x30\x05"),
    ("2.5.29.37", wrong.sequence()),
    ("2.5.29.30", wrong.sequence()),
    ("2.5.29.35", wrong.sequence()),
    ("2.5.29.35", wrong.sequence(wrong.tlv(0xA1, b""))),
    ("2.5.29.14", wrong.tlv(4, b"")),
    ("2.5.29.15", wrong.tlv(3, b"\0")),
    ("2.5.29.15", wrong.tlv(3, b"\0\x80\x80")),
    ("1.3.6.1.5.5.7.1.7", wrong.sequence()),
    ("1.3.6.1.5.5.7.1.7", wrong.sequence(wrong.sequence(wrong.tlv(4, b"\0\1"), b"\5\0"))),
    ("1.3.6.1.5.5.7.1.8", wrong.sequence(wrong.tlv(0xA0, b"\5\0"))),
    ("1.3.6.1.5.5.7.1.1", wrong.sequence()),
    ("1.3.6.1.4.1.11129.2.4.3", b"\5\0"),
    ("1.3.6.1.5.5.7.48.1.5", b"\5\0"),
    ("2.16.840.1.113730.1.13", wrong.tlv(0x16, b"a comment")),
)
"""Extensions that OpenSSL knows, empty or odd."""
_ODD_NAMES: tuple[tuple[wrong.Attribute, ...], ...] = (
    wrong.common_name("bmp", 0x1E), wrong.common_name("pq", 0x13), wrong.common_name("t*61\u00fc", 0x14),
    wrong.common_name("bits", wrong.BIT_STRING), wrong.common_name("octets", 0x04), wrong.common_name(""),
    wrong.common_name("nul\0inside"), wrong.common_name("\udcff\udcfe"), wrong.common_name("x" * 65),
    wrong.common_name("  two  blanks "), ((wrong.CN, 0x30, b""),), ((wrong.CN, 0x02, b"\1"),),
    ((wrong.CN, 0x01, b"\xff"),), ((wrong.CN, 0x05, b""),),
    (*wrong.common_name("mail"), ("1.2.840.113549.1.9.1", 0x16, b"a@example.com")),
    (*wrong.common_name("mail"), ("1.2.840.113549.1.9.1", 0x16, b"broken")),
    (*wrong.common_name("mail"), ("1.2.840.113549.1.9.1", 0x0C, b"a@other.org")),
    *(wrong.common_name(text) for text in ("b.other.org", "b.example.com", "*.example.com", "10.1.2.3")),
)  # fmt: skip


def sound(depth: int, names: tuple[wrong.Entry, ...], host: str) -> Wishes:
    """A chain without a fault: leaf, `depth` intermediates, root. Each has a key and a serial number of its own."""
    subjects = (host, *(f"intermediate {n}" for n in range(depth)), "root")
    last = len(subjects) - 1
    return tuple(
        Wanted(
            wrong.common_name(subject),
            wrong.common_name(subjects[min(n + 1, last)]),
            key=f"ec-{n}",
            signer=f"ec-{min(n + 1, last)}",
            serial=n + 1,
            ca=n > 0,
            names=() if n else names,
            purposes=() if n else ("server",),
            authority_serial=min(n + 2, last + 1),
        )
        for n, subject in enumerate(subjects)
    )


def self_signed(names: tuple[wrong.Entry, ...], host: str) -> Wishes:
    """One certificate that is leaf and root, as CUCM makes it."""
    name = wrong.common_name(host)
    return (Wanted(name, name, key_usage=0xB4, purposes=("server", "client"), names=names),)


def set_to(**fields: Any) -> Fault:
    """The certificate at that place has these fields."""
    return lambda chain, at: (*chain[:at], replace(chain[at], **fields), *chain[at + 1 :])


def keyed(name: str) -> Fault:
    """It has another key, and what it issued is signed with it."""

    def fault(chain: Wishes, at: int) -> Wishes:
        below, issued = chain[:at], replace(chain[at], key=name)
        if at == len(chain) - 1:
            issued = replace(issued, signer=name)
        if below:
            below = (*below[:-1], replace(below[-1], signer=name))
        return (*below, issued, *chain[at + 1 :])

    return fault


def renamed(attributes: tuple[wrong.Attribute, ...]) -> Fault:
    """It has another subject, under which it also issued."""

    def fault(chain: Wishes, at: int) -> Wishes:
        below, issued = chain[:at], replace(chain[at], subject=attributes)
        if at == len(chain) - 1:
            issued = replace(issued, issuer=attributes)
        if below:
            below = (*below[:-1], replace(below[-1], issuer=attributes))
        return (*below, issued, *chain[at + 1 :])

    return fault


def self_issued(chain: Wishes, at: int) -> Wishes:
    """It names itself as its issuer, though another signed it."""
    return set_to(issuer=chain[at].subject)(chain, at)


def named_otherwise(chain: Wishes, at: int) -> Wishes:
    """It names its issuer in another string type, in other letters and with other blanks."""
    issuer = chain[at].issuer
    changed = tuple((oid, wrong.PRINTABLE, content.upper().replace(b" ", b"  ")) for oid, _, content in issuer)
    return set_to(issuer=changed)(chain, at)


def twice(chain: Wishes, at: int) -> Wishes:
    """One extension stands there twice."""
    return set_to(more=(("2.5.29.14", False, wrong.tlv(4, b"x")),))(chain, at)


def looped(chain: Wishes, at: int) -> Wishes:
    """The root was issued by what stands at that place: there is no end."""
    return (*chain[:-1], replace(chain[-1], issuer=chain[at].subject, signer=chain[at].key))


def extended(oid: str, value: bytes, *, critical: bool) -> Fault:
    """It has one more extension."""
    return set_to(more=((oid, critical, value),))


FAULTS: tuple[Fault, ...] = (
    set_to(dates=wrong.PAST),
    set_to(dates=wrong.FUTURE),
    set_to(signer=STRANGER),
    set_to(issuer=wrong.common_name("stranger")),
    set_to(ca=None),
    set_to(ca=False),
    set_to(ca=True),
    set_to(path_length=0, ca=True),
    set_to(path_length=1, ca=True),
    set_to(path_length=0, ca=False),
    set_to(path_length=-1, ca=True),
    *(set_to(key_usage=bits) for bits in (0x00, 0x04, 0x06, 0x20, 0x80, 0x84, 0xA0)),
    *(set_to(purposes=p) for p in ((), ("server",), ("client",), ("any",), ("sgc-ms",), ("sgc-ns",), ("code", "any"))),
    set_to(purposes=("client",), purposes_critical=True),
    set_to(purposes=("any",), purposes_critical=True),
    set_to(digest="sha1"),
    set_to(digest="sha384"),
    *(keyed(name) for name in ("rsa-2048", "rsa-2048-b", "rsa-1024", "p384-1", "ed-1", "ec-0", STRANGER)),
    set_to(subject_key="none"),
    set_to(subject_key="wrong"),
    *(set_to(authority_key=kind) for kind in ("none", "wrong key", "serial", "wrong serial")),
    set_to(subject_key="none", authority_key="none"),
    set_to(authority_key="none"),
    set_to(version=0),
    set_to(version=1),
    *(set_to(serial=number) for number in (0, -1, 1 << 200)),
    *(set_to(permitted=wrong.dns(tree)) for tree in ("example.com", ".example.com", "a.example.com", "other.org", "")),
    *(set_to(excluded=wrong.dns(tree)) for tree in ("example.com", ".example.com", "a.example.com", "other.org", "")),
    set_to(permitted=((wrong.IP, b"\x7f\0\0\0\xff\0\0\0"),)),
    set_to(excluded=((wrong.IP, b"\x7f\0\0\0\xff\0\0\0"),)),
    set_to(permitted=((wrong.IP, b"\x7f"),)),
    set_to(permitted=((wrong.URI, b".example.com"),)),
    set_to(permitted=((0x88, b"\x2a\x03"),)),
    set_to(permitted=wrong.dns("example.com"), excluded=wrong.dns("a.example.com")),
    extended(_UNKNOWN, b"\5\0", critical=True),
    extended(_UNKNOWN, b"\5\0", critical=False),
    set_to(more=(_MUST_STAPLE,)),
    extended("1.3.6.1.5.5.7.1.14", _PROXY, critical=True),
    extended("2.16.840.1.113730.1.1", wrong.tlv(3, b"\6\x40"), critical=False),
    extended("2.16.840.1.113730.1.1", wrong.tlv(3, b"\7\x80"), critical=False),
    extended("2.5.29.36", wrong.sequence(wrong.tlv(0x80, b"\0")), critical=True),
    extended("2.5.29.32", wrong.sequence(), critical=True),
    extended("2.5.29.19", b"\5\0", critical=False),
    extended("2.5.29.17", b"\x30\x02\x82\x05", critical=False),
    twice,
    self_issued,
    named_otherwise,
    looped,
    *(keyed(name) for name in ("p224-1", "p521-1", "k256-1", "b256-1")),
    *(set_to(digest=name) for name in ("sha224", "sha512")),
    *(set_to(dates=(wrong.GOOD[0], last)) for last in _LAST_MOMENTS),
    set_to(dates=("20200101000000Z", "20491231000000Z")),
    *(set_to(permitted=(tree,)) for tree in _TREES),
    *(set_to(excluded=(tree,)) for tree in _TREES),
    set_to(names=_OTHER_NAMES),
    *(extended(*extension, critical=critical) for extension in _MORE for critical in (True, False)),
    *(renamed(name) for name in _ODD_NAMES),
    renamed(()),
    renamed(((wrong.ORGANISATION, wrong.UTF8, b"Corp"), *wrong.common_name("same"))),
)  # fmt: skip

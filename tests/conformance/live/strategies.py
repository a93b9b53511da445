"""Questions at random: chains, bundles, names and origins, each mostly sound and wrong in a few places."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from remediate.model.certificate import Chain, EncodedCertificate, TrustStore
from remediate.model.verdict import ClientProfile, Question, ServerOffer
from remediate.tls.names import ip_literal
from tests.conformance.corpus import AT, profile
from tests.conformance.live.asking import Asked
from tests.support import faults, wrong
from tests.support.faults import Wishes
from tests.support.wrong import Wanted, made

HOST, IP = "a.example.com", "127.0.0.1"
PROFILES = ("default", "expressway", "tls12_rsa_first", "tls12")
TWINS: tuple[dict[str, Any], ...] = (
    {"key": faults.STRANGER},
    {},
    {"dates": wrong.PAST},
    {"dates": wrong.PAST, "key": faults.STRANGER},
    {"signer": faults.STRANGER, "issuer": wrong.common_name("another root")},
    {"signer": faults.STRANGER},
    {"ca": False},
)
"""How a certificate of the same subject may differ."""


@st.composite
def clients(draw: st.DrawFn) -> ClientProfile:
    """One of the recorded profiles, mostly with everything enforced."""
    client = profile(draw(st.sampled_from(PROFILES)))
    if draw(st.integers(0, 5)):
        return client
    policy = draw(st.sampled_from(("enforced", "permissive", "disabled")))
    properties = draw(st.sampled_from(("all", "signature", "name", "none")))
    return client.model_copy(update={"policy": policy, "properties": properties})


@st.composite
def wishes(draw: st.DrawFn, names: tuple[wrong.Entry, ...] = wrong.dns(HOST)) -> Wishes:
    """A chain with up to three faults."""
    depth = draw(st.sampled_from((-1, 0, 1, 1, 2, 2, 3, 6, 7, 8)))
    chain = faults.self_signed(names, HOST) if depth < 0 else faults.sound(depth, names, HOST)
    if draw(st.integers(0, 4)) == 4:
        kind = draw(st.sampled_from(("none", "key")))
        chain = tuple(replace(w, authority_key="none", subject_key="right" if kind == "key" else "none") for w in chain)
    for _ in range(draw(st.sampled_from((0, 1, 1, 1, 2, 2, 3)))):
        chain = draw(st.sampled_from(faults.FAULTS))(chain, draw(st.integers(0, len(chain) - 1)))
    return chain


@st.composite
def twins(draw: st.DrawFn, chain: Wishes) -> Wishes:
    """Up to two more certificates under subjects of the chain, each with a serial number of its own."""
    found = []
    for number in range(draw(st.sampled_from((0, 0, 1, 1, 2)))):
        twin = replace(draw(st.sampled_from(chain)), serial=70 + number, **draw(st.sampled_from(TWINS)))
        if draw(st.booleans()):  # a root of its own
            twin = replace(twin, issuer=twin.subject, signer=twin.key)
        found.append(twin)
    return tuple(found)


@st.composite
def some(draw: st.DrawFn, usual: Wishes, others: Wishes) -> Wishes:
    """Mostly what is usual; else some of it and of the others, in any order, and some of it twice."""
    if not draw(st.integers(0, 2)):
        return usual
    pool = (*usual, *others)
    return tuple(draw(st.lists(st.sampled_from(pool), max_size=len(pool) + 1))) if pool else ()


def encoded(chain: Wishes) -> Chain:
    """The certificates of some wishes."""
    return tuple(made(wanted) for wanted in chain)


@st.composite
def paths(draw: st.DrawFn) -> Asked:
    """Everything about the path: faults, order, twins, what is sent and what is trusted."""
    chain = draw(wishes())
    more = draw(twins(chain))
    leaf, middle, root = chain[0], chain[1:-1], chain[-1:]
    sent = draw(some(middle, (*root, *more, leaf)))
    listed = draw(some(root, (*middle, *more, leaf)))
    if draw(st.booleans()):
        listed = tuple(draw(st.permutations((*listed, *more))))
    bundle = b"".join(c.pem for c in encoded(listed))
    asked = Question(
        chain=encoded((leaf, *sent)), trust=TrustStore(pem=bundle), profile=draw(clients()), host=HOST, ip=IP, at=AT
    )
    return Asked(asked, (leaf.key,))


_LABELS = ("a", "b", "cucm", "cucm-1", "xn--ccm-hoa", "x_y", "A", "1", "com", "example", "*", "c*", "*m", "c*m",
           "xn--*", "-a", "")  # fmt: skip
_HOSTS = (IP, "127.0.0.2", "127.1", "0x7f.1", "2130706433", "0177.0.0.1", "[::1]", "127.0.0.1.", "1.a")
_ADDRESSES = {"127.0.0.2": "127.0.0.2", "[::1]": "::1"}
_TAGS = (wrong.UTF8, wrong.PRINTABLE, 0x14, 0x16, 0x1A, 0x12, 0x1C, 0x1E, wrong.BIT_STRING, 0x04, 0x17)


def _labels(most: int) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(_LABELS), min_size=1, max_size=most).map(".".join)


def _is_name(host: str) -> bool:
    """Not empty, nor an address, at which no origin would listen."""
    return bool(host) and ip_literal(host) is None


@st.composite
def patterns(draw: st.DrawFn, host: str) -> str:
    """A name in a certificate, near the host or not."""
    first, dot, rest = host.partition(".")
    near = (host, host.upper(), f"*.{rest}", f"{first[:1]}*{dot}{rest}", f"*{first[-1:]}{dot}{rest}", f"*.{host}",
            f"*{host}", f"{first}.*", f"{host}.", f"{host}\0", "*", "", rest,
            f"{first[:2]}*.{rest}", f"**.{rest}", f"*.*.{rest}")  # fmt: skip
    return draw(st.sampled_from(near) | _labels(4) | st.text("ab.*-_1", max_size=8))


def _as_tag(text: str, tag: int) -> bytes:
    codec = {0x1C: "utf-32-be", 0x1E: "utf-16-be"}.get(tag, "utf-8")
    return (b"\0" if tag == wrong.BIT_STRING else b"") + text.encode(codec)


@st.composite
def subjects(draw: st.DrawFn, host: str) -> tuple[wrong.Attribute, ...]:
    """No CN, one, or two, in any string type."""
    found = []
    for _ in range(draw(st.sampled_from((0, 1, 1, 1, 2)))):
        tag = draw(st.sampled_from((wrong.UTF8, wrong.UTF8, *_TAGS)))
        content = _as_tag(draw(patterns(host)), tag)
        found.append((wrong.CN, tag, content))
    return tuple(found)


@st.composite
def names(draw: st.DrawFn) -> Asked:
    """Everything about the name; the path is good, and short."""
    host = draw(st.sampled_from((HOST, "cucm-1.a.b", "x.y.z", *_HOSTS)) | _labels(4).filter(_is_name))
    entries = list(wrong.dns(*draw(st.lists(patterns(host), max_size=2))))
    others = (wrong.ip("127.0.0.1"), (wrong.URI, b"https://a.example.com"), (wrong.EMAIL, b"a@b.c"), (wrong.IP, b"abc"))
    entries += draw(st.lists(st.sampled_from((*others, (0x88, b"\x2a\x03"), (0x99, b"x"))), max_size=1))
    leaf, root = faults.sound(0, tuple(entries), HOST)
    leaf = replace(leaf, subject=draw(subjects(host)))
    if draw(st.integers(0, 9)) == 9:
        leaf = replace(leaf, names=(), more=(("2.5.29.17", False, draw(st.binary(max_size=12))),))
    chain = encoded((leaf,))
    trust = TrustStore(pem=made(root).pem)
    asked = Question(chain=chain, trust=trust, profile=draw(clients()), host=host, ip=_ADDRESSES.get(host, IP), at=AT)
    return Asked(asked, (leaf.key,))


_PIECES = ("\n", "\r\n", "\n\n", " ", "\t", "-", "=", ":", "A",
           "-----END CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----\n",
           "-----BEGIN X-----\n", "Comment: x\n\n", "A" * 300, "\u00fc", "")  # fmt: skip


@st.composite
def bundles(draw: st.DrawFn, whole: str) -> str:
    """A trust file with up to three small damages, or with other line ends or labels."""
    text = draw(
        st.sampled_from(
            (whole, whole.replace("\n", "\r\n"), "Root\n====\n" + whole, whole.rstrip("\n"),
             whole.replace("-\n-", "--"),
             whole.replace(" CERTIFICATE", " X509 CERTIFICATE"), whole.replace(" CERTIFICATE", " PKCS7"), "")
        )
    )  # fmt: skip
    for _ in range(draw(st.integers(0, 3))):
        at, length = draw(st.integers(0, len(text))), draw(st.sampled_from((0, 0, 1, 5, 64, 65)))
        text = text[:at] + draw(st.sampled_from(_PIECES)) + text[at + length :]
    return text


@st.composite
def files(draw: st.DrawFn) -> Asked:
    """Everything about the trust file; it holds the right root among others."""
    leaf, root = faults.sound(0, wrong.dns(HOST), HOST)
    other = replace(root, subject=wrong.common_name("other"), issuer=wrong.common_name("other"))
    listed = draw(st.permutations((root, other, replace(other, serial=9))))
    text = draw(bundles("".join(made(w).pem.decode() for w in listed)))
    asked = Question(
        chain=encoded((leaf,)), trust=TrustStore(pem=text.encode()), profile=draw(clients()), host=HOST, ip=IP, at=AT
    )
    return Asked(asked, (leaf.key,))


_SUITES = ("ALL:@SECLEVEL=0", "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-GCM-SHA384:@SECLEVEL=0",
           "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:@SECLEVEL=0",
           "ECDHE-ECDSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:AES256-SHA:@SECLEVEL=0")  # fmt: skip


_BAD: tuple[dict[str, Any], ...] = (
    {"signer": faults.STRANGER},
    {"names": (), "subject": ()},
    {"dates": wrong.PAST},
    {"key_usage": 0x20},
    {"key_usage": 0x80},
    {},
)


@st.composite
def origins(draw: st.DrawFn) -> Asked:
    """Everything about the origin: two certificates, one of them wrong; suites, versions, preferences."""
    leaf, root = faults.sound(0, wrong.dns(HOST), HOST)
    rsa, ecdsa = (replace(leaf, key=key) for key in ("rsa-2048", draw(st.sampled_from(("ec-5", "p384-5")))))
    bad = draw(st.sampled_from(_BAD))
    rsa, ecdsa = (replace(rsa, **bad), ecdsa) if draw(st.booleans()) else (rsa, replace(ecdsa, **bad))
    served: list[Wanted] = draw(st.sampled_from(([rsa, ecdsa], [rsa, ecdsa], [rsa], [ecdsa])))
    offer = ServerOffer(
        tls=draw(st.sampled_from((("1.2", "1.3"), ("1.2",), ("1.3",)))),
        ciphers=draw(st.sampled_from(_SUITES)),
        cipher_preference=draw(st.sampled_from(("client", "server"))),
    )
    first, *second = (made(wanted) for wanted in served)
    twin: tuple[EncodedCertificate, ...] = tuple(second)
    trust = TrustStore(pem=made(root).pem)
    asked = Question(
        chain=(first,), second_chain=twin, offer=offer, trust=trust, profile=draw(clients()), host=HOST, ip=IP, at=AT
    )
    return Asked(asked, tuple(wanted.key for wanted in served))


KINDS = {"paths": paths(), "names": names(), "files": files(), "origins": origins()}

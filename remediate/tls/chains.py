"""Which certificates must join a trust list so that a served chain finds its anchor there.

Candidates only: whether the traffic server then accepts is for `decide` on the changed list.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from remediate.model.certificate import Chain, EncodedCertificate, TrustStore
from remediate.tls import der
from remediate.tls.client import VERIFY_DEPTH
from remediate.tls.describe import REFUSALS, describe, without_warnings

_MOST_STEPS = 2000
"""Where many certificates share one name and key, the search ends rather than try every order."""


def is_self_signed_leaf(chain: Chain) -> bool:
    """Whether the served leaf is its own issuer, so that it is itself the anchor to trust."""
    return bool(chain) and describe(chain[0].der).self_signed


def missing_issuers(chain: Chain, store: TrustStore, candidates: Chain) -> Chain:
    """The complete set to add: root and every intermediate, or the self-signed leaf itself.

    Only `candidates` are ever added; served certificates may stand between, but vouch for nothing.
    Root last. Of several paths the one that adds the fewest. Empty where none reaches a root, or
    where nothing of the path is missing.
    """
    if not chain:
        return ()
    new = {c.sha256 for c in candidates} - set(store.sha256s)
    added = [tuple(c for c in path if c.sha256 in new) for path in _paths(chain, store, candidates)]
    return min(added, key=len, default=())


def _paths(chain: Chain, store: TrustStore, candidates: Chain) -> Iterator[Chain]:
    """Every way up from the leaf to a root that is trusted or a candidate, without the leaf unless it is one."""
    trusted = {c.sha256 for c in (*store.entries, *candidates)}
    leaf = chain[0]
    if is_self_signed_leaf(chain):
        if leaf.sha256 in trusted:
            yield (leaf,)
        return
    known = {c.sha256: c for c in (*store.entries, *candidates, *chain[1:])}
    by_name: dict[object, list[EncodedCertificate]] = {}
    for certificate in known.values():
        by_name.setdefault(_names(certificate.der)[1], []).append(certificate)
    steps = 0
    open_paths: list[Chain] = [(leaf,)]
    while open_paths and steps < _MOST_STEPS:
        path = open_paths.pop()
        for issuer in by_name.get(_names(path[-1].der)[0], ()):
            if issuer in path or not issuer_matches(path[-1], issuer):
                continue
            steps += 1
            if describe(issuer.der).self_signed:
                if issuer.sha256 in trusted:
                    yield (*path[1:], issuer)
            elif len(path) <= VERIFY_DEPTH:
                open_paths.append((*path, issuer))


@lru_cache(maxsize=16384)
def issuer_matches(child: EncodedCertificate, parent: EncodedCertificate) -> bool:
    """Whether `parent` issued `child`: name, key identifiers where both have them, and signature.

    A signature that `cryptography` cannot try is taken on trust here; OpenSSL tries it in `decide`.
    """
    try:
        return _names_meet(der.fields(child.der), der.fields(parent.der)) and _signed(child, parent)
    except der.Unreadable:
        return False


def _names_meet(below: der.Fields, above: der.Fields) -> bool:
    if not _same_name(below.issuer, above.subject):
        return False
    wanted, present = der.key_identifiers(below)[0], der.key_identifiers(above)[1]
    return not (wanted and present) or wanted == present


def _same_name(one: bytes, other: bytes) -> bool:
    """Equal bytes, or equal but for string type, case and spaces (RFC 5280 §7.1, as OpenSSL compares)."""
    return _canonical(one) == _canonical(other)


def _canonical(name: bytes) -> object:
    """Equal for equal names; the bytes themselves where they are no name."""
    try:
        return tuple((oid, b" ".join(value.content.lower().split())) for oid, value in der.attributes(name))
    except der.Unreadable:
        return name


@lru_cache(maxsize=16384)
def _names(certificate: bytes) -> tuple[object, object]:
    """Issuer and subject, to look up; None for both where they cannot be read."""
    try:
        fields = der.fields(certificate)
    except der.Unreadable:
        return None, None
    return _canonical(fields.issuer), _canonical(fields.subject)


def _signed(child: EncodedCertificate, parent: EncodedCertificate) -> bool:
    try:
        with without_warnings():
            issuer = x509.load_der_x509_certificate(parent.der)
            x509.load_der_x509_certificate(child.der).verify_directly_issued_by(issuer)
    except InvalidSignature:
        return False
    except REFUSALS:
        return True
    return True

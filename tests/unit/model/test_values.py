"""Copies and equality of values that remember what they computed."""

from __future__ import annotations

from remediate.model.certificate import EncodedCertificate, TrustStore
from tests.support import forge
from tests.support.scenes import Scene


def test_copy_forgets_what_was_computed() -> None:
    """A copy with other bytes has other entries; a state with other peers finds those."""
    one, other = (TrustStore(pem=forge.authority(name).certificate.pem) for name in ("one", "other"))
    assert one.entries
    assert one.model_copy(update={"pem": other.pem}).entries == other.entries
    observed = Scene().observed
    first, second = observed.peers
    assert observed.peer(first.host) == first
    changed = observed.model_copy(update={"peers": (second,)})
    assert (changed.peer(first.host), changed.peer(second.host)) == (None, second)
    assert observed.model_copy(update={"origins": ()}).origins_of("cucm") == ()


def test_equal_by_bytes() -> None:
    """Equal bytes are equal, whatever either has computed so far; other types never are."""
    pem = forge.authority("root").certificate.pem
    read, fresh = TrustStore(pem=pem), TrustStore(pem=pem)
    assert read.entries
    assert read == fresh
    assert hash(read) == hash(fresh)
    assert read != pem
    certificate = fresh.entries[0]
    assert certificate == EncodedCertificate(der=certificate.der)
    assert certificate != certificate.der


def test_equal_appends_are_one_list() -> None:
    """What many connections of a peer would add is decoded once."""
    store, new = TrustStore(pem=b""), forge.authority("root").certificate
    assert store.with_added((new,)) is store.with_added((new,))
    assert store.with_added((new,)).with_added((new,)).entries == (new,)


def test_what_is_not_taken_out_stays() -> None:
    """Less one entry, a list keeps its order, its words and its damage."""
    one, two = (forge.authority(name).certificate for name in ("one", "two"))
    damage = b"-----BEGIN CERTIFICATE-----\nAAA\n"
    store = TrustStore(pem=b"Corp\n" + one.pem + damage + two.pem)
    assert store.damaged == 1
    less = store.without(frozenset({one.sha256}))
    assert less.entries == tuple(e for e in store.entries if e != one)
    assert (less.damaged, less.pem.startswith(b"Corp\n")) == (1, True)
    assert store.without(frozenset({"0" * 64})) is store

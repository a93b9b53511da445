"""Which certificates are missing from a trust list."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from remediate.model.certificate import EncodedCertificate, TrustStore
from remediate.model.verdict import Accepted
from remediate.tls import decide
from remediate.tls.chains import is_self_signed_leaf, issuer_matches, missing_issuers
from tests.unit.tls.pki import HOST, ask, issue, served, store

ROOT = issue("Corp Root")
MIDDLE = issue("Corp Issuing", ROOT)
LEAF = issue("cucm", MIDDLE, names=(HOST,))
STRANGER = issue("Stranger")
TWIN = issue("Corp Issuing", STRANGER)
SELF_SIGNED = issue(HOST, names=(HOST,))
NOTHING = TrustStore(pem=STRANGER.certificate.pem)
ALL = served(STRANGER, TWIN, ROOT, MIDDLE, SELF_SIGNED)


def test_complete_set() -> None:
    """Root and every intermediate, though the server sends the intermediate, root last."""
    assert missing_issuers(served(LEAF, MIDDLE), NOTHING, ALL) == served(MIDDLE, ROOT)
    assert missing_issuers(served(LEAF), NOTHING, ALL) == served(MIDDLE, ROOT)


def test_only_what_is_missing() -> None:
    """What the list holds is not added again."""
    assert missing_issuers(served(LEAF), store(ROOT), ALL) == served(MIDDLE)
    assert missing_issuers(served(LEAF), store(ROOT, MIDDLE), ALL) == ()


def test_only_candidates() -> None:
    """What was merely served is never added, but may stand between."""
    assert missing_issuers(served(LEAF, MIDDLE, ROOT), NOTHING, ()) == ()
    assert missing_issuers(served(LEAF, MIDDLE, ROOT), NOTHING, served(ROOT)) == served(ROOT)
    assert missing_issuers(served(LEAF), NOTHING, served(ROOT)) == ()
    assert missing_issuers(served(LEAF, MIDDLE), NOTHING, served(MIDDLE)) == ()


def test_self_signed_leaf() -> None:
    """A self-signed leaf is itself what is missing."""
    assert is_self_signed_leaf(served(SELF_SIGNED))
    assert not is_self_signed_leaf(served(LEAF))
    assert not is_self_signed_leaf(())
    assert missing_issuers(served(SELF_SIGNED), NOTHING, ALL) == served(SELF_SIGNED)
    assert missing_issuers(served(SELF_SIGNED), NOTHING, served(ROOT)) == ()


def test_addition_mends() -> None:
    """With what is missing added, the traffic server accepts."""
    mended = NOTHING.with_added(missing_issuers(served(LEAF), NOTHING, ALL))
    assert isinstance(decide(ask(served(LEAF), mended)), Accepted)


def test_issuer_matches() -> None:
    """Name, identifiers and signature all speak."""
    assert issuer_matches(LEAF.certificate, MIDDLE.certificate)
    assert not issuer_matches(LEAF.certificate, TWIN.certificate)
    assert not issuer_matches(LEAF.certificate, ROOT.certificate)


def test_signature_without_identifiers() -> None:
    """Where no identifier tells two of one name apart, the signature does."""
    right, wrong = (issue("Corp Issuing", ids=False) for _ in range(2))
    leaf = issue("cucm", right, names=(HOST,), ids=False)
    assert missing_issuers(served(leaf), NOTHING, served(wrong, right)) == served(right)


@given(st.integers(0, len(MIDDLE.certificate.der) - 1), st.binary(min_size=1, max_size=3))
def test_damage_at_random(at: int, piece: bytes) -> None:
    """A damaged certificate never breaks the search."""
    whole = MIDDLE.certificate.der
    middle = EncodedCertificate(der=whole[:at] + piece + whole[at + len(piece) :])
    for chain, candidates in (((middle,), served(ROOT)), (served(LEAF), (middle, ROOT.certificate))):
        assert set(missing_issuers(chain, NOTHING, candidates)) <= set(candidates)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_any_bytes(one: bytes, other: bytes) -> None:
    """Bytes that are no certificate issue nothing and are issued by nothing."""
    chain = (EncodedCertificate(der=one), EncodedCertificate(der=other))
    assert missing_issuers(chain, NOTHING, (*chain, ROOT.certificate)) == ()

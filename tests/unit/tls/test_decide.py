"""Verdicts: the order of reasons, what is shared, and that no bytes break it."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remediate.model.certificate import EncodedCertificate, TrustStore
from remediate.model.verdict import Accepted, ClientProfile, Question, Rejected, ServerOffer, Undetermined
from remediate.tls import decide
from remediate.tls.trust import SHORT_TIME, broken
from tests.support import faults, wrong
from tests.unit.tls.pki import AT, HOST, PROFILE, Holder, ask, issue, rsa_key, served, store

ROOT = issue("Corp Root")
MIDDLE = issue("Corp Issuing", ROOT)
LEAF = issue("cucm-sub-3", MIDDLE, names=(HOST,))
SELF_SIGNED = issue(HOST, names=(HOST,))
PAST = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2021, 1, 1, tzinfo=UTC))
EXPIRED = issue("cucm-sub-3", ROOT, names=("other.corp.example.com",), dates=PAST)
SOUND = faults.sound(1, wrong.dns(HOST), HOST)
PLACES = (0, 1, 2)


def asked(wishes: faults.Wishes) -> Question:
    """A chain of wishes whose last certificate is the trust file."""
    chain = tuple(wrong.made(wanted) for wanted in wishes)
    return ask(chain[:-1], TrustStore(pem=chain[-1].pem))


@pytest.mark.parametrize("at", PLACES)
def test_signature_of_newer_versions(at: int) -> None:
    """What OpenSSL 4 reads and the traffic server's does not is not called safe, wherever in the path it stands."""
    assert decide(asked(faults.set_to(digest="sha512")(SOUND, at))).verdict == "accept"
    verdict = decide(asked(faults.set_to(digest="sha3-256")(SOUND, at)))
    assert isinstance(verdict, Undetermined)
    assert "ecdsa_with_SHA3-256" in verdict.missing[0]


@pytest.mark.parametrize("last", ["4912310000Z", "491231000000"])
@pytest.mark.parametrize("at", PLACES)
def test_short_time(at: int, last: str) -> None:
    """A date that OpenSSL 4 does not read and 3.0 does is neither a broken trust file nor a broken handshake."""
    question = asked(faults.set_to(dates=(wrong.GOOD[0], last))(SOUND, at))
    verdict = decide(question)
    assert isinstance(verdict, Undetermined)
    assert SHORT_TIME in verdict.missing[0]
    assert broken(question.trust.pem) is None


def test_path() -> None:
    """An accepted path runs from the leaf to the anchor, whoever held its certificates."""
    sent = decide(ask(served(LEAF, MIDDLE), store(ROOT)))
    held = decide(ask(served(LEAF), store(ROOT, MIDDLE)))
    whole = tuple(h.certificate.sha256 for h in (LEAF, MIDDLE, ROOT))
    assert isinstance(sent, Accepted)
    assert isinstance(held, Accepted)
    assert sent.path == held.path == whole


def test_path_of_a_trusted_leaf() -> None:
    """A self-signed leaf in the trust file is its own anchor."""
    verdict = decide(ask(served(SELF_SIGNED), store(ROOT, SELF_SIGNED)))
    assert verdict == Accepted(path=(SELF_SIGNED.certificate.sha256,))


def test_all_reasons_in_order() -> None:
    """Unknown issuer, expired, other name: mend one and the next is met."""
    refused = decide(ask(served(EXPIRED), store(MIDDLE)))
    mended = decide(ask(served(EXPIRED), store(ROOT)))
    assert isinstance(refused, Rejected)
    assert isinstance(mended, Rejected)
    assert [(r.kind, r.number) for r in refused.reasons] == [("chain", 20), ("chain", 10), ("name", None)]
    assert mended.reasons == refused.reasons[1:]
    assert refused.reasons[0].certificate == EXPIRED.certificate.sha256


def test_name_behind_the_path() -> None:
    """A name that does not match is known before the path is mended."""
    verdict = decide(ask(served(SELF_SIGNED), store(ROOT), host="10.1.2.3"))
    assert isinstance(verdict, Rejected)
    assert [r.kind for r in verdict.reasons] == ["chain", "name"]
    assert (
        verdict.reasons[1].log
        == "WARNING: SNI (10.1.2.3) not in certificate. Action=Terminate server=10.1.2.3(127.0.0.1)"
    )


@pytest.mark.parametrize(("ids", "expected"), [(False, {"accept", "reject"}), (True, {"accept"})])
def test_f0a6_two_certificates_of_one_subject(ids: bool, expected: set[str]) -> None:
    """Without key identifiers the first in the file wins; with them both are found."""
    tomcat, call_manager = (issue(HOST, names=(HOST,), ids=ids) for _ in range(2))
    for first, second in itertools.permutations((tomcat, call_manager)):
        verdicts = {leaf: decide(ask(served(leaf), store(first, second))) for leaf in (first, second)}
        assert isinstance(verdicts[first], Accepted)
        assert {v.verdict for v in verdicts.values()} == expected


@pytest.mark.parametrize(("intermediates", "accepted"), [(7, True), (8, False)])
def test_depth(intermediates: int, accepted: bool) -> None:
    """Seven intermediates pass, eight are too many."""
    holders: list[Holder] = [ROOT]
    for number in range(intermediates):
        holders.append(issue(f"intermediate {number}", holders[-1]))
    leaf = issue("leaf", holders[-1], names=(HOST,))
    verdict = decide(ask(served(leaf, *reversed(holders[1:])), store(ROOT)))
    assert isinstance(verdict, Accepted) is accepted
    if isinstance(verdict, Rejected):
        assert verdict.reasons[0].number == 22


def test_b056_clock() -> None:
    """The client's clock decides, not ours, and one answer does not spoil the next."""
    asked = ask(served(LEAF, MIDDLE), store(ROOT))
    late = asked.model_copy(update={"at": datetime(2050, 6, 1, tzinfo=UTC)})
    early = asked.model_copy(update={"at": datetime(2019, 6, 1, tzinfo=UTC)})
    numbers = [v.reasons[0].number if isinstance(v, Rejected) else 0 for v in map(decide, (early, asked, late, asked))]
    assert numbers == [9, 0, 10, 0]


def test_disabled_asks_nothing() -> None:
    """Verification off: accepted, and said to be unverified."""
    profile = ClientProfile(cipher_suite=None, policy="disabled")
    assert decide(ask(served(SELF_SIGNED), store(ROOT), host="any", profile=profile)) == Accepted(verified=False)


def test_permissive_writes_and_goes_on() -> None:
    """PERMISSIVE accepts, and its lines say `Continue`."""
    profile = PROFILE.model_copy(update={"policy": "permissive"})
    verdict = decide(ask(served(SELF_SIGNED), store(ROOT), profile=profile))
    assert isinstance(verdict, Accepted)
    assert [("Action=Continue" in line) for line in verdict.logs] == [True]


def test_security_level() -> None:
    """A level in the cipher string counts, the last one where there are two."""
    leaf = issue("small", ROOT, names=(HOST,), key=rsa_key())
    levels = {"ALL:@SECLEVEL=2": True, "ALL:@SECLEVEL=3": False, "ALL:@SECLEVEL=4:@SECLEVEL=1": True}
    for ciphers, accepted in levels.items():
        verdict = decide(ask(served(leaf), store(ROOT), profile=PROFILE.model_copy(update={"cipher_suite": ciphers})))
        assert isinstance(verdict, Accepted) is accepted, ciphers


@pytest.mark.parametrize("ciphers", ["NONSENSE", "", "\0", "ALL\0", "ü", ":" * 5000])
def test_unusable_cipher_string(ciphers: str) -> None:
    """A cipher string that OpenSSL refuses decides nothing, and an empty one is as none."""
    verdict = decide(
        ask(served(LEAF, MIDDLE), store(ROOT), profile=PROFILE.model_copy(update={"cipher_suite": ciphers}))
    )
    assert isinstance(verdict, Accepted if ciphers == "" else Undetermined)


def test_nothing_served() -> None:
    """No chain, no verdict."""
    assert decide(ask((), store(ROOT))) == Undetermined(missing=("the origin's certificate chain",))


def test_client_certificate_wanted() -> None:
    """What the origin thinks of the client's own certificate is not ours to say; a bad path is."""
    offer = ServerOffer(requires_client_certificate=True)
    good = ask(served(LEAF, MIDDLE), store(ROOT)).model_copy(update={"offer": offer})
    bad = ask(served(LEAF), store(ROOT)).model_copy(update={"offer": offer})
    assert isinstance(decide(good), Undetermined)
    assert isinstance(decide(bad), Rejected)


def test_equal_questions_are_judged_once() -> None:
    """Two equal questions made apart have one verdict."""
    one, other = (ask(served(LEAF, MIDDLE), TrustStore(pem=b"" + ROOT.certificate.pem)) for _ in range(2))
    assert decide(one) is decide(other)


def damaged(der: bytes, at: int, value: int) -> EncodedCertificate:
    """The certificate with one byte changed."""
    at %= len(der)
    return EncodedCertificate(der=der[:at] + bytes((value,)) + der[at + 1 :])


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2000), st.integers(0, 255))
def test_one_byte_changed(at: int, value: int) -> None:
    """A damaged leaf gets a verdict, and is accepted only where the trust file holds that very leaf."""
    leaf = damaged(SELF_SIGNED.certificate.der, at, value)
    for trust in (store(SELF_SIGNED), TrustStore(pem=leaf.pem)):
        verdict = decide(ask((leaf,), trust))
        assert verdict.verdict in {"accept", "reject", "undetermined"}
        if isinstance(verdict, Accepted):
            assert leaf.sha256 in trust.sha256s


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.binary(max_size=200), max_size=3), st.binary(max_size=200), st.text(max_size=30), st.text(max_size=30)
)
def test_any_bytes(ders: list[bytes], pem: bytes, host: str, ip: str) -> None:
    """Any bytes for certificates and bundle, any text for names: a verdict, and never a good one."""
    chain = tuple(EncodedCertificate(der=d) for d in ders)
    for trust in (TrustStore(pem=pem), store(ROOT), TrustStore(pem=b"".join(c.pem for c in chain))):
        asked = ask(chain, trust, host=host).model_copy(update={"ip": ip})
        assert not isinstance(decide(asked), Accepted)


@pytest.mark.parametrize("at", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC), AT])
def test_any_clock(at: datetime) -> None:
    """A clock far out is answered with dates."""
    verdict = decide(ask(served(LEAF, MIDDLE), store(ROOT)).model_copy(update={"at": at}))
    assert isinstance(verdict, Accepted) is (at == AT)


def test_a_very_long_chain() -> None:
    """More than a client takes is refused, not waited for."""
    verdict = decide(ask(served(LEAF, *([MIDDLE] * 400)), store(ROOT)))
    assert isinstance(verdict, Rejected)
    assert verdict.reasons[0].kind == "tls"

"""Which of two certificates an origin serves, and offers that do not meet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from remediate.model.certificate import TrustStore
from remediate.model.verdict import ClientProfile, Rejected, ServerOffer
from remediate.tls import decide, selection
from tests.support.wrong import Wanted, common_name, dns, made
from tests.unit.tls.pki import HOST, PROFILE, ask, issue, rsa_key, served, store

RSA_FIRST = "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES256-GCM-SHA384:@SECLEVEL=1"
ECDSA_FIRST = "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:@SECLEVEL=1"
RSA_ONLY = "ECDHE-RSA-AES256-GCM-SHA384"
BOTH: tuple[selection.KeyKind, ...] = ("ecdsa", "rsa")


@pytest.mark.parametrize(
    ("client", "server", "preference", "kind"),
    [
        (RSA_FIRST, ECDSA_FIRST, "client", "rsa"),
        (ECDSA_FIRST, RSA_FIRST, "client", "ecdsa"),
        (ECDSA_FIRST, RSA_FIRST, "server", "rsa"),
        (RSA_FIRST, ECDSA_FIRST, "server", "ecdsa"),
        (RSA_ONLY, ECDSA_FIRST, "server", "rsa"),
    ],
)
def test_tls_1_2(client: str, server: str, preference: str, kind: str) -> None:
    """In TLS 1.2 the first suite decides, of whoever's preference counts."""
    offer = ServerOffer.model_validate({"tls": ("1.2",), "ciphers": server, "cipher_preference": preference})
    assert selection.chosen(selection.Wishes(client, tls13=True), offer, BOTH) == kind


def test_tls_1_3() -> None:
    """In TLS 1.3 the order of suites does not matter: signature algorithms do, ECDSA first."""
    wishes = selection.Wishes(RSA_FIRST, tls13=True)
    assert selection.chosen(wishes, ServerOffer(ciphers=RSA_FIRST, cipher_preference="server"), BOTH) == "ecdsa"


@pytest.mark.parametrize(
    ("wishes", "offer", "kinds"),
    [
        (selection.Wishes(RSA_FIRST, tls13=False), ServerOffer(tls=("1.3",)), ("rsa",)),
        (selection.Wishes(RSA_FIRST, tls13=True), ServerOffer(tls=("1.0", "1.1")), ("rsa",)),
        (selection.Wishes(RSA_ONLY, tls13=False), ServerOffer(), ("ecdsa",)),
        (selection.Wishes(RSA_ONLY, tls13=False), ServerOffer(ciphers="AES128-SHA:@SECLEVEL=0"), ("rsa",)),
    ],
)
def test_nothing_in_common(wishes: selection.Wishes, offer: ServerOffer, kinds: tuple[selection.KeyKind, ...]) -> None:
    """No version, or no suite, in common: no handshake."""
    with pytest.raises(selection.NoHandshake):
        selection.chosen(wishes, offer, kinds)


def test_offer_that_openssl_refuses() -> None:
    """A cipher string of the origin that means nothing here is not played through."""
    with pytest.raises(selection.UnclearOffer):
        selection.chosen(selection.Wishes(RSA_ONLY, tls13=False), ServerOffer(ciphers="NONSENSE"), BOTH)


def test_chain_by_the_kind_of_its_key() -> None:
    """The chain that goes with the chosen key is served, in whichever place it was captured."""
    root = issue("root")
    with_rsa, with_ecdsa = (
        served(issue("a", root, names=(HOST,), key=rsa_key())),
        served(issue("b", root, names=(HOST,))),
    )
    profile = PROFILE.model_copy(update={"cipher_suite": RSA_FIRST, "tls13": False})
    for first, second in ((with_rsa, with_ecdsa), (with_ecdsa, with_rsa)):
        asked = ask(first, store(root), profile=profile).model_copy(update={"second_chain": second})
        assert selection.served_chain(asked) == with_rsa


def test_ecdsa_key_that_may_not_sign() -> None:
    """In TLS 1.2 an ECDSA key needs digitalSignature, where keyUsage is there at all; policy does not matter."""
    wish = Wanted(common_name(HOST), common_name(HOST), ca=False, names=dns(HOST), purposes=("server",))
    for usage, tls13, policy, verdict in (
        (0x20, False, "enforced", "reject"),
        (0x20, False, "disabled", "reject"),
        (0x20, True, "enforced", "accept"),
        (0x80, False, "enforced", "accept"),
        (None, False, "enforced", "accept"),
    ):
        leaf = made(replace(wish, key_usage=usage))
        profile = ClientProfile.model_validate({"cipher_suite": None, "tls13": tls13, "policy": policy, "openssl": "3"})
        found = decide(ask((leaf,), TrustStore(pem=leaf.pem), profile=profile))
        assert found.verdict == verdict
        if isinstance(found, Rejected):
            assert [(r.kind, r.error) for r in found.reasons] == [("tls", "ecc cert not for signing")]


@pytest.mark.parametrize("policy", ["enforced", "disabled"])
def test_key_on_another_curve(policy: str) -> None:
    """A key on a curve that the client does not offer is not chosen; alone it ends the handshake, under any policy."""
    wish = Wanted(common_name(HOST), common_name(HOST), ca=False, names=dns(HOST), purposes=("server",))
    rsa = made(replace(wish, key="rsa-2048", signer="rsa-2048"))
    profile = ClientProfile.model_validate({"cipher_suite": None, "policy": policy, "openssl": "3"})
    for key, verdict in (("ec-0", "accept"), ("p384-1", "accept"), ("p521-1", "accept"), ("b256-1", "reject")):
        leaf = made(replace(wish, key=key, signer=key))
        asked = ask((leaf,), TrustStore(pem=leaf.pem), profile=profile)
        assert decide(asked).verdict == verdict
        both = asked.model_copy(update={"second_chain": (rsa,)})
        assert (selection.served_chain(both) == (rsa,)) == (verdict == "reject")

"""What every driver must do about identity and secrets, before anything else."""

from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from remediate.drivers import registry
from remediate.engine.collect import collect
from remediate.model.inventory import Cluster, Host
from remediate.model.observed import PeerReading
from remediate.model.outstanding import Outstanding
from remediate.model.reading import Known, Unknown
from tests.lab.contract.conftest import Lab
from tests.support.tiny_clock import Silence
from tests.support.tiny_inventory import Plain


def read(lab: Lab, cluster: Cluster, host: Host) -> PeerReading:
    """One reading."""
    with closing(lab.readers.peer(cluster, host)) as reader:
        return reader.read()


@pytest.mark.parametrize("pin", ["", "other"])
def test_an_unpinned_host_key_gets_no_password(lab: Lab, pin: str) -> None:
    """Unknown and changed keys alike: the fingerprint is shown and no login is attempted."""
    cluster, host = lab.node("exp-c-1")
    before = len(lab.recorded("ssh-login"))
    wrong = host.model_copy(update={"ssh_host_key": pin and lab.inventory.host("exp-c-2").ssh_host_key})
    peer = read(lab, cluster, wrong)
    assert len(lab.recorded("ssh-login")) == before
    assert isinstance(peer.zones, Unknown)
    assert "SHA256:" in peer.zones.why
    assert "inventory" in peer.zones.why


def test_an_unpinned_certificate_gets_no_request(lab: Lab) -> None:
    """A certificate that is not pinned ends the connection before any HTTP byte."""
    cluster, host = lab.node("exp-c-1")
    other = lab.inventory.host("exp-c-2")
    before = len(lab.recorded("https-", "exp-c-1"))
    for pins in (
        {"tls_certificates": other.tls_certificates, "tls_sha256": other.tls_sha256},
        {"tls_certificates": (), "tls_sha256": other.tls_sha256},
        {"tls_certificates": (), "tls_sha256": ()},
    ):
        peer = read(lab, cluster, host.model_copy(update=pins))
        assert isinstance(peer.trust, Unknown)
        assert "pinned" in peer.trust.why
    assert len(lab.recorded("https-", "exp-c-1")) == before


def test_a_fingerprint_alone_is_a_pin(lab: Lab) -> None:
    """The certificate that hashes to it is used as the trust anchor."""
    cluster, host = lab.node("exp-c-1")
    assert isinstance(read(lab, cluster, host.model_copy(update={"tls_certificates": ()})).trust, Known)


def test_a_wrong_password_is_tried_once(lab: Lab) -> None:
    """On a whole fleet, one device sees one attempt; the others say why they were not tried."""
    before = lab.recorded("ssh-login"), lab.recorded("https-")
    wrong = registry.readers(registry.gate(lambda _: Plain("wrong")), lab.clock)
    state = collect(
        lab.inventory,
        wrong,
        lab.clock,
        outstanding=Outstanding(),
        clusters=frozenset({"exp-c"}),
        progress=Silence(),
    )
    assert len(lab.recorded("ssh-login")) + len(lab.recorded("https-")) == sum(map(len, before)) + 1
    whys = [peer.zones.why for peer in state.peers if isinstance(peer.zones, Unknown)]
    assert sum("was refused over" in why for why in whys) == 1
    assert sum("not tried: the password was refused on" in why for why in whys) == len(whys) - 1


def test_environment_has_no_influence(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies, CA bundles, netrc and key logs of the shell change nothing."""
    with tempfile.TemporaryDirectory() as name:
        log = Path(name) / "keys"
        for variable in ("HTTPS_PROXY", "ALL_PROXY", "https_proxy"):
            monkeypatch.setenv(variable, "http://127.0.0.1:9")
        for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
            monkeypatch.setenv(variable, "/nowhere.pem")
        monkeypatch.setenv("SSLKEYLOGFILE", str(log))
        assert isinstance(read(lab, *lab.node("exp-c-2")).trust, Known)
        assert not log.exists()


def test_no_secret_in_a_reason(lab: Lab) -> None:
    """What is printed of a refusal does not hold the password."""
    cluster, host = lab.node("exp-c-1")
    secret = "very-secret-word"
    with closing(registry.readers(registry.gate(lambda _: Plain(secret)), lab.clock).peer(cluster, host)) as reader:
        assert secret not in reader.read().model_dump_json()


def test_no_credentials(lab: Lab) -> None:
    """A host without credentials is unknown, with the place where to give them."""
    cluster, host = lab.node("exp-c-1")
    peer = read(lab, cluster, host.model_copy(update={"credentials": None}))
    assert isinstance(peer.zones, Unknown)
    assert "credentials" in peer.zones.why

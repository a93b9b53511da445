"""What every driver of an Expressway peer must do when it reads."""

from __future__ import annotations

from contextlib import closing

import pytest

from remediate.lab.expressway.settings import STANDARD_CIPHERS
from remediate.model.fact import Setting, TimeSource, TrustList, Zones
from remediate.model.observed import UC_CLIENT_CIPHERS, VERIFY_ORIGIN_SERVER, PeerReading
from remediate.model.reading import Known, Unknown
from remediate.model.uc_server import UC_SERVER_KINDS
from tests.lab.contract.conftest import Lab

FORMS: tuple[dict[str, str], ...] = (
    {},
    {"prompt": "on"},
    {"echo": "off"},
    {"echo": "off", "prompt": "on"},
    {"reply_end": "blank"},
    {"reply_end": "** end"},
    {"banner_ok": "on"},
    {"batch": "first-line-only"},
    {"batch": "first-line-only", "banner_ok": "on", "echo": "off"},
)


def read(lab: Lab, name: str = "exp-c-1") -> PeerReading:
    """One reading on a session of its own."""
    with closing(lab.readers.peer(*lab.node(name))) as reader:
        return reader.read()


@pytest.mark.parametrize("form", FORMS, ids=str)
def test_every_form_of_the_shell_gives_one_reading(lab: Lab, form: dict[str, str]) -> None:
    """Prompt, echo, terminator, a banner that says OK and a device that takes one line at a time change nothing."""
    lab.switch("exp-c", **form)
    peer = read(lab)
    assert peer.settings == (
        (UC_CLIENT_CIPHERS, Known(value=STANDARD_CIPHERS)),
        (VERIFY_ORIGIN_SERVER, Known(value="On")),
    )
    assert isinstance(peer.product, Known)
    assert peer.product.value.version == "X14.2.5"
    assert isinstance(peer.view, Known)
    assert peer.view.value.peers == ("exp-c-1.example.test", "exp-c-2.example.test")
    assert (peer.view.value.primary, peer.view.value.database) == (1, "Active")
    assert peer.alarms == Known(value=("40049",))
    assert isinstance(peer.zones, Known)
    assert "CEtcp-cucm-pub.example.test" in peer.zones.value


def test_trust_list_byte_for_byte(lab: Lab) -> None:
    """The list is read in its order, and the device's own time with it."""
    peer = read(lab)
    state = lab.hand("state")["peers"]["exp-c-1"]  # type: ignore[index]
    assert isinstance(peer.trust, Known)
    assert list(peer.trust.value.sha256s) == state["listed"]
    assert peer.upload_by_api == Known(value=True)
    assert isinstance(peer.clock, Known)


def test_no_trusted_ca_page(lab: Lab) -> None:
    """A release without the page leaves the list unknown, names the way by hand, and says that no API uploads."""
    lab.switch("exp-c", certs_root="absent")
    peer = read(lab)
    assert isinstance(peer.trust, Unknown)
    assert "--trust exp-c-1=FILE" in peer.trust.why
    assert peer.upload_by_api == Known(value=False)


def test_a_failing_page(lab: Lab) -> None:
    """A page that fails is unknown with its status; the shell is still read."""
    lab.hand("fail", point="https-error", host="exp-c-1", every="yes")
    peer = read(lab)
    lab.hand("fail", point="https-error", clear="yes")
    assert isinstance(peer.trust, Unknown)
    assert "500" in peer.trust.why
    assert isinstance(peer.product, Known)


def test_release_without_the_setting(old_lab: Lab) -> None:
    """Before X14.2 the setting is known to be absent, which is not Off."""
    assert read(old_lab).setting(VERIFY_ORIGIN_SERVER) == Known(value=None)


def test_one_login_for_all_reads(lab: Lab) -> None:
    """Reading, names and single fields share one SSH session."""
    before = len(lab.recorded("ssh-login", "exp-c-1"))
    with closing(lab.readers.peer(*lab.node("exp-c-1"))) as reader:
        reader.read()
        names = reader.lookup(("cucm-pub.example.test", "nobody.example.test", 'a"; b'))
        reader.field(Setting(host="exp-c-1", path=VERIFY_ORIGIN_SERVER))
    assert len(lab.recorded("ssh-login", "exp-c-1")) == before + 1
    assert isinstance(names[0][1], Known)
    assert names[0][1].value == (lab.inventory.host("cucm-pub").address,)
    assert names[1][1] == Known(value=())
    assert isinstance(names[2][1], Unknown)


def test_fields_equal_the_whole_reading(lab: Lab) -> None:
    """A field read alone says what the whole reading says."""
    with closing(lab.readers.peer(*lab.node("exp-c-2"))) as reader:
        peer = reader.read()
        assert isinstance(peer.trust, Known)
        assert reader.field(TrustList(host="exp-c-2")) == Known(value=peer.trust.value.sha256s)
        assert reader.field(Setting(host="exp-c-2", path=VERIFY_ORIGIN_SERVER)) == Known(value="On")
        assert reader.field(Zones(host="exp-c-2")) == peer.zones


def test_unreachable_peer(lab: Lab) -> None:
    """A peer that is down is unknown everywhere, with one clear reason."""
    lab.hand("kill", host="exp-c-2")
    peer = read(lab, "exp-c-2")
    lab.hand("revive", host="exp-c-2")
    assert isinstance(peer.product, Unknown)
    assert isinstance(peer.trust, Unknown)
    assert "cannot connect" in peer.product.why
    assert all(isinstance(reading, Unknown) for _, reading in peer.settings)


def test_connection_lost_in_mid_reading(lab: Lab) -> None:
    """A session that breaks gives an unknown reading of the shell; REST is still read."""
    lab.hand("fail", point="read-lost", host="exp-c-1", nth="3")
    peer = read(lab)
    lab.hand("fail", point="read-lost", clear="yes")
    assert isinstance(peer.setting(VERIFY_ORIGIN_SERVER), Unknown)
    assert isinstance(peer.trust, Known)
    assert isinstance(peer.product, Known)


@pytest.mark.parametrize(
    ("ntp", "told"),
    [("Active", "Active"), ("Failed", "Failed: No response from NTP server"), ("absent", None)],
)
def test_time_source(lab: Lab, ntp: str, told: str | None) -> None:
    """How the peer's NTP stands is its own word; a release that does not tell makes it unknown."""
    lab.switch("exp-c", ntp=ntp)
    with closing(lab.readers.peer(*lab.node("exp-c-1"))) as reader:
        found = reader.field(TimeSource(host="exp-c-1"))
    assert (found.value if isinstance(found, Known) else None) == told


@pytest.mark.parametrize("mode", ["On", "Off"])
@pytest.mark.parametrize("form", ["array", "object"])
def test_uc_server_entries(lab: Lab, mode: str, form: str) -> None:
    """Each kind of UC server entry with its address, TLS verify mode and status, where RAML tells the page."""
    lab.switch("exp-c", tls_verify_mode=mode, uc_server_pages="all", uc_server_json=form)
    entries = dict(read(lab).uc_servers)
    assert list(entries) == ["cucm", "im-and-presence", "unity-connection"]
    for kind, name in zip(UC_SERVER_KINDS, ("cucm-pub", "imp-1", "cuc-1"), strict=True):
        page = entries[kind]
        assert isinstance(page, Known)
        (server,) = page.value
        assert (server.kind, server.address) == (kind, lab.inventory.host(name).fqdn)
        assert (server.tls_verify, server.status) == (mode, "Active")


@pytest.mark.parametrize(("pages", "read_kinds"), [("cucm", {"cucm"}), ("absent", set())])
def test_uc_server_pages_that_are_not_there(lab: Lab, pages: str, read_kinds: set[str]) -> None:
    """A page that a release lacks is unknown, and says which; the rest of the peer is read."""
    lab.switch("exp-c", uc_server_pages=pages)
    peer = read(lab)
    assert {kind for kind, page in peer.uc_servers if isinstance(page, Known)} == read_kinds
    whys = [page.why for _, page in peer.uc_servers if isinstance(page, Unknown)]
    assert all("RAML" in why or "HTTP 404" in why for why in whys)
    assert len(whys) == 3 - len(read_kinds)
    assert isinstance(peer.trust, Known)

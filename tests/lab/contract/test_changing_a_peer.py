"""What every driver must do when it changes a device: once, and honest about the outcome."""

from __future__ import annotations

from contextlib import closing
from typing import Literal

import pytest

from remediate.actions import Action, RefreshServers, SetVerifyOriginServer, UploadCertificates
from remediate.errors import DeviceError, ForbiddenStep, Refused
from remediate.model.certificate import EncodedCertificate, TrustStore
from remediate.model.fact import Field, FieldReading, Setting, TrustList
from remediate.model.observed import VERIFY_ORIGIN_SERVER
from remediate.model.reading import Known
from tests.lab.contract.conftest import Lab

SETTING = Setting(host="exp-c-1", path=VERIFY_ORIGIN_SERVER)


def switched(value: Literal["On", "Off"]) -> SetVerifyOriginServer:
    """The change of the setting."""
    return SetVerifyOriginServer(cluster="exp-c", host="exp-c-1", value=value, reaches=("exp-c-1",))


def perform(lab: Lab, action: Action) -> None:
    """One action on a session of its own."""
    with closing(lab.writers.writer(*lab.node("exp-c-1"))) as writer:
        writer.perform(action)


def field(lab: Lab, wanted: Field) -> FieldReading:
    """A field on a new session."""
    with closing(lab.readers.peer(*lab.node("exp-c-1"))) as reader:
        return reader.field(wanted)


def own_root(lab: Lab) -> EncodedCertificate:
    """A CA of the lab that no test has yet seen on a peer."""
    pem = (lab.directory / "inventory/trust/devices/cuc-1.pem").read_bytes()
    return TrustStore(pem=pem).entries[0]


def upload(lab: Lab) -> UploadCertificates:
    """An upload of one certificate."""
    return UploadCertificates(cluster="exp-c", host="exp-c-1", certificates=(own_root(lab),), names=("one",))


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"casing": "upper"},
        {"casing": "title"},
        {"echo": "off", "prompt": "on"},
        {"banner_ok": "on"},
        {"reply_end": "** end"},
    ],
    ids=str,
)
def test_setting_off_and_on(lab: Lab, form: dict[str, str]) -> None:
    """The value is in force on the device, whatever casing it takes and however it answers."""
    lab.switch("exp-c", **form)
    perform(lab, switched("Off"))
    assert field(lab, SETTING) == Known(value="Off")
    perform(lab, switched("On"))
    assert field(lab, SETTING) == Known(value="On")


def test_a_change_is_sent_once(lab: Lab) -> None:
    """One action is one set command in the device's own record."""
    before = len(lab.recorded("ssh-set", "exp-c-1"))
    perform(lab, switched("Off"))
    assert len(lab.recorded("ssh-set", "exp-c-1")) == before + 1


@pytest.mark.parametrize(("point", "value"), [("set-lost", "Off"), ("set-dropped", "On")])
def test_a_lost_reply_is_not_a_no(lab: Lab, point: str, value: str) -> None:
    """The outcome is reported as not known, never as refused, and nothing is sent again."""
    before = len(lab.recorded("ssh-set", "exp-c-1"))
    lab.hand("fail", point=point, host="exp-c-1")
    with pytest.raises(DeviceError) as lost:
        perform(lab, switched("Off"))
    assert not isinstance(lost.value, Refused)
    assert field(lab, SETTING) == Known(value=value)
    assert len(lab.recorded("ssh-set", "exp-c-1")) == before + 1


def test_a_refusal_carries_the_device_words(lab: Lab) -> None:
    """A change that the device refuses twice is refused, with its words."""
    lab.hand("fail", point="set-refused", host="exp-c-1", every="yes")
    with pytest.raises(Refused, match="Command failed"):
        perform(lab, switched("Off"))
    lab.hand("fail", point="set-refused", clear="yes")


def test_upload_appends(lab: Lab) -> None:
    """The entries that were there stay in place; the new one is listed."""
    before = field(lab, TrustList(host="exp-c-1"))
    perform(lab, upload(lab))
    after = field(lab, TrustList(host="exp-c-1"))
    assert isinstance(before, Known)
    assert isinstance(before.value, tuple)
    assert after == Known(value=(*before.value, own_root(lab).sha256))


def test_upload_refused(lab: Lab) -> None:
    """A refused upload is refused, with the device's words."""
    lab.hand("fail", point="upload-refused", host="exp-c-1")
    with pytest.raises(Refused, match="could not be stored"):
        perform(lab, upload(lab))


@pytest.mark.parametrize("point", ["upload-lost", "upload-dropped"])
def test_upload_with_a_lost_reply(lab: Lab, point: str) -> None:
    """The outcome is not known, and the form is not posted again."""
    before = len(lab.recorded("https-POST", "exp-c-1"))
    lab.hand("fail", point=point, host="exp-c-1")
    with pytest.raises(DeviceError) as lost:
        perform(lab, upload(lab))
    assert not isinstance(lost.value, Refused)
    assert len(lab.recorded("https-POST", "exp-c-1")) <= before + 1


def test_refresh_is_by_hand(lab: Lab) -> None:
    """No API refreshes servers."""
    with pytest.raises(ForbiddenStep, match="by hand"):
        perform(lab, RefreshServers(cluster="exp-c", host="exp-c-1", names=("a",)))


def entries(lab: Lab) -> tuple[str, ...]:
    """SHA-256 of the trusted CA list."""
    reading = field(lab, TrustList(host="exp-c-1"))
    assert isinstance(reading, Known)
    assert isinstance(reading.value, tuple)
    return reading.value


@pytest.mark.parametrize(("switch", "value"), [("csrf", "all"), ("csrf", "none"), ("duplicates", "kept")])
def test_upload_in_every_form(lab: Lab, switch: str, value: str) -> None:
    """Whatever header an upload needs, and whether a second copy is kept: what was listed is listed after it."""
    lab.switch("exp-c", **{switch: value})
    before = entries(lab)
    perform(lab, upload(lab))
    perform(lab, upload(lab))
    after = entries(lab)
    assert after[: len(before)] == before
    assert own_root(lab).sha256 in after


def test_exec_channel_that_answers(lab: Lab) -> None:
    """A command without a shell may get the banner only: the tool types on a shell."""
    lab.switch("exp-c", exec_channel="banner")
    assert isinstance(field(lab, SETTING), Known)

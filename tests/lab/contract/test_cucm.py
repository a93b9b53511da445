"""What every driver of a CUCM publisher must do."""

from __future__ import annotations

from contextlib import closing

import pytest

from remediate.actions import RenameSystemServer
from remediate.drivers import registry
from remediate.errors import DeviceError, Refused, UnexpectedReply
from remediate.model.fact import FieldReading, ServerName
from remediate.model.inventory import Credentials, Host
from remediate.model.observed import ProcessNode, UcReading
from remediate.model.reading import Known, Unknown
from tests.lab.contract.conftest import Lab
from tests.support.tiny_inventory import Plain


def read(lab: Lab, host: Host | None = None) -> UcReading:
    """One reading of the publisher."""
    cluster, own = lab.node("cucm-pub")
    with closing(lab.readers.uc(cluster, host or own)) as reader:
        return reader.read()


def row(lab: Lab, name: str) -> ProcessNode:
    """A row by its name."""
    nodes = read(lab).process_nodes
    assert isinstance(nodes, Known)
    return next(node for node in nodes.value if node.name == name)


def renaming(uuid: str) -> RenameSystemServer:
    """A change of the subscriber's name."""
    return RenameSystemServer(
        cluster="cucm",
        host="cucm-pub",
        node="cucm-sub",
        uuid=uuid,
        old="cucm-sub.example.test",
        new="sub.example.test",
        serves=("exp-c",),
    )


def name_of(lab: Lab, uuid: str) -> FieldReading:
    """The name of a row, on a new session."""
    with closing(lab.readers.uc(*lab.node("cucm-pub"))) as reader:
        return reader.field(ServerName(host="cucm-pub", cluster="cucm", uuid=uuid))


def test_rows_of_system_server(lab: Lab) -> None:
    """Every node with its role, and no EnterpriseWideData."""
    reading = read(lab)
    assert isinstance(reading.version, Known)
    assert reading.version.value.startswith("14.0.1")
    assert isinstance(reading.process_nodes, Known)
    found = {(node.name, node.role, node.publisher) for node in reading.process_nodes.value}
    assert found == {
        ("cucm-pub.example.test", "cucm", True),
        ("cucm-sub.example.test", "cucm", False),
        ("imp-1.example.test", "im-and-presence", True),
    }


def test_rename_is_read_back(lab: Lab) -> None:
    """The name changes under its UUID, in either spelling of the UUID."""
    uuid = row(lab, "cucm-sub.example.test").uuid
    with closing(lab.writers.writer(*lab.node("cucm-pub"))) as writer:
        writer.perform(renaming(uuid))
    assert name_of(lab, uuid) == Known(value="sub.example.test")
    assert name_of(lab, uuid.strip("{}").lower()) == Known(value="sub.example.test")


def test_no_such_row(lab: Lab) -> None:
    """A rename of a row that is gone is refused with the AXL code; its field is known to be absent."""
    gone = "{00000000-0000-0000-0000-000000000000}"
    with closing(lab.writers.writer(*lab.node("cucm-pub"))) as writer, pytest.raises(Refused, match="5003"):
        writer.perform(renaming(gone))
    assert name_of(lab, gone) == Known(value=None)


def test_throttled_write(lab: Lab) -> None:
    """A write that AXL throttles is not sent again; whether it was done is to be read, and it was not."""
    uuid = row(lab, "cucm-sub.example.test").uuid
    lab.hand("fail", point="axl-throttle", host="cucm-pub")
    with closing(lab.writers.writer(*lab.node("cucm-pub"))) as writer, pytest.raises(UnexpectedReply, match="503"):
        writer.perform(renaming(uuid))
    assert name_of(lab, uuid) == Known(value="cucm-sub.example.test")


def test_throttled_for_a_while(lab: Lab) -> None:
    """AXL takes the next write once it is no longer busy; the tool sends each once."""
    uuid = row(lab, "cucm-sub.example.test").uuid
    lab.switch("cucm", write_throttle="1")
    with closing(lab.writers.writer(*lab.node("cucm-pub"))) as writer:
        with pytest.raises(DeviceError, match="busy or starting"):
            writer.perform(renaming(uuid))
        writer.perform(renaming(uuid))
    assert name_of(lab, uuid) == Known(value="sub.example.test")


def test_axl_that_is_restarting(lab: Lab) -> None:
    """A read waits for it; what stands before it may answer 502, 503 or 504 meanwhile."""
    lab.switch("cucm", axl_restart_window="2")
    assert row(lab, "cucm-sub.example.test").uuid


def test_axl_that_is_restarting_for_long(lab: Lab) -> None:
    """Not read then, and what to do; each try meets another of the three statuses."""
    lab.switch("cucm", axl_restart_window="50")
    reading = read(lab)
    lab.switch("cucm", axl_restart_window="0")
    assert isinstance(reading.process_nodes, Unknown)
    assert "wait and try again" in reading.process_nodes.why


def test_lost_reply(lab: Lab) -> None:
    """The outcome is not known; reading shows it."""
    uuid = row(lab, "cucm-sub.example.test").uuid
    lab.hand("fail", point="axl-lost-reply", host="cucm-pub")
    with closing(lab.writers.writer(*lab.node("cucm-pub"))) as writer, pytest.raises(DeviceError) as lost:
        writer.perform(renaming(uuid))
    assert not isinstance(lost.value, Refused)
    assert name_of(lab, uuid) == Known(value="sub.example.test")


def as_user(host: Host, suffix: str) -> Host:
    """The host with another account of the lab."""
    assert host.credentials is not None
    other = Credentials(username=host.credentials.username + suffix, password=host.credentials.password)
    return host.model_copy(update={"credentials": other})


def test_account_without_role(lab: Lab) -> None:
    """403 names the role that is missing, and shows what UDS says without a password."""
    reading = read(lab, as_user(lab.inventory.host("cucm-pub"), "-norole"))
    assert isinstance(reading.process_nodes, Unknown)
    assert "Standard AXL API Access" in reading.process_nodes.why
    assert "cucm-sub.example.test" in reading.process_nodes.why


def test_read_only_account(lab: Lab) -> None:
    """A write by an account that may only read is refused, and says so (AXL Authentication)."""
    cluster, host = lab.node("cucm-pub")
    uuid = row(lab, "cucm-sub.example.test").uuid
    reader = as_user(host, "-readonly")
    with closing(lab.writers.writer(cluster, reader)) as writer, pytest.raises(Refused, match="only read"):
        writer.perform(renaming(uuid))


def test_wrong_password(lab: Lab) -> None:
    """A refused password is said once and not tried again on the same secret."""
    cluster, host = lab.node("cucm-pub")
    wrong = registry.readers(registry.gate(lambda _: Plain("wrong")), lab.clock)
    for expected in ("refused", "not tried"):
        with closing(wrong.uc(cluster, host)) as reader:
            nodes = reader.read().process_nodes
        assert isinstance(nodes, Unknown)
        assert expected in nodes.why


def test_publisher_down(lab: Lab) -> None:
    """A publisher that does not answer is unknown."""
    lab.hand("kill", host="cucm-pub")
    reading = read(lab)
    lab.hand("revive", host="cucm-pub")
    assert isinstance(reading.version, Unknown)

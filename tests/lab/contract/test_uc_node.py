"""What every driver of a UC node must do: UDS, Control Center, RISPort, and the OS command line over SSH."""

from __future__ import annotations

import threading
import time
from contextlib import closing

import pytest

from remediate.actions import RestartService
from remediate.drivers import registry
from remediate.drivers.cucm.node import UcNodeReader
from remediate.drivers.oscli import OsCli
from remediate.errors import DeviceError, Refused, UnexpectedReply
from remediate.lab.control import send
from remediate.model.fact import FieldReading, ListedNames, Registrations, ServiceStart
from remediate.model.inventory import Host
from remediate.model.reading import Known, Unknown
from remediate.model.uc_node import Member, Membership, NodeReading, OwnName
from tests.lab.contract.conftest import Lab
from tests.support.tiny_inventory import Plain, resolve

PROMPT_S = 20


def read(lab: Lab, name: str = "cucm-pub", host: Host | None = None) -> NodeReading:
    """One reading, OS command line included."""
    cluster, own = lab.node(name)
    with closing(lab.readers.node(cluster, host or own)) as reader:
        return reader.read(console=True)


def field(lab: Lab, service: str) -> FieldReading:
    """When a service of the subscriber last started."""
    with closing(lab.readers.node(*lab.node("cucm-sub"))) as reader:
        return reader.field(ServiceStart(host="cucm-sub", service=service))


def registered(lab: Lab) -> FieldReading:
    """Phones of the cluster."""
    with closing(lab.readers.uc(*lab.node("cucm-pub"))) as reader:
        return reader.field(Registrations(host="cucm-pub"))


def test_what_a_node_says(lab: Lab) -> None:
    """Its own name, DNS both ways, replication, and that its network is valid."""
    reading = read(lab)
    address = lab.inventory.host("cucm-pub").address
    assert isinstance(reading.network, Known)
    assert reading.network.value.fqdn == "cucm-pub.example.test"
    assert reading.network.value.dns_servers
    name = "cucm-pub.example.test"
    assert reading.own_name == Known(value=OwnName(name=name, local=(address,), external=(address,), reverse=(name,)))
    assert reading.replication == Known(
        value=(("cucm-pub", "(2) Setup Completed"), ("cucm-sub", "(2) Setup Completed"))
    )
    assert reading.network_valid == Known(value=True)
    assert reading.listed == Known(value=("cucm-pub.example.test", "cucm-sub.example.test"))


@pytest.mark.parametrize("form", ["both", "keyboard-interactive", "password"])
def test_ways_in(lab: Lab, form: str) -> None:
    """Password or keyboard-interactive, whichever the release takes, and one login a session."""
    lab.switch("cucm", ssh_auth=form)
    before = len(lab.recorded("os-login", "cucm-pub"))
    assert isinstance(read(lab).network, Known)
    assert len(lab.recorded("os-login", "cucm-pub")) == before + 1


def test_slow_first_prompt(lab: Lab) -> None:
    """The first prompt may take its time."""
    lab.switch("cucm", first_prompt_s="1.5")
    assert isinstance(read(lab).network, Known)


def test_closed_while_the_prompt_is_awaited(lab: Lab) -> None:
    """Another thread closes the session: the prompt that does not come is given up at once."""
    lab.switch("cucm", first_prompt_s=str(PROMPT_S))
    cluster, host = lab.node("cucm-pub")
    platform = host.model_copy(update={"credentials": host.platform_credentials})
    before = len(lab.recorded("os-login", "cucm-pub"))
    console = OsCli(platform, registry.gate(resolve), cluster.durations)

    def close() -> None:
        while len(lab.recorded("os-login", "cucm-pub")) == before:
            threading.Event().wait(0.02)
        console.close()

    other = threading.Thread(target=close)
    other.start()
    began = time.monotonic()
    with pytest.raises(DeviceError, match="cucm-pub"):
        console.ask("show status")
    assert time.monotonic() - began < PROMPT_S / 2
    other.join()


@pytest.mark.parametrize(("name", "role"), [("imp-1", "imp"), ("cuc-1", "cuc")])
def test_other_platforms(lab: Lab, name: str, role: str) -> None:
    """IM and Presence and Unity Connection have the same command line, and no UDS."""
    reading = read(lab, name)
    assert isinstance(reading.network, Known), role
    assert reading.network.value.host_name == name
    assert isinstance(reading.listed, Unknown)


def test_wrong_platform_password(lab: Lab) -> None:
    """Said once, tried once, and not on the next node."""
    wrong = registry.readers(registry.gate(lambda _: Plain("wrong")), lab.clock)
    whys = []
    before = len(lab.recorded("os-login"))
    for name in ("cucm-pub", "cucm-sub"):
        with closing(wrong.node(*lab.node(name))) as reader:
            network = reader.read(console=True).network
        assert isinstance(network, Unknown)
        whys.append(network.why)
    assert "refused over SSH" in whys[0]
    assert "not tried" in whys[1]
    assert {line["result"] for line in lab.recorded("os-login")[before:]} == {"refused"}
    assert {line["host"] for line in lab.recorded("os-login")[before:]} == {"cucm-pub"}


@pytest.mark.parametrize("pinned", ["", "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABB"])
def test_host_key_that_is_not_pinned(lab: Lab, pinned: str) -> None:
    """No key, or another one: no password is sent."""
    before = len(lab.recorded("os-login"))
    host = lab.inventory.host("cucm-pub").model_copy(update={"ssh_host_key": pinned})
    network = read(lab, host=host).network
    assert isinstance(network, Unknown)
    assert "no password was sent" in network.why
    assert len(lab.recorded("os-login")) == before


def test_host_key_of_another_node(lab: Lab) -> None:
    """A key that is somebody else's is a changed key."""
    other = lab.inventory.host("cucm-sub").ssh_host_key
    network = read(lab, host=lab.inventory.host("cucm-pub").model_copy(update={"ssh_host_key": other})).network
    assert isinstance(network, Unknown)
    assert "the SSH host key has changed" in network.why


def test_certificates_by_command_line(lab: Lab) -> None:
    """`show cert list own` and `show cert own`: the PEM block counts, and equals what Certificate Management says."""
    cluster, host = lab.node("cucm-pub")
    reader = UcNodeReader(cluster, host, registry.gate(resolve), lab.clock.now)
    with closing(reader):
        found = reader.identities()
    assert lab.certificates("cucm-pub").identities == Known(value=found)


def test_long_output_and_unknown_command(lab: Lab) -> None:
    """The pager is off; a command that the release lacks says so."""
    cluster, host = lab.node("cucm-pub")
    platform = host.model_copy(update={"credentials": host.platform_credentials})
    with closing(OsCli(platform, registry.gate(resolve), cluster.durations)) as console:
        assert "BEGIN CERTIFICATE" in console.ask("show cert own tomcat")
        with pytest.raises(UnexpectedReply, match="does not know"):
            console.ask("show no such thing")
        assert "cucm-pub" in console.ask("show status")


def test_restart_is_seen_and_counted(lab: Lab) -> None:
    """A service starts anew; the phones of that node leave and come back, and only they are counted."""
    lab.switch("cucm", phones_return_s="5")
    before, count = field(lab, "Cisco CallManager"), registered(lab)
    restart = RestartService(
        cluster="cucm", host="cucm-sub", service="Cisco CallManager", publisher="cucm-pub", phones=25
    )
    with closing(lab.writers.writer(*lab.node("cucm-sub"))) as writer:
        writer.perform(restart)
    assert registered(lab) == Known(value="40")
    lab.hand("clock", seconds="10")
    assert registered(lab) == count == Known(value="65")
    after = field(lab, "Cisco CallManager")
    assert isinstance(after, Known)
    assert after.value not in {None, getattr(before, "value", None)}
    nodes = send(lab.directory, "state")["nodes"]
    assert (nodes["cucm-sub"]["registrations"], nodes["cucm-pub"]["registrations"]) == (25, 0)


def test_service_that_is_not_there(lab: Lab) -> None:
    """A name that the node does not know reads as not running, and its restart is refused."""
    assert field(lab, "Cisco TFTP") == Known(value=None)
    restart = RestartService(cluster="cucm", host="cucm-sub", service="Cisco TFTP", publisher="cucm-pub")
    with closing(lab.writers.writer(*lab.node("cucm-sub"))) as writer, pytest.raises(Refused, match="not activated"):
        writer.perform(restart)


def test_names_on_every_node(lab: Lab) -> None:
    """A subscriber that replication has not reached still lists the old name."""
    lab.switch("cucm", replication_lag_s="60")
    lab.hand("edit", node="cucm-sub", name="10.9.9.9")
    listed = {}
    for name in ("cucm-pub", "cucm-sub"):
        with closing(lab.readers.node(*lab.node(name))) as reader:
            listed[name] = reader.field(ListedNames(host=name))
    assert listed["cucm-pub"] == Known(value=("cucm-pub.example.test", "10.9.9.9"))
    assert listed["cucm-sub"] == Known(value=("cucm-pub.example.test", "cucm-sub.example.test"))


def test_service_on_its_way(lab: Lab) -> None:
    """A service that is starting has not started: its restart is waited for."""
    lab.switch("cucm", service_restart_s="5")
    lab.hand("restart-service", node="cucm-sub", service="Cisco Tftp")
    assert field(lab, "Cisco Tftp") == Known(value=None)
    lab.hand("clock", seconds="6")
    started = field(lab, "Cisco Tftp")
    assert isinstance(started, Known)
    assert started.value


def told(lab: Lab, name: str) -> Known[Membership] | Unknown:
    """What a cluster says of itself."""
    with closing(lab.readers.node(*lab.node(name))) as reader:
        return reader.read(console=False, members=True).membership


@pytest.mark.parametrize(
    "switches",
    [
        {"unity_blanks": "off"},
        {"unity_blanks": "on"},
        {"unity_form": "json", "unity_blanks": "on"},
        {"unity_form": "json", "single_record_json": "object"},
    ],
)
def test_unity_connection_tells_its_cluster(lab: Lab, switches: dict[str, str]) -> None:
    """Release and nodes by CUPI, names without the blanks of its documented examples, as XML or JSON, in which one
    node may stand in no array."""
    lab.switch("cuc", **switches)
    reading = told(lab, "cuc-1")
    assert isinstance(reading, Known)
    assert reading.value.version.startswith("14.0")
    address = lab.inventory.host("cuc-1").address
    assert reading.value.members == (Member(name="cuc-1.example.test", address=address, state="primary"),)


@pytest.mark.parametrize("form", ["list", "elements"])
def test_im_and_presence_tells_its_cluster(lab: Lab, form: str) -> None:
    """Release and nodes by its own AXL, whichever way it writes several names."""
    lab.switch("imp", imp_names=form)
    reading = told(lab, "imp-1")
    assert isinstance(reading, Known)
    assert reading.value.version.startswith("14.0")
    assert reading.value.members == (Member(name="imp-1.example.test"),)


@pytest.mark.parametrize("name", ["cuc-1", "imp-1"])
def test_account_without_the_role(lab: Lab, name: str) -> None:
    """An account that may not read is told which role it needs; nothing else of the node is lost."""
    cluster, host = lab.node(name)
    assert host.credentials is not None
    other = host.credentials.model_copy(update={"username": f"{host.credentials.username}-norole"})
    changed = host.model_copy(update={"credentials": other})
    with closing(lab.readers.node(cluster, changed)) as reader:
        reading = reader.read(console=True, members=True)
    assert isinstance(reading.membership, Unknown)
    assert "role" in reading.membership.why or "Standard AXL API Access" in reading.membership.why
    assert isinstance(reading.network, Known)

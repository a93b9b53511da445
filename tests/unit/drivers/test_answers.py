"""What status pages and replies mean, in the shapes that releases are known or likely to print."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from lxml import etree

from remediate.drivers.expressway import answers
from remediate.drivers.expressway.wire import Reply
from remediate.model.observed import ClusterView, Product
from remediate.model.reading import Known, Unknown

NOW = datetime(2018, 12, 18, 21, 32, 46, tzinfo=UTC)
STATUS_XML = b"""<Status xmlns="http://www.tandberg.no/XML/CUIL/1.0" product="TANDBERG VCS" version="X8.11.3">
  <SystemUnit item="1"><Product item="1">TANDBERG VCS</Product><Uptime item="1">2492</Uptime>
    <SystemTime item="1">2018-12-18 21:32:46</SystemTime>
    <Software item="1"><Version item="1">X8.11.3</Version><Build item="1">oak_v8.11.3_rc_3</Build></Software>
    <Hardware item="1"><Version item="1">VMware</Version><SerialNumber item="1">017DB2D0</SerialNumber></Hardware>
  </SystemUnit>
  <Alternates item="1"/>
</Status>"""


def reply(*lines: str) -> Reply:
    """An OK with these lines."""
    return Reply("OK", lines)


def leaves(*lines: str) -> answers.Leaves:
    """The values of such a reply."""
    return answers.leaves_of(reply(*lines))


def test_status_xml() -> None:
    """Version, serial number, time and start, in the shape of X8.11.3 (py-expressway)."""
    found = answers.leaves_of_xml(etree.fromstring(STATUS_XML))
    assert answers.clock_of(found) == NOW
    product = answers.product_of(found, NOW)
    started = datetime(2018, 12, 18, 20, 51, 14, tzinfo=UTC)
    assert product == Known(value=Product(version="X8.11.3", serial="017DB2D0", started_at=started))


@pytest.mark.parametrize(
    ("missing", "named"),
    [("Version", "version"), ("SerialNumber", "serial number"), ("Uptime", "uptime")],
)
def test_b134_incomplete_unit(missing: str, named: str) -> None:
    """A unit that keeps something to itself is unknown, and the reason names it."""
    lines = (
        'Uptime: "2492"',
        "Software: /",
        '  Version: "X14.2.5"',
        "Hardware: /",
        '  SerialNumber: "A"',
    )
    product = answers.product_of(leaves(*(line for line in lines if missing not in line)), NOW)
    assert isinstance(product, Unknown)
    assert named in product.why


@pytest.mark.parametrize(
    ("version", "known"),
    [("X15.0.2", True), ("x14.2", True), ("X14.2.5 (build)", True), ("15.0", True), ("oak", False), ("X15", False)],
)
def test_b134_version_in_another_writing(version: str, known: bool) -> None:
    """A release that cannot be told from it leaves the peer unknown: nothing is planned for such a peer."""
    unit = ('Uptime: "1"', "Software: /", f'  Version: "{version}"', "Hardware: /", '  SerialNumber: "A"')
    product = answers.product_of(leaves(*unit), NOW)
    assert isinstance(product, Known) is known
    assert known or "unknown version" in str(product)


@pytest.mark.parametrize("uptime", ['"2492"', "2492", '"2492 seconds"'])
def test_uptime_in_every_writing(uptime: str) -> None:
    """Seconds, quoted or not."""
    found = leaves(f"Uptime: {uptime}", "Software: /", ' Version: "X1.0"', "Hardware: /", ' SerialNumber: "A"')
    assert isinstance(answers.product_of(found, NOW), Known)


NO_PEERS = reply()
CONFIGURED = reply(
    '*c xConfiguration Alternates ConfigurationPrimary: "2"',
    '*c xConfiguration Alternates Peer 1 Address: "10.0.0.1"',
    '*c xConfiguration Alternates Peer 2 Address: "10.0.0.2"',
    '*c xConfiguration Alternates Peer 3 Address: ""',
)


def test_b135_view_from_status() -> None:
    """Peers and primary as the status lists them, under the old name of the primary too."""
    alternates = leaves("Peer 1: /", '  Address: "a"', "Peer 2: /", '  Address: "b"')
    for word in ("ConfigurationPrimary", "ConfigurationMaster"):
        cluster = leaves(f'{word}: "2"', "Database: /", '  Status: "Active"')
        view = answers.view_of(alternates, cluster, NO_PEERS)
        assert view == ClusterView(peers=("a", "b"), primary=2, database="Active")


def test_b135_view_from_configuration() -> None:
    """Where the status says nothing, the configured addresses stand in; empty places are no peers."""
    assert answers.view_of([], [], CONFIGURED) == ClusterView(peers=("10.0.0.1", "10.0.0.2"), primary=2, database=None)


def test_view_of_a_peer_that_stands_alone() -> None:
    """Nothing listed and nothing configured is a cluster of none, without a primary."""
    assert answers.view_of([], [], NO_PEERS) == ClusterView(peers=())


def test_zones_and_alarms() -> None:
    """Names of zones, and ids of alarms that are still raised."""
    zones = leaves("Zone 2: /", '  Name: "b"', '  Status: "Active"', "Zone 1: /", '  Name: "CEtcp-a"')
    assert answers.zones_of(zones) == ("CEtcp-a", "b")
    alarms = leaves(
        "Alarm 1: /",
        '  ID: "40049"',
        '  State: "Raised"',
        "Alarm 2: /",
        '  ID: "25001"',
        '  State: "Lowered"',
    )
    assert answers.alarms_of(alarms) == ("40049",)


EDGES = {
    "a count": (("*s CollaborationEdge: /", '  Status: "Active"', '  Sessions: "17"'), ("sessions 17", "mra Active")),
    "a count below": (
        ("*s CollaborationEdge: /", "  Sessions: /", '    Current: "17"', "    Max: 2500"),
        ("sessions 17",),
    ),
    "another name": (("*s CollaborationEdge: /", '  ActiveSessions: "17"', "  State: up"), ("sessions 17",)),
    "two counts": (("*s CollaborationEdge: /", "  ActiveSessions: 3", "  TotalSessions: 900"), ()),
    "no number": (("*s CollaborationEdge: /", "  Sessions: many", "  Status: Initialising"), ()),
    "two statuses": (("*s CollaborationEdge: /", "  XMPP: /", "    Status: Active", "  Status: Failed"), ()),
    "nothing": ((), ()),
}


@pytest.mark.parametrize("form", EDGES)
def test_in_service(form: str) -> None:
    """MRA sessions and status in whatever form: told where it is beyond doubt, else left out."""
    lines, told = EDGES[form]
    zones = reply(
        "*s Zones: /",
        "  Zone 1: /",
        "    Name: A",
        "    Status: Active",
        "  Zone 2: /",
        "    Name: B",
        "    Status: Failed",
    )
    assert answers.in_service(reply(), reply(*lines), zones) == (*told, "zone A")


def test_calls() -> None:
    """Counted by kind; a device that refuses the question counts none."""
    usage = (
        "*s ResourceUsage: /",
        "  Calls: /",
        "    Traversal: /",
        '      Current: "2"',
        '      Max: "9"',
        "    NonTraversal: /",
        '      Current: "3"',
        "  Registrations: /",
        "    Current: 8",
    )
    assert answers.in_service(reply(*usage), reply(), reply()) == ("calls 5",)
    assert answers.in_service(Reply("ERROR", usage), reply(), reply()) == ()


@pytest.mark.parametrize("text", ["", "no colon here", "::::", '"": ""', "  : /", "\t\tA:\t/"])
def test_lines_of_no_known_shape(text: str) -> None:
    """They are passed over."""
    found = leaves(text, 'Uptime: "1"')
    assert answers.value_at(found, "uptime") == "1"

"""Each thing that must hold before a name under System > Server is changed blocks the change, with its reason."""

from __future__ import annotations

from typing import Any

import pytest

from remediate.model.inventory import Cluster, Host, Role, SystemServerConsent
from remediate.model.reading import Known, Unknown
from remediate.model.uc_node import Network, NodeReading, OwnName
from remediate.planning.plan import Plan
from remediate.planning.planner import plan_for
from tests.support import forge
from tests.support.scenes import ADDRESS, AT, LASTING, PLAIN, PUB, SUB, Scene, fqdn

ROOT = forge.authority("Corp Root")
GONE = Unknown(why="no answer")
OWN = OwnName(name=fqdn(PUB), local=(ADDRESS[PUB],), external=(ADDRESS[PUB],), reverse=(fqdn(PUB),))
NO_DNS = Network(host_name=PUB, domain="example.test", dns_servers=())
OTHER = Network(host_name="cucm-old", domain="example.test", dns_servers=("10.0.0.53",))
BROKEN = ((PUB, "(2) Setup Completed"), (SUB, "(4) Setup Failed"))
WORDS = frozenset({"endpoints-learn-name", "phones-resolve-names"})


def planned(words: frozenset[str] = WORDS, **changes: Any) -> Plan:
    """The plan for a publisher whose entry is its address, when things are otherwise than they should be."""
    consent = SystemServerConsent(accept=words, refresh_by="A. Person", allow_list_rules="in-place")
    scene = Scene(names={PUB: ADDRESS[PUB]}, plays=(LASTING,), consent=consent).with_(**changes)
    return plan_for(scene.desired, scene.observed, AT, "test")


def told(plan: Plan) -> str:
    """Why nothing is changed, and what unblocks it."""
    assert plan.steps == ()
    return "\n".join(f"{b.why}\n{b.unblock}\n{' '.join(b.evidence)}" for b in plan.blocked)


def test_all_is_well() -> None:
    """With every check passed the name is changed."""
    assert [step.action.kind for step in planned().steps] == ["rename-system-server", "refresh-servers"]


@pytest.mark.parametrize(
    ("host", "says", "words"),
    [
        (PUB, {"network": Known(value=OTHER)}, "calls itself cucm-old.example.test"),
        (SUB, {"network": Known(value=NO_DNS)}, "a mix of nodes with and without DNS"),
        (PUB, {"own_name": Known(value=OWN.model_copy(update={"external": ()}))}, "by DNS nothing"),
        (PUB, {"own_name": Known(value=OWN.model_copy(update={"local": ("10.9.9.9",)}))}, "locally 10.9.9.9"),
        (PUB, {"own_name": Known(value=OWN.model_copy(update={"reverse": ()}))}, "no reverse record"),
        (SUB, {"replication": Known(value=BROKEN)}, "cucm-sub (4) Setup Failed"),
        (SUB, {"network_valid": Known(value=False)}, "validate_network failed on cucm-sub"),
    ],
)
def test_node_is_not_fit(host: str, says: dict[str, object], words: str) -> None:
    """What a node's own command line shows blocks, and no word lifts it."""
    assert words in told(planned(node_says={host: says}))
    everything = WORDS | {"checked-by-hand", "url-parameters-reviewed", "sip-peers-reviewed", "sso-metadata"}
    assert words in told(planned(everything, node_says={host: says}))


def test_no_dns_anywhere() -> None:
    """A name without DNS leads nowhere."""
    says = {node: {"network": Known(value=NO_DNS.model_copy(update={"host_name": node}))} for node in (PUB, SUB)}
    assert "no DNS server on cucm-pub, cucm-sub" in told(planned(node_says=says))


@pytest.mark.parametrize("reading", ["network", "own_name", "replication", "network_valid"])
def test_node_that_nobody_read(reading: str) -> None:
    """Unknown is not well: it blocks (4) until somebody has looked by hand and says so."""
    plan = planned(node_says={PUB: {reading: GONE}})
    assert "not known on cucm-pub" in told(plan)
    assert "checked-by-hand" in told(plan)
    assert any(b.unknown for b in plan.blocked)
    assert planned(WORDS | {"checked-by-hand"}, node_says={PUB: {reading: GONE}}).steps


def test_port_that_nobody_saw() -> None:
    """The new name must be in every certificate, also in that of a port that did not answer."""
    scene = Scene(names={PUB: ADDRESS[PUB]}, plays=(LASTING,))
    origins = tuple(
        origin.model_copy(update={"probes": GONE}) if (origin.host, origin.port) == (PUB, 6972) else origin
        for origin in scene.observed.origins
    )
    plan = plan_for(scene.desired, scene.observed.model_copy(update={"origins": origins}), AT, "test")
    assert "not known which certificate cucm-pub:6972 serves, and cucm-pub.example.test must be in it" in told(plan)
    assert any(b.unknown for b in plan.blocked)


def test_name_that_another_entry_has() -> None:
    """Names are unique under System > Server."""
    assert f"another entry under System > Server is {fqdn(PUB)} already" in told(
        planned(names={PUB: ADDRESS[PUB], SUB: fqdn(PUB)})
    )


@pytest.mark.parametrize("addresses", [GONE, Known(value=()), Known(value=("10.9.9.9",))])
def test_peer_that_does_not_resolve_the_new_name(addresses: Known[tuple[str, ...]] | Unknown) -> None:
    """Every peer must find the node by its FQDN: another address, none, and no answer are all the same."""
    scene = Scene(names={PUB: ADDRESS[PUB]}, plays=(LASTING,))
    names = tuple(
        one.model_copy(update={"addresses": addresses}) if (one.peer, one.name) == ("exp-c-2", fqdn(PUB)) else one
        for one in scene.observed.names
    )
    plan = plan_for(scene.desired, scene.observed.model_copy(update={"names": names}), AT, "test")
    assert f"{fqdn(PUB)} does not resolve to {ADDRESS[PUB]} on exp-c-2" in told(plan)


def test_two_expressway_clusters_at_once() -> None:
    """Both have to be refreshed in the same minute, which no single run waits for."""
    scene = Scene(names={PUB: ADDRESS[PUB]}, plays=(LASTING,))
    first, cucm = scene.inventory.clusters
    second = first.model_copy(update={"name": "exp-c-east", "hosts": (), "primary": ""})
    inventory = scene.inventory.model_copy(update={"clusters": (first, second, cucm)})
    plan = plan_for(scene.desired.model_copy(update={"inventory": inventory}), scene.observed, AT, "test")
    assert "cucm serves exp-c, exp-c-east: each of them must be refreshed in the same minute" in told(plan)


@pytest.mark.parametrize(("server", "held"), [("10.0.0.53", False), ("10.9.9.53", True)])
def test_presence_asks_the_same_dns_server(server: str, held: bool) -> None:
    """IM and Presence beside CUCM must ask the DNS server that CUCM asks (Upgrade-12.5)."""
    scene = Scene(names={PUB: ADDRESS[PUB]}, plays=(LASTING,))
    exp, cucm = scene.inventory.clusters
    host = Host(name="imp-1", address="10.0.0.21", fqdn=fqdn("imp-1"), role=Role.IM_AND_PRESENCE, cluster="imp")
    imp = Cluster(name="imp", role="im-and-presence", hosts=(host,), primary="imp-1")
    beside = exp.model_copy(update={"serves": ("cucm", "imp")})
    inventory = scene.inventory.model_copy(update={"clusters": (beside, cucm, imp)})
    network = Network(host_name="imp-1", domain="example.test", dns_servers=(server,))
    reading = NodeReading(cluster="imp", host="imp-1", network=Known(value=network))
    observed = scene.observed.model_copy(update={"nodes": (*scene.observed.nodes, reading)})
    plan = plan_for(scene.desired.model_copy(update={"inventory": inventory}), observed, AT, "test")
    assert (plan.steps == ()) is held
    assert any("imp-1 must ask the same DNS server as cucm: 10.0.0.53" in b.why for b in plan.blocked) is held


LOSSES = tuple(
    (part, field)
    for part, fields in (
        ("peers", ("product", "trust", "view", "zones", "alarms", "clock", "client_chain", "upload_by_api")),
        ("uc", ("version", "process_nodes", "facts", "registered")),
        ("nodes", ("listed", "services", "network", "own_name", "replication", "network_valid")),
        ("origins", ("probes",)),
        ("names", ("addresses",)),
    )
    for field in fields
)
FAULTS: tuple[dict[str, object], ...] = (
    {"network": Known(value=NO_DNS)},
    {"own_name": Known(value=OWN)},
    {"replication": Known(value=BROKEN)},
    {"network_valid": Known(value=False)},
)
LACKING = forge.leaf("elsewhere.example.test", ROOT, ("elsewhere.example.test",)).certificate


@pytest.mark.parametrize(("part", "field"), LOSSES)
def test_lost_reading_adds_no_step(part: str, field: str) -> None:
    """Whatever of peers, publisher or UC servers is not known, no step is planned that was not planned knowing it."""
    well = Scene(root=ROOT, names={PUB: ADDRESS[PUB], SUB: ADDRESS[SUB]}, plays=(LASTING,))
    scenes = [well.with_(node_says={host: fault}) for host in (PUB, SUB) for fault in FAULTS]
    scenes += [well.with_(served={(host, port): (LACKING,)}) for host in (PUB, SUB) for port in (8443, 6972)]
    for scene in (well, *scenes):
        whole = scene.observed
        known = {step.id for step in plan_for(scene.desired, whole, AT, "test").steps}
        for index, reading in enumerate(getattr(whole, part)):
            lost = list(getattr(whole, part))
            lost[index] = reading.model_copy(update={field: GONE})
            plan = plan_for(scene.desired, whole.model_copy(update={part: tuple(lost)}), AT, "test")
            assert {step.id for step in plan.steps} <= known, (part, index, scene.node_says, scene.served.keys())


@pytest.mark.parametrize(
    ("facts", "word", "words"),
    [
        ({"parameters": (("URLServices", "http://10.0.0.11:8080/x"),)}, "url-parameters-reviewed", "URLServices"),
        ({"sso": True}, "sso-metadata", "new SP metadata"),
        ({"sip_peers": ("cube.example.test",)}, "sip-peers-reviewed", "cube.example.test"),
    ],
)
def test_cluster_holds_it_back(facts: dict[str, object], word: str, words: str) -> None:
    """Parameters, SSO and SIP peers each block until somebody has seen to them."""
    given = Known(value=PLAIN.model_copy(update=facts))
    assert words in told(planned(facts=given))
    assert f"accept: [endpoints-learn-name, phones-resolve-names, {word}]" in told(planned(facts=given))
    assert planned(WORDS | {word}, facts=given).steps


def test_parameter_with_the_old_short_name() -> None:
    """A URL on the short name that goes is as wrong as one on an address."""
    given = Known(value=PLAIN.model_copy(update={"parameters": (("URLDirectories", "http://cucm-pub:8080/x"),)}))
    assert "URLDirectories" in told(planned(facts=given, names={PUB: PUB}))


def test_cluster_that_thin_axl_does_not_tell() -> None:
    """Without thin AXL its facts are looked at by hand."""
    plan = planned(facts=GONE)
    assert "are not known: no answer" in told(plan)
    assert planned(WORDS | {"checked-by-hand"}, facts=GONE).steps


def test_phones_without_a_word() -> None:
    """Nothing reads DHCP: a word says that phones get a DNS server."""
    plan = planned(frozenset({"endpoints-learn-name"}))
    assert "DNS server by DHCP" in told(plan)
    assert "accept: [endpoints-learn-name, phones-resolve-names]" in told(plan)


def test_several_at_once() -> None:
    """All that is wrong is said at once."""
    plan = planned(frozenset(), facts=GONE, node_says={SUB: {"network_valid": Known(value=False)}})
    for words in ("validate_network failed", "endpoints-learn-name", "checked-by-hand", "phones-resolve-names"):
        assert words in told(plan)


def test_both_names_and_one_set_of_restarts() -> None:
    """Subscribers before the publisher, and only the last name leaves the restarts behind."""
    plan = planned(names={PUB: ADDRESS[PUB], SUB: ADDRESS[SUB]})
    assert [s.id for s in plan.steps][:2] == ["rename-system-server:cucm-sub", "rename-system-server:cucm-pub"]
    assert [(o.what, o.host) for o in plan.owed] == [
        ("Cisco Tftp", SUB),
        ("Cisco Tftp", PUB),
        ("Cisco CallManager", SUB),
        ("Cisco CallManager", PUB),
    ]


def test_restarts_by_the_tool() -> None:
    """With `service_restarts: by-tool` they are steps: Cisco Tftp everywhere, then Cisco CallManager, one by one."""
    plan = planned(plays=(LASTING.model_copy(update={"service_restarts": "by-tool"}),))
    assert [s.id for s in plan.steps][2:] == [
        "restart-service:cucm-sub:cisco-tftp",
        "restart-service:cucm-pub:cisco-tftp",
        "restart-service:cucm-sub:cisco-callmanager",
        "restart-service:cucm-pub:cisco-callmanager",
    ]
    assert plan.owed == ()
    assert all(step.by == "tool" for step in plan.steps[2:])

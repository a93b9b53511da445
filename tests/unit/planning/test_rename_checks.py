"""Each thing that must hold before a name under System > Server is changed blocks the change, with its reason."""

from __future__ import annotations

from typing import Any

import pytest

from remediate.model.inventory import SystemServerConsent
from remediate.model.reading import Known, Unknown
from remediate.model.uc_node import Network, OwnName
from remediate.planning.plan import Plan
from remediate.planning.planner import plan_for
from tests.support.scenes import ADDRESS, AT, LASTING, PLAIN, PUB, SUB, Scene, fqdn

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

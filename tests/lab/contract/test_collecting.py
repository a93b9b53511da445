"""What a collection of the whole fleet must give."""

from __future__ import annotations

from remediate.engine.collect import collect
from remediate.lab.expressway.settings import STANDARD_CIPHERS
from remediate.model.base import digest
from remediate.model.observed import ObservedState
from remediate.model.outstanding import Outstanding
from remediate.model.reading import Known, Unknown
from tests.lab.contract.conftest import Lab
from tests.support.tiny_clock import Silence


def collected(lab: Lab) -> ObservedState:
    """The lab's Expressway-C cluster and what it serves."""
    return collect(
        lab.inventory,
        lab.readers,
        lab.clock,
        outstanding=Outstanding(),
        clusters=frozenset({"exp-c"}),
        progress=Silence(),
    )


def test_whole_fleet(lab: Lab) -> None:
    """Every peer, publisher, name and port is there, and all of it is known."""
    state = collected(lab)
    assert state.inventory_digest == digest(lab.inventory)
    assert [peer.host for peer in state.peers] == ["exp-c-1", "exp-c-2"]
    assert [uc.cluster for uc in state.uc] == ["cucm"]
    places = [(origin.host, origin.port) for origin in state.origins]
    assert places == [
        ("cuc-1", 8443),
        ("cucm-pub", 6972),
        ("cucm-pub", 8443),
        ("cucm-sub", 6972),
        ("cucm-sub", 8443),
        ("imp-1", 8443),
    ]
    assert len(state.names) == 2 * 4
    assert all(isinstance(name.addresses, Known) and name.addresses.value for name in state.names)


def test_every_probe_of_an_origin(lab: Lab) -> None:
    """RSA, ECDSA and the peers' own cipher string, each with its chain."""
    origin = next(o for o in collected(lab).origins if (o.host, o.port) == ("cucm-pub", 8443))
    assert isinstance(origin.probes, Known)
    assert [(p.kind, p.ciphers) for p in origin.probes.value] == [
        ("rsa", ""),
        ("ecdsa", ""),
        ("as-client", STANDARD_CIPHERS),
    ]
    assert [len(p.chain) for p in origin.probes.value] == [2, 1, 1]


def test_node_known_from_system_server_only(lab: Lab) -> None:
    """A node that the inventory lacks is probed at the address that a peer resolves."""
    clusters = tuple(
        c.model_copy(update={"hosts": c.hosts[:1]}) if c.name == "cucm" else c for c in lab.inventory.clusters
    )
    lab.inventory = lab.inventory.model_copy(update={"clusters": clusters})
    found = [o for o in collected(lab).origins if o.host == "cucm-sub.example.test"]
    assert [(o.cluster, o.port) for o in found] == [("cucm", 6972), ("cucm", 8443)]
    assert all(isinstance(o.probes, Known) for o in found)


def test_what_is_down_is_unknown_and_not_missing(lab: Lab) -> None:
    """A dead origin and a dead peer stay in the capture, as unknown."""
    lab.hand("kill", host="cucm-sub")
    lab.hand("kill", host="exp-c-2")
    state = collected(lab)
    lab.hand("revive", host="cucm-sub")
    lab.hand("revive", host="exp-c-2")
    dead = [o for o in state.origins if o.host == "cucm-sub"]
    assert len(dead) == 2
    assert all(isinstance(o.probes, Unknown) for o in dead)
    assert isinstance(state.peers[1].trust, Unknown)
    assert isinstance(state.peers[0].trust, Known)
    lost = [name for name in state.names if name.peer == "exp-c-2"]
    assert len(lost) == 4
    assert all(isinstance(name.addresses, Unknown) for name in lost)

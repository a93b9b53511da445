"""What a collection reads, in which order, and what it does with what fails."""

from __future__ import annotations

import threading

import pytest

from remediate.engine.fleet import on_each
from remediate.engine.targets import scope_of, targets
from remediate.errors import BugError, RemediateError, Unreachable
from remediate.model.inventory import Cluster, Credentials, Host, Inventory, Role, SecretRef
from remediate.model.observed import NameReading, ProcessNode, UcReading
from remediate.model.reading import Known, Unknown


def host(name: str, role: Role, cluster: str, address: str) -> Host:
    """A host."""
    return Host(name=name, address=address, fqdn=f"{name}.example.test", role=role, cluster=cluster)


EDGE = Cluster(
    name="exp-c",
    role="expressway-c",
    serves=("cucm", "cuc"),
    hosts=(host("c1", Role.EXPRESSWAY_C, "exp-c", "10.0.0.1"), host("c2", Role.EXPRESSWAY_C, "exp-c", "10.0.0.2")),
)
OTHER = Cluster(name="other", role="expressway-c", hosts=(host("o1", Role.EXPRESSWAY_C, "other", "10.0.0.3"),))
CUCM = Cluster(
    name="cucm",
    role="cucm",
    primary="pub",
    hosts=(host("sub", Role.CUCM_SUBSCRIBER, "cucm", "10.0.1.2"), host("pub", Role.CUCM_PUBLISHER, "cucm", "10.0.1.1")),
)
CUC = Cluster(name="cuc", role="unity-connection", hosts=(host("u1", Role.UNITY_CONNECTION, "cuc", "10.0.2.1"),))
UNSERVED = Cluster(name="imp", role="im-and-presence", hosts=(host("i1", Role.IM_AND_PRESENCE, "imp", "10.0.3.1"),))
INVENTORY = Inventory(clusters=(EDGE, OTHER, CUCM, CUC, UNSERVED))


def rows(*names: str) -> tuple[UcReading, ...]:
    """Rows of System > Server."""
    nodes = tuple(ProcessNode(uuid=f"{{{index}}}", name=name) for index, name in enumerate(names))
    return (UcReading(cluster="cucm", version=Known(value="14"), process_nodes=Known(value=nodes)),)


def places(*names: str, resolved: dict[str, str] | None = None) -> list[tuple[str, str, int]]:
    """Name, address and port of the targets of the CUCM cluster."""
    known = tuple(NameReading(peer="c1", name=n, addresses=Known(value=(a,))) for n, a in (resolved or {}).items())
    found = targets(scope_of(INVENTORY, frozenset({"exp-c"})), rows(*names), known)
    return [one.place[1:] for one in found if one.place[0] == "cucm"]


def test_scope() -> None:
    """The clusters named, and what they serve; publishers by their name."""
    scope = scope_of(INVENTORY, frozenset({"exp-c"}))
    assert [node.name for _, node in scope.peers] == ["c1", "c2"]
    assert [cluster.name for cluster in scope.served] == ["cucm", "cuc"]
    assert [node.name for _, node in scope.publishers] == ["pub"]
    assert len(scope_of(INVENTORY, None).peers) == 3


def account(name: str) -> Credentials:
    """An account of its own."""
    return Credentials(username="api", password=SecretRef(source="env", name=name))


@pytest.mark.parametrize(("others", "asked"), [("CUCM", ["u1"]), ("CUC", [])])
def test_who_tells_of_its_cluster(others: str, asked: list[str]) -> None:
    """Unity Connection is asked with an account of its own, never with one that CUCM has too."""
    held = {"cucm": account(others), "cuc": account("CUC")}
    clusters = (
        c.model_copy(update={"hosts": tuple(h.model_copy(update={"credentials": held.get(c.name)}) for h in c.hosts)})
        for c in INVENTORY.clusters
    )
    scope = scope_of(Inventory(clusters=tuple(clusters)), None)
    assert [host.name for _, host in scope.tellers] == asked


def test_names_to_resolve() -> None:
    """Own names of UC hosts and rows of System > Server; addresses are not looked up."""
    scope = scope_of(INVENTORY, None)
    found = scope.names_for(EDGE, rows("10.9.9.9", "extra.example.test"))
    assert found == ("extra.example.test", "pub.example.test", "sub.example.test", "u1.example.test")
    assert scope.names_for(OTHER, rows("extra.example.test")) == ()


OWN = [("sub", "10.0.1.2", 8443), ("sub", "10.0.1.2", 6972), ("pub", "10.0.1.1", 8443), ("pub", "10.0.1.1", 6972)]


@pytest.mark.parametrize("name", ["pub", "PUB.example.test", "10.0.1.1", "alias.example.test"])
def test_rows_that_stand_for_inventory_hosts(name: str) -> None:
    """By name, FQDN, address, or by what it resolves to: no second target."""
    assert places(name, resolved={"alias.example.test": "10.0.1.1"}) == OWN


@pytest.mark.parametrize(
    ("name", "resolved", "address"),
    [
        ("extra.example.test", {"extra.example.test": "10.0.1.9"}, "10.0.1.9"),
        ("10.0.1.8", {}, "10.0.1.8"),
        ("lost.example.test", {}, ""),
    ],
)
def test_rows_of_nodes_that_the_inventory_lacks(name: str, resolved: dict[str, str], address: str) -> None:
    """They are targets at the address that a peer resolves; without one they stay, without address."""
    assert places(name, resolved=resolved) == [*OWN, (name, address, 8443), (name, address, 6972)]


def test_unknown_rows() -> None:
    """A publisher that was not read adds nothing and takes nothing away."""
    reading = UcReading(cluster="cucm", version=Unknown(why="x"), process_nodes=Unknown(why="x"))
    assert len(targets(scope_of(INVENTORY, frozenset({"exp-c"})), (reading,), ())) == 5


def test_order_and_errors_of_work_on_many() -> None:
    """Results keep the order; our errors are values; anything else is a bug that is named."""

    def work(number: int) -> int:
        if number == 1:
            raise Unreachable("h1", "gone")
        if number == 2:
            raise ZeroDivisionError("by zero")
        return number

    found = on_each(work, range(4), forks=3)
    assert (found[0], found[3]) == (0, 3)
    assert isinstance(found[1], Unreachable)
    assert isinstance(found[2], BugError)
    assert "ZeroDivisionError: by zero" in str(found[2])


def test_forks() -> None:
    """No more than so many at a time."""
    inside, most, guard = 0, 0, threading.Lock()

    def work(_: int) -> None:
        nonlocal inside, most
        with guard:
            inside += 1
            most = max(most, inside)
        threading.Event().wait(0.01)
        with guard:
            inside -= 1

    results: tuple[RemediateError | None, ...] = on_each(work, range(12), forks=3)
    assert len(results) == 12
    assert most <= 3
    assert on_each(work, [], forks=3) == ()

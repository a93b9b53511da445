"""What a capture shows to be done."""

from __future__ import annotations

from datetime import timedelta

import pytest

from remediate.journal.settle import settled
from remediate.model.observed import ObservedState, Product
from remediate.model.outstanding import Obligation, Outstanding
from remediate.model.reading import Known, Unknown
from remediate.model.uc_node import Service
from tests.support.scenes import AT, Scene


def owing(kind: str, **fields: object) -> Outstanding:
    """One obligation since `AT`."""
    owed = Obligation.model_validate(
        {"id": "o1", "kind": kind, "cluster": "exp-c", "host": "exp-c-1", "since": AT, "run": "r1"} | fields
    )
    return Outstanding(obligations=(owed,))


def peers(**update: object) -> ObservedState:
    """A scene whose peers all read differently."""
    observed = Scene().observed
    return observed.model_copy(update={"peers": tuple(p.model_copy(update=update) for p in observed.peers)})


def started(minutes: int) -> ObservedState:
    """All peers started so long after `AT`."""
    product = Product(version="X14.2.5", serial="s", started_at=AT + timedelta(minutes=minutes))
    return peers(product=Known(value=product))


@pytest.mark.parametrize(("minutes", "paid"), [(-1, ()), (0, ()), (1, ("o1",))])
def test_restart(minutes: int, paid: tuple[str, ...]) -> None:
    """A restart counts only when the peer started after it was owed."""
    assert tuple(id_ for id_, _ in settled(owing("restart"), started(minutes))) == paid


def test_unread_peer() -> None:
    """An Unknown settles nothing."""
    gone = Unknown(why="connection refused")
    assert settled(owing("restart"), peers(product=gone)) == ()
    assert settled(owing("refresh-servers", names=("cucm",)), peers(zones=gone)) == ()


def test_refresh() -> None:
    """A refresh counts when every peer of the cluster shows the zones, whatever their case."""
    shown = peers(zones=Known(value=("cetcp-CUCM.example.test",)))
    owed = owing("refresh-servers", host="", names=("cucm.example.test",))
    assert "exp-c-1, exp-c-2 show" in settled(owed, shown)[0][1]
    first = shown.peers[0].model_copy(update={"zones": Known(value=())})
    half = shown.model_copy(update={"peers": (first, *shown.peers[1:])})
    assert settled(owed, half) == ()


@pytest.mark.parametrize(("minutes", "paid"), [(-1, 0), (1, 1)])
def test_service_restart(minutes: int, paid: int) -> None:
    """The restart of a UC service counts when Control Center says that it started after it was owed."""
    observed = Scene().observed
    began = AT + timedelta(minutes=minutes)
    service = Service(name="Cisco Tftp", status="Started", since="Mon", started_at=began)
    nodes = tuple(n.model_copy(update={"services": Known(value=(service,))}) for n in observed.nodes)
    owed = owing("restart-service", cluster="cucm", host="cucm-pub", what="Cisco Tftp")
    assert len(settled(owed, observed.model_copy(update={"nodes": nodes}))) == paid
    other = owing("restart-service", cluster="cucm", host="cucm-pub", what="Cisco CallManager")
    assert settled(other, observed.model_copy(update={"nodes": nodes})) == ()


def test_service_that_nobody_read() -> None:
    """An Unknown settles nothing: then the restart is attested."""
    observed = Scene().observed
    gone = Unknown(why="HTTP 403")
    nodes = tuple(n.model_copy(update={"services": gone}) for n in observed.nodes)
    owed = owing("restart-service", cluster="cucm", host="cucm-pub", what="Cisco Tftp")
    assert settled(owed, observed.model_copy(update={"nodes": nodes})) == ()
    assert settled(owed, observed.model_copy(update={"nodes": ()})) == ()

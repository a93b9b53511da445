"""What servers presented to the peers themselves, as readings of the servers."""

from __future__ import annotations

from datetime import timedelta

from remediate.checks import connections_for
from remediate.engine.targets import Target
from remediate.evidence.presented import Presented
from remediate.files.vantage import Vantage
from remediate.model.certificate import Chain
from remediate.model.reading import Known, Unknown
from tests.support import forge
from tests.support.scenes import ADDRESS, AT, CIPHERS, PUB, Scene, fqdn

SCENE = Scene()
TARGET = Target(SCENE.inventory.host(PUB), ("cucm", PUB, ADDRESS[PUB], 6972))
OLD, NEW = (forge.leaf(fqdn(PUB), SCENE.root, (fqdn(PUB), f"v{n}.test")).certificate for n in (1, 2))


def presented(chain: Chain, client: str = "exp-c-1", later: int = 0, tls: str = "1.2") -> Presented:
    """One handshake of a peer with the publisher's port 6972."""
    at = AT + timedelta(minutes=later)
    return Presented(
        client=ADDRESS.get(client, client),
        address=ADDRESS[PUB],
        port=6972,
        asked="",
        tls=tls,
        chain=chain,
        times=1,
        first=at,
        last=at,
    )


def seen(*found: Presented) -> Vantage:
    """Bundles of the scene's peers that hold these handshakes."""
    return Vantage(SCENE.inventory, SCENE.observed.peers, found)


def test_latest_first() -> None:
    """What was served last counts, with the cipher string of the peer that asked, and the time it was seen."""
    reading = seen(presented((OLD,)), presented((NEW,), "exp-c-2", later=5)).origin(TARGET, AT)
    assert isinstance(reading.probes, Known)
    assert [(p.kind, p.ciphers, p.chain[0].sha256) for p in reading.probes.value] == [
        ("as-client", CIPHERS, NEW.sha256),
        ("as-client", CIPHERS, OLD.sha256),
    ]
    assert (reading.seen_from, reading.read_at) == ("exp-c-2, exp-c-1", AT + timedelta(minutes=5))


def test_strangers_count_for_nothing() -> None:
    """A handshake of somebody else with the same port is no peer's vantage."""
    reading = seen(presented((NEW,), "10.99.99.99")).origin(TARGET, AT)
    assert isinstance(reading.probes, Unknown)
    assert "no handshake with it" in reading.probes.why
    assert "collect-logs" in reading.probes.why


def test_hidden_by_tls_1_3() -> None:
    """TLS 1.3 hides the certificates: unknown, and it is said why and what shows them."""
    reading = seen(presented((), tls="1.3")).origin(TARGET, AT)
    assert isinstance(reading.probes, Unknown)
    assert "TLS 1.3" in reading.probes.why


def test_upgrade_is_not_judged_by_half() -> None:
    """Packets show the certificate that is served now; what an upgrade might bring to light stays undetermined."""
    observed = SCENE.observed
    kept = tuple(o for o in observed.origins if (o.host, o.port) != (PUB, 6972))
    half = observed.model_copy(update={"origins": (*kept, seen(presented((NEW,))).origin(TARGET, AT))})
    now, upgraded = (
        next(c for c in connections_for(SCENE.desired, half, when) if (c.link.origin, c.link.port) == (PUB, 6972))
        for when in ("now", "upgraded")
    )
    assert (now.state, upgraded.state) == ("good", "undetermined")
    assert "other certificate" in upgraded.missing[0]

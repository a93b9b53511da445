"""Which certificates a port can serve, now and after an upgrade, and which of them would pass."""

from __future__ import annotations

from typing import NamedTuple

from remediate.checks.connections import unknowns
from remediate.checks.links import all_chains, needed_link
from remediate.checks.questions import client_of, question
from remediate.checks.scene import Scene
from remediate.model.certificate import Chain
from remediate.model.finding import Connection
from remediate.model.observed import UC_CLIENT_CIPHERS
from remediate.model.reading import Known
from remediate.model.verdict import Accepted, ServerOffer, TlsVersion, Verdict
from remediate.tls import decide
from remediate.tls.describe import describe
from remediate.tls.selection import KeyKind, NoHandshake, UnclearOffer, Wishes, chosen, key_kind

RSA_FIRST = "ECDHE-RSA-AES256-GCM-SHA384:"
ECDSA_FIRST = "EECDH:EDH:HIGH:-AES256+SHA:!MEDIUM:!LOW:!3DES:!MD5:!PSK:!eNULL:!aNULL"
"""The documented default for HTTPS clients (Administrator Guide X15, reference), ECDSA first."""
ADVICE = (
    f"advice: {RSA_FIRST} in front of xConfiguration {UC_CLIENT_CIPHERS} makes the port serve its RSA certificate over "
    "TLS 1.2 (X14.2 release notes: an upgrade from X14.0 or later leaves that prefix there, one from before does not)"
)
UPGRADE_PATHS = (
    ("after an upgrade from X14.0 or later", RSA_FIRST + ECDSA_FIRST),
    ("after an upgrade from before X14.0", ECDSA_FIRST),
    ("after a fresh install", ECDSA_FIRST),
)
"""The cipher list that each way to X14.2 leaves behind (X14.2 release notes). A hint: the list as read decides."""


class Served(NamedTuple):
    """One certificate that a port can serve: `RSA 2048 cucm.example.com`, and what the peer says of it."""

    label: str
    chain: Chain
    verdict: Verdict

    @property
    def words(self) -> str:
        """For a line of evidence."""
        return "passes" if isinstance(self.verdict, Accepted) else "is refused"


def served(scene: Scene, connection: Connection) -> tuple[Served, ...]:
    """All that the port can serve, judged on the peer's list as listed; empty where something is not known."""
    needed = needed_link(scene.desired, scene.observed, connection.link)
    peer = scene.observed.peer(connection.link.peer)
    if needed is None or peer is None or unknowns(needed, peer) or not isinstance(peer.trust, Known):
        return ()
    store, client = peer.trust.value, client_of(peer)
    return tuple(Served(_label(c), c, decide(question(needed, client, store, c))) for c in all_chains(needed))


def served_lines(scene: Scene, connection: Connection) -> tuple[str, ...]:
    """Each certificate of a port that can serve several, and the documented advice where only the RSA one passes."""
    found = served(scene, connection)
    if len(found) < 2:
        return ()
    rsa = [isinstance(s.verdict, Accepted) for s in found if key_kind(s.chain) == "rsa"]
    other = [isinstance(s.verdict, Accepted) for s in found if key_kind(s.chain) != "rsa"]
    advised = rsa and all(rsa) and other and not all(other)
    lines = tuple(f"{s.label}: {s.words}" for s in found)
    return (*lines, ADVICE) if advised else lines


def after_upgrade(scene: Scene, connection: Connection) -> tuple[str, ...]:
    """What each way to X14.2 would be served on a port that holds both an RSA and an ECDSA certificate."""
    by_kind = {key_kind(s.chain): s for s in served(scene, connection)}
    if len(by_kind) < 2:
        return ()
    offer = ServerOffer(tls=_versions(scene, connection))
    return tuple(line for path, ciphers in UPGRADE_PATHS if (line := _line(path, ciphers, offer, by_kind)))


def _line(path: str, ciphers: str, offer: ServerOffer, by_kind: dict[KeyKind, Served]) -> str:
    try:
        found = by_kind[chosen(Wishes(ciphers, tls13=True), offer, ("ecdsa", "rsa"))]
    except (NoHandshake, UnclearOffer):
        return ""
    return f"{path}, {found.label} would be served: it {found.words}"


def _versions(scene: Scene, connection: Connection) -> tuple[TlsVersion, ...]:
    """TLS versions of the port as its probes negotiated them: in 1.3 the cipher list chooses no certificate."""
    needed = needed_link(scene.desired, scene.observed, connection.link)
    probes = needed.origin.probes.value if needed and isinstance(needed.origin.probes, Known) else ()
    return ("1.2", "1.3") if any(p.tls == "1.3" for p in probes) else ("1.2",)


def _label(chain: Chain) -> str:
    leaf = describe(chain[0].der)
    return f"{leaf.key} {leaf.common_name}".strip()

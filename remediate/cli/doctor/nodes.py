"""The devices: doors, pins and logins of each node, its clock, what its account may read, and its cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime

from remediate.cli.doctor.rights import rights, told
from remediate.cli.session import Session
from remediate.drivers.reach import closed, doors
from remediate.engine.apply_guards import CLOCKS_APART
from remediate.engine.fleet import on_each
from remediate.errors import InputError, RemediateError
from remediate.model.condition import Condition, State
from remediate.model.fact import FieldReading, TimeSource
from remediate.model.inventory import Cluster, Credentials, Host, Inventory
from remediate.model.observed import ObservedState, PeerReading
from remediate.model.reading import Known, Unknown
from remediate.planning.fitness import cluster_unfit
from remediate.report.as_text.words import count

SECRETS, REACH, CLUSTERS, CLOCKS = "secrets", "reachability", "clusters", "clock"
Node = tuple[Cluster, Host]


def devices(session: Session, inventory: Inventory, chosen: frozenset[str] | None) -> Iterator[Condition]:
    """Everything that only the devices tell. A secret that is not there is told, and its nodes are read no further."""
    lacking: list[Credentials] = []
    for account in dict.fromkeys(_accounts(inventory)):
        try:
            session.wiring.resolve(account.password)
        except InputError as error:
            lacking.append(account)
            what, then = f"{error.path}: {error.what}", error.hint or "put it there"
            yield Condition(area=SECRETS, subject=told(account), state="stops", what=what, next=then)
    readable = _without(inventory, lacking)
    nodes = tuple((c, h) for c in readable.clusters if chosen is None or c.name in chosen for h in c.hosts)
    reached = tuple(_reach(session, nodes))
    yield from reached
    observed = session.read(readable, chosen)
    expressways = tuple(
        dict.fromkeys(c for c, _ in nodes if c.role.startswith("expressway") and c.hosts[0].credentials)
    )
    yield from _clocks(session, readable, observed)
    shut = frozenset(condition.subject for condition in reached if condition.state != "good")
    yield from rights(observed, tuple((cluster, host) for cluster, host in nodes if host.name not in shut))
    yield from _clusters(observed, expressways)


def _accounts(inventory: Inventory) -> Iterator[Credentials]:
    for cluster in inventory.clusters:
        for host in cluster.hosts:
            yield from filter(None, (host.credentials, host.platform_credentials))


def _without(inventory: Inventory, lacking: Iterable[Credentials]) -> Inventory:
    """The same with no account whose password cannot be had: a reading that would ask for it ends the command."""
    gone = frozenset(lacking)

    def bare(host: Host) -> Host:
        kept = {k: None for k in ("credentials", "platform_credentials") if getattr(host, k) in gone}
        return host.model_copy(update=kept) if kept else host

    clusters = tuple(c.model_copy(update={"hosts": tuple(map(bare, c.hosts))}) for c in inventory.clusters)
    return Inventory(clusters=clusters, trusted_certificates=inventory.trusted_certificates)


def _reach(session: Session, nodes: tuple[Node, ...]) -> Iterator[Condition]:
    def knocked(node: Node) -> tuple[tuple[str, int, str], ...]:
        cluster, host = node
        seconds = cluster.durations.connect_timeout
        return tuple((name, port, closed(host, port, seconds)) for name, port in doors(cluster, host))

    for (cluster, host), found in zip(nodes, on_each(knocked, nodes, session.args.forks), strict=True):
        if isinstance(found, RemediateError):
            raise found
        needed = cluster.role.startswith("expressway") or host.name == cluster.primary
        wrong = [*_shut(host, found, needed=needed), *_unpinned(host, [name for name, _, _ in found], needed=needed)]
        yield from wrong
        if not wrong:
            what = ", ".join(f"{name} {port} open and pinned" for name, port, _ in found)
            yield Condition(area=REACH, subject=host.name, state="good", what=what)


def _shut(host: Host, found: Iterable[tuple[str, int, str]], *, needed: bool) -> Iterator[Condition]:
    """`needed`: something may have to be written there, or is read that every plan rests on."""
    state: State = "stops" if needed else "unknown"
    for name, port, why in found:
        if why:
            what = f"{name} does not open at {host.address}:{port}: {why}"
            then = f"bring {host.name} up, or let this machine through to {host.address}:{port}"
            yield Condition(area=REACH, subject=host.name, state=state, what=what, next=then)


def _unpinned(host: Host, names: Iterable[str], *, needed: bool) -> Iterator[Condition]:
    state: State = "stops" if needed else "note"
    pinned = {"ssh": bool(host.ssh_host_key), "https": bool(host.tls_certificates or host.tls_sha256)}
    words = {"ssh": "SSH host key", "https": "certificate"}
    for name in names:
        if not pinned[name]:
            then = f"remediate trust add {host.name} -i INV --fingerprint SHA256:… as read at the device itself"
            what = f"its {words[name]} is not pinned: nothing is sent to it"
            yield Condition(area=REACH, subject=host.name, state=state, what=what, next=then)


def _clocks(session: Session, inventory: Inventory, observed: ObservedState) -> Iterator[Condition]:
    peers = tuple(peer for peer in observed.peers if isinstance(peer.product, Known))

    def asked(peer: PeerReading) -> FieldReading:
        with closing(session.readers.peer(inventory.cluster(peer.cluster), inventory.host(peer.host))) as reader:
            return reader.field(TimeSource(host=peer.host))

    for peer, source in zip(peers, on_each(asked, peers, session.args.forks), strict=True):
        kept = Unknown(why=str(source)) if isinstance(source, RemediateError) else source
        yield _clock(peer, kept, peer.read_at)


def _clock(peer: PeerReading, source: FieldReading, ours: datetime) -> Condition:
    ntp = f"NTP {source.value}" if isinstance(source, Known) else f"NTP not told ({source.why})"
    if isinstance(peer.clock, Unknown):
        then = "compare clocks by hand: certificates are judged by the peer's"
        return Condition(area=CLOCKS, subject=peer.host, state="unknown", what=f"{peer.clock.why}; {ntp}", next=then)
    off = (peer.clock.value - ours).total_seconds()
    what = f"{abs(off):.0f} s {'behind' if off < 0 else 'ahead of'} this machine; {ntp}"
    then = f"set the clocks of {peer.host} and of this machine right (NTP)"
    if abs(off) > CLOCKS_APART.total_seconds():
        return Condition(area=CLOCKS, subject=peer.host, state="stops", what=what, next=then)
    kept = not isinstance(source, Known) or str(source.value).casefold().startswith("active")
    if kept:
        return Condition(area=CLOCKS, subject=peer.host, state="good", what=what)
    return Condition(area=CLOCKS, subject=peer.host, state="note", what=what, next=then)


def _clusters(observed: ObservedState, expressways: Iterable[Cluster]) -> Iterator[Condition]:
    """Whether anything may be written to each: every peer read, one release, those peers, its database in step."""
    for cluster in expressways:
        unfit = cluster_unfit(observed, cluster)
        if unfit is not None:
            what = f"{unfit.subject}: {unfit.why}" if unfit.subject != cluster.name else unfit.why
            yield Condition(area=CLUSTERS, subject=cluster.name, state="stops", what=what, next=unfit.unblock)
            continue
        peers = [peer for host in cluster.hosts if (peer := observed.peer(host.name)) is not None]
        release = next(p.product.value.version for p in peers if isinstance(p.product, Known))
        what = f"{count(len(peers), 'peer')} read, all on {release}, cluster database in step"
        yield Condition(area=CLUSTERS, subject=cluster.name, state="good", what=what)

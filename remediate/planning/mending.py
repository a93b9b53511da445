"""The search for what mends a cluster's refused connections, each answer proven by judging again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from remediate.actions import Action, RefreshServers, RenameSystemServer
from remediate.actions.upload_certificates import CLICKS
from remediate.checks.connections import store_of
from remediate.checks.origin_refused import DATES
from remediate.checks.scene import reasons
from remediate.model.certificate import EncodedCertificate, TrustedCertificate
from remediate.model.finding import Connection
from remediate.model.observed import ObservedState
from remediate.planning.guards import stands
from remediate.planning.plan import Blocked, Choice
from remediate.planning.reissue import instructions, uc_service
from remediate.planning.remedies import ALL, Remedy
from remediate.planning.remedies.upload_missing_ca import upload_to
from remediate.planning.situation import Proposal, Situation
from remediate.planning.twins import otherwise, same_named

WORKAROUND = ("workaround", "temporary, and never chosen by the planner: a playbook declares it (mra-workaround.yml)")


@dataclass
class Mending:
    """What has been chosen so far for one cluster."""

    additions: dict[str, dict[str, tuple[TrustedCertificate, EncodedCertificate]]] = field(default_factory=dict)
    renames: dict[str, RenameSystemServer] = field(default_factory=dict)
    blocked: list[Blocked] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)


def mend(situation: Situation, failing: Iterable[Connection]) -> Mending:
    """For each refused connection the remedies of the play that make it accepted, or why none does."""
    mending = Mending()
    for connection in failing:
        _mend_one(situation, connection, mending)
    return mending


def _mend_one(situation: Situation, connection: Connection, mending: Mending) -> None:
    proposals = {remedy.name: _asked(situation, connection, remedy) for remedy in ALL}
    blocked = [b for p in proposals.values() for b in p.blocked]
    fitting = {name: p for name, p in proposals.items() if p.additions or p.rename}
    enough = bool(fitting) and not blocked and _mended(situation, connection, fitting.values())
    if enough:
        _adopt(connection, fitting.values(), mending)
    mending.blocked.extend(blocked or ([] if enough else [_unmended(situation, connection, proposals)]))
    lost = tuple(
        (name, _why_not(p, name in fitting and not enough))
        for name, p in proposals.items()
        if not (enough and name in fitting)
    )
    mending.choices.append(
        Choice(link=connection.link, chosen=tuple(fitting) if enough else (), rejected=(*lost, WORKAROUND))
    )


def _asked(situation: Situation, connection: Connection, remedy: Remedy) -> Proposal:
    if remedy.name not in situation.play.remedies:
        return Proposal(why_not=f"not among the remedies of play “{situation.play.name}”")
    return remedy.propose(situation, connection)


def _why_not(proposal: Proposal, short: bool) -> str:
    if proposal.blocked:
        return f"blocked: {proposal.blocked[0].why}"
    return "not enough by itself" if short else proposal.why_not


def _mended(situation: Situation, connection: Connection, proposals: Iterable[Proposal]) -> bool:
    """Judged again on the changed state: a remedy that mends the path and then fails on the name is none."""
    actions = [action for proposal in proposals for action in actions_of(connection, proposal)]
    found = situation.judged_again(connection, actions)
    return found is not None and stands(found) and not reasons(found)


def actions_of(connection: Connection, proposal: Proposal) -> tuple[Action, ...]:
    """A proposal as actions, for one connection."""
    link = connection.link
    upload: tuple[Action, ...] = ()
    if proposal.additions:
        upload = (upload_to(link.cluster, link.peer, proposal.additions),)
    return (*upload, proposal.rename) if proposal.rename else upload


def _adopt(connection: Connection, proposals: Iterable[Proposal], mending: Mending) -> None:
    for proposal in proposals:
        wanted = mending.additions.setdefault(connection.link.peer, {})
        wanted.update({certificate.sha256: (trusted, certificate) for trusted, certificate in proposal.additions})
        if proposal.rename:
            mending.renames[proposal.rename.uuid] = proposal.rename


def _unmended(situation: Situation, connection: Connection, proposals: dict[str, Proposal]) -> Blocked:
    why = "; ".join(f"{name}: {p.why_not}" for name, p in proposals.items() if p.why_not)
    return Blocked(
        cluster=connection.link.cluster,
        subject=str(connection.link),
        title=f"nothing here mends it ({reasons(connection)[0].error if reasons(connection) else 'not judged'})",
        why=why or "no remedy applies",
        unblock=_by_hand(situation, connection),
    )


def _by_hand(situation: Situation, connection: Connection) -> str:
    link = connection.link
    if any(reason.number in DATES for reason in reasons(connection)):
        return f"renew the certificate on {link.origin}\n{instructions(situation, link)}"
    if any(reason.kind == "trust_file" for reason in reasons(connection)):
        return f"mend the trusted CA list of {link.peer} by hand: {CLICKS}"
    return uc_service(situation, link) or f"have the certificate re-issued\n{instructions(situation, link)}"


def actions_for(situation: Situation, mending: Mending) -> tuple[Action, ...]:
    """Uploads (configuration primary last), then every name, then one refresh."""
    cluster = situation.cluster
    hosts = sorted((h.name for h in cluster.hosts), key=lambda name: (name == cluster.primary, name))
    uploads = tuple(
        upload_to(cluster.name, host, mending.additions[host].values()) for host in hosts if mending.additions.get(host)
    )
    # Subscribers before the publisher, as the vendor asks for node names (Admin-14).
    # Those of IM and Presence last, its publisher after its subscribers too.
    renames = owing_restarts(sorted(mending.renames.values(), key=lambda rename: _turn(situation, rename)))
    refresh = tuple(
        RefreshServers(
            cluster=name,
            host=situation.desired.inventory.cluster(name).primary,
            names=tuple(r.new for r in renames),
            gone=tuple(r.old for r in renames),
        )
        for name in dict.fromkeys(s for r in renames for s in r.serves)
    )
    return (*uploads, *renames, *refresh)


def _turn(situation: Situation, rename: RenameSystemServer) -> tuple[bool, bool, str]:
    inventory = situation.desired.inventory
    cluster = inventory.cluster(inventory.host(rename.node).cluster)
    return (not rename.nodes, rename.node == (cluster.primary or cluster.hosts[0].name), rename.node)


def owing_restarts(renames: Sequence[RenameSystemServer]) -> tuple[RenameSystemServer, ...]:
    """The last name of each CUCM cluster leaves the restarts behind: once, after all names (TAC 211393)."""
    last = {rename.cluster: rename.uuid for rename in renames if rename.nodes}
    owing = set(last.values())
    return tuple(
        rename.model_copy(update={"restarts": subscribers_first(rename) if rename.uuid in owing else ()})
        for rename in renames
    )


def subscribers_first(rename: RenameSystemServer) -> tuple[str, ...]:
    """The nodes of the cluster, its publisher last."""
    return tuple(sorted(rename.nodes, key=lambda node: node == rename.host))


def drop_twins(situation: Situation, mending: Mending) -> None:
    """Two additions that one peer could not tell apart by name block each other (CSCwa12905)."""
    for host, wanted in mending.additions.items():
        doubled = same_named(tuple(c for _, c in wanted.values()))
        twins = [trusted for trusted, c in wanted.values() if c.sha256 in doubled]
        for trusted in twins:
            del wanted[trusted.sha256]
            mending.blocked.append(
                Blocked(
                    cluster=situation.cluster.name,
                    subject=host,
                    title=f"upload {trusted.name} to {host}",
                    why=f"{', '.join(t.name for t in twins)} share a name: {host} would use only one (CSCwa12905)",
                    unblock=otherwise(store_of(situation.observed, host)),
                )
            )


def trusted_wanted(situation: Situation, mending: Mending) -> None:
    """Certificates that the play wants on every peer, whatever fails today."""
    vouched = {trusted.name: (trusted, certificate) for trusted, certificate in situation.vouched}
    for name in situation.play.trusted_certificates:
        for host in situation.cluster.hosts:
            if name in vouched and _lacks(situation.observed, host.name, vouched[name][1]):
                trusted, certificate = vouched[name]
                mending.additions.setdefault(host.name, {})[certificate.sha256] = (trusted, certificate)


def _lacks(observed: ObservedState, host: str, certificate: EncodedCertificate) -> bool:
    peer = observed.peer(host)
    store = getattr(peer.trust, "value", None) if peer else None
    return store is not None and certificate.sha256 not in store.sha256s

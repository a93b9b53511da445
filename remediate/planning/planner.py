"""Desired and observed state → a plan. Deterministic: no clock, no order of hosts or findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from remediate.actions import Action, Owed, RenameSystemServer, RestartPeer, RestartService, UploadCertificates
from remediate.checks import connections_for, findings_for
from remediate.checks.other_uses import lost, other_uses
from remediate.model.base import digest
from remediate.model.desired import LONGEST, DesiredState, Play, Workaround
from remediate.model.finding import Connection
from remediate.model.inventory import Cluster, Host
from remediate.model.observed import VERIFY_ORIGIN_SERVER, ObservedState, PeerReading
from remediate.model.other_use import OtherUse
from remediate.model.reading import Known
from remediate.planning.fitness import cluster_unfit
from remediate.planning.guards import broken_prefix
from remediate.planning.mending import Mending, actions_for, drop_twins, mend, trusted_wanted
from remediate.planning.other_direction import other_direction
from remediate.planning.plan import Blocked, Choice, Device, Plan, Step
from remediate.planning.restarts import restarts_owed
from remediate.planning.service_restarts import service_restarts
from remediate.planning.simulate import after
from remediate.planning.situation import Situation
from remediate.planning.steps import Lane, steps_for, switched
from remediate.planning.upgrading import during_upgrade, mixed

VALID = timedelta(hours=24)


class Draft:
    """A plan in the making: what the plays of all clusters add up to."""

    def __init__(
        self, desired: DesiredState, observed: ObservedState, at: datetime, only: frozenset[str] | None = None
    ) -> None:
        self.desired, self.observed, self.at, self.only = desired, observed, at, only
        self.before = connections_for(desired, observed)
        self.findings = findings_for(desired, observed, self.before)
        self.actions: list[Action] = []
        self.steps: list[Step] = []
        self.blocked: list[Blocked] = []
        self.choices: list[Choice] = []
        self.workarounds: list[tuple[str, Workaround]] = []
        self.closes: list[str] = []

    def add(self, cluster: Cluster, actions: Sequence[Action]) -> bool:
        """Append a cluster's actions as steps, unless a prefix of them breaks a connection that stands. Whether all
        of them stand in the plan now: with `only` some, or all, may be left out."""
        if mixed(self.observed, cluster):
            actions, refused = during_upgrade(cluster, actions)
            self.blocked.extend(refused)
            if not actions:
                return False
        lane = Lane(cluster, self.observed, self.findings, self.at)
        wanted = len(actions)
        if self.only is not None:
            actions = [step.action for step in steps_for(lane, actions) if step.id in self.only]
        stop = self._breaks(cluster, actions) or self._breaks_others(cluster, actions)
        if stop is not None:
            self.blocked.append(stop)
            return False
        self.steps.extend(steps_for(lane, actions))
        self.actions.extend(actions)
        self.observed = after(self.observed, actions, self.at)
        return len(actions) == wanted

    def _breaks(self, cluster: Cluster, actions: Sequence[Action]) -> Blocked | None:
        """What stands against a prefix of the actions that breaks a connection that stands."""
        broken = broken_prefix(self.desired, self.observed, actions, self.at)
        if broken is None:
            return None
        culprit = actions[broken.length - 1]
        return Blocked(
            cluster=cluster.name,
            subject=culprit.host,
            title=culprit.title,
            why="it would break connections that stand",
            unblock="mend or remove what stands against it by hand",
            evidence=tuple(str(c.link) for c in broken.connections),
        )

    def _breaks_others(self, cluster: Cluster, actions: Sequence[Action]) -> Blocked | None:
        """The same for what else the lists serve."""
        uses = lost(self.other_uses(self.observed, after(self.observed, actions, self.at), actions))
        if not uses:
            return None
        return Blocked(
            cluster=cluster.name,
            subject=", ".join(dict.fromkeys(host for use in uses for host in use.peers)),
            title="; ".join(a.title for a in actions if isinstance(a, UploadCertificates)),
            why=f"{', '.join(dict.fromkeys(use.service for use in uses))} reads the same list and would break",
            unblock="have the certificate signed by a CA that the peer trusts already, or give it another name",
            evidence=tuple(f"{use.service} with {', '.join(use.servers)}: {use.after}" for use in uses),
        )

    def other_uses(self, before: ObservedState, then: ObservedState, actions: Iterable[Action]) -> tuple[OtherUse, ...]:
        """What else the lists serve to which these actions add."""
        hosts = (action.host for action in actions if isinstance(action, UploadCertificates))
        return other_uses(self.desired.inventory, before, then, hosts)


def plan_for(
    desired: DesiredState,
    observed: ObservedState,
    at: datetime,
    tool_version: str,
    only: frozenset[str] | None = None,
) -> Plan:
    """The plan of all plays. Steps rest on known readings only; what may not run is listed as blocked.

    `only`: ids of steps; no other is planned, and those expect what is there without the others.
    """
    draft = Draft(desired, observed, at, only)
    for play in desired.plays:
        for name in sorted(play.clusters):
            _plan_cluster(draft, play, desired.inventory.cluster(name))
    return finished(draft, observed, tool_version)


def _plan_cluster(draft: Draft, play: Play, cluster: Cluster) -> None:
    stop = cluster_unfit(draft.observed, cluster, draft.desired.during_upgrade)
    if stop is not None:
        draft.blocked.append(stop)
        return
    situation = Situation(draft.desired, draft.observed, play, cluster, draft.at)
    _plan_mending(draft, situation)
    if play.verify_origin_server == "Off":
        _plan_off(draft, play, cluster)
    if play.verify_origin_server == "On":
        _plan_on(draft, cluster)
    if play.restart == "at-end":
        for restart in restarts_owed(draft.observed, cluster):
            draft.add(cluster, (restart,))


def _plan_mending(draft: Draft, situation: Situation) -> None:
    mending = mend(situation, _failing(draft, situation))
    trusted_wanted(situation, mending)
    drop_twins(situation, mending)
    draft.blocked.extend(mending.blocked)
    if situation.play.origins is not None:
        draft.blocked.extend(other_direction(draft.findings, situation.cluster.name))
    draft.choices.extend(mending.choices)
    _add(draft, situation, mending)


def _add(draft: Draft, situation: Situation, mending: Mending) -> None:
    actions = actions_for(situation, mending)
    if situation.play.service_restarts == "by-tool":
        actions = (*actions, *service_restarts(situation, actions))
    if actions:
        draft.add(situation.cluster, actions)


def _failing(draft: Draft, situation: Situation) -> tuple[Connection, ...]:
    """What is refused, or would be with the check on, or after an upgrade, as the play asks."""
    if situation.play.origins is None and not situation.play.upgrade_ready:
        return ()
    found = connections_for(draft.desired, draft.observed, situation.view, [situation.cluster.name])
    return tuple(c for c in found if _refused(c))


def _refused(connection: Connection) -> bool:
    return connection.verdict.verdict == "reject" and connection.state != "undetermined"


def _plan_off(draft: Draft, play: Play, cluster: Cluster) -> None:
    assert play.workaround is not None, "files.playbook lets no Off without its words through"
    absent = [p.host for p in _peers(draft.observed, cluster) if p.setting(VERIFY_ORIGIN_SERVER) == Known(value=None)]
    if absent and not mixed(draft.observed, cluster):
        draft.blocked.append(
            Blocked(
                cluster=cluster.name,
                subject=", ".join(absent),
                title="VerifyOriginServer: Off",
                why="this release has no such setting: it exists from X14.2",
                unblock="nothing to switch off before X14.2",
            )
        )
        return
    actions = switched(cluster, "Off", draft.observed)
    if actions and (why := play.workaround.out_of_bounds(draft.at)):
        draft.blocked.append(
            Blocked(
                cluster=cluster.name,
                subject=cluster.name,
                title="VerifyOriginServer: Off",
                why=why,
                unblock=f"workaround: expires: a time within the next {LONGEST.days} days, in the playbook",
            )
        )
        return
    before = len(draft.steps)
    if actions:
        draft.add(cluster, actions)
    if actions and (draft.only is None or len(draft.steps) > before):
        draft.workarounds.append((cluster.name, play.workaround))


def _plan_on(draft: Draft, cluster: Cluster) -> None:
    actions = switched(cluster, "On", draft.observed)
    if not actions:
        return
    failing = would_fail(draft.desired, after(draft.observed, actions, draft.at), [cluster.name])
    if failing:
        draft.blocked.append(
            Blocked(
                cluster=cluster.name,
                subject=cluster.name,
                title="VerifyOriginServer: On",
                why="connections would fail, or are pending a restart",
                evidence=tuple(str(c.link) for c in failing),
                unblock="mend them (mra-origin-verification.yml), restart what is owed, then workaround retire",
            )
        )
        return
    if draft.add(cluster, actions) or draft.only is None:
        draft.closes.append(cluster.name)


def would_fail(desired: DesiredState, observed: ObservedState, clusters: Iterable[str]) -> tuple[Connection, ...]:
    """Connections that are not good with what is loaded now."""
    return tuple(c for c in connections_for(desired, observed, "now", clusters) if c.state != "good")


def _peers(observed: ObservedState, cluster: Cluster) -> tuple[PeerReading, ...]:
    return tuple(p for h in cluster.hosts if (p := observed.peer(h.name)) is not None)


def finished(draft: Draft, observed: ObservedState, tool_version: str) -> Plan:
    """The draft as a plan, with the connections before and after."""
    desired, lanes = draft.desired, {step.cluster for step in draft.steps}
    return Plan(
        tool_version=tool_version,
        during_upgrade=desired.during_upgrade,
        made_at=draft.at,
        valid_from=draft.at,
        valid_until=draft.at + VALID,
        inventory_digest=observed.inventory_digest,
        playbook_digest=desired.playbook_digest,
        observed_digest=digest(observed),
        devices=devices(desired, observed, draft.actions, lanes),
        findings=draft.findings,
        steps=tuple(draft.steps),
        blocked=tuple(dict.fromkeys(draft.blocked)),
        choices=tuple(draft.choices),
        owed=left_owed(draft.actions),
        owed_before=observed.outstanding.obligations,
        workarounds=tuple(draft.workarounds),
        closes=tuple(draft.closes),
        before=draft.before,
        after=connections_for(desired, draft.observed) if draft.actions else draft.before,
        other_uses=draft.other_uses(observed, draft.observed, draft.actions),
        replication=tuple(
            (c.name, c.durations.replication_interval) for c in desired.inventory.clusters if c.name in lanes
        ),
    )


def left_owed(actions: Iterable[Action]) -> tuple[Owed, ...]:
    """What is owed once all steps ran: a refresh or a restart that is itself a step is paid by then."""
    done = tuple(actions)
    restarts = tuple(action for action in done if isinstance(action, RestartService))
    peers = {action.host for action in done if isinstance(action, RestartPeer)}
    owed = (owed for action in done for owed in action.owes if owed.kind != "refresh-servers")
    left = (o for o in owed if not (o.kind == "restart" and o.host in peers))
    return tuple(dict.fromkeys(o for o in left if not any(r.pays(o.kind, o.host, o.what) for r in restarts)))


def devices(
    desired: DesiredState, observed: ObservedState, actions: Iterable[Action], lanes: set[str]
) -> tuple[Device, ...]:
    """Every peer of a cluster that is touched, and each publisher that is written."""
    done = tuple(actions)
    renamed = {node for action in done if isinstance(action, RenameSystemServer) for node in action.nodes}
    written = {action.host for action in done} | renamed
    hosts = [h for c in desired.inventory.clusters for h in c.hosts if c.name in lanes or h.name in written]
    return tuple(_device(observed, host) for host in hosts)


def _device(observed: ObservedState, host: Host) -> Device:
    peer = observed.peer(host.name)
    product = peer.product.value if peer and isinstance(peer.product, Known) else None
    view = peer.view.value if peer and isinstance(peer.view, Known) else None
    return Device(
        host=host.name,
        cluster=host.cluster,
        address=host.address,
        serial=product.serial if product else "",
        version=product.version if product else "",
        ssh_host_key=host.ssh_host_key,
        tls_sha256=(*host.tls_sha256, *(c.sha256 for c in host.tls_certificates if c.sha256 not in host.tls_sha256)),
        peers=tuple(sorted(view.peers)) if view else (),
    )

"""Steps that take back what one run wrote, and what they cannot take back."""

from __future__ import annotations

from dataclasses import dataclass, field

from remediate.actions import (
    Action,
    DiagnosticLogging,
    RefreshServers,
    RenameSystemServer,
    SetVerifyOriginServer,
    UploadCertificates,
)
from remediate.journal.entries import StepIntended
from remediate.journal.fold import UNSETTLED, RunState
from remediate.model.fact import Fact, FieldReading, Setting, read_from
from remediate.model.inventory import Cluster, Inventory
from remediate.model.observed import VERIFY_ORIGIN_SERVER, ObservedState
from remediate.model.outstanding import LearnedScope
from remediate.model.reading import Known, Unknown
from remediate.planning.plan import Blocked, Step

LEFT_IN_PLACE = "no API deletes a CA: left in place"
_PREFIX = "undo."
_PART = "@"


def taken_back(step: str) -> str:
    """The step of the earlier run that a rollback step takes back; empty for any other step."""
    return step.removeprefix(_PREFIX).partition(_PART)[0] if step.startswith(_PREFIX) else ""


def takes_back(action: Action, was: StepIntended) -> bool:
    """Whether an action of a rollback is the way back of this write, and nothing else."""
    done = was.action
    match action:
        case SetVerifyOriginServer():
            return isinstance(done, SetVerifyOriginServer) and action.cluster == done.cluster and action.value == "On"
        case RefreshServers():
            return isinstance(done, RenameSystemServer) and action.cluster in done.serves
        case UploadCertificates():
            return False
    return action == was.inverse


def written_steps(state: RunState) -> tuple[StepIntended, ...]:
    """What changed a device, or may have, and was not taken back; in the order of the run."""
    wanted = ("confirmed", "failed", *UNSETTLED)
    return tuple(s.intended for s in state.steps if s.intended is not None and s.status in wanted)


@dataclass
class WayBack:
    """Collects the way back of one run, newest change first.

    Only what the journal says was ours is taken back, and only while the device still shows what was
    written: what somebody else wrote since stays (I14).
    """

    state: RunState
    inventory: Inventory
    observed: ObservedState
    scopes: tuple[LearnedScope, ...] = ()
    steps: list[Step] = field(default_factory=list)
    blocked: list[Blocked] = field(default_factory=list)
    _renamed: list[tuple[StepIntended, RenameSystemServer, bool]] = field(default_factory=list)

    def collect(self, written: tuple[StepIntended, ...]) -> None:
        """Fill `steps` and `blocked`. The settings of one cluster are one change."""
        settings_done: set[str] = set()
        for intended in reversed(written):
            match intended.action:
                case UploadCertificates() as upload:
                    self._left_in_place(intended, upload)
                case RenameSystemServer() as rename:
                    self._rename_back(intended, rename)
                case DiagnosticLogging() as logging:
                    deadline = self.inventory.cluster(logging.cluster).durations.command_timeout
                    self._add(intended, logging.inverse(self.observed), deadline)
                case SetVerifyOriginServer(cluster=cluster) if cluster not in settings_done:
                    settings_done.add(cluster)
                    self._setting_back(cluster, tuple(w for w in written if _sets(w, cluster)))
        self._refreshes()

    def _left_in_place(self, intended: StepIntended, upload: UploadCertificates) -> None:
        peer = self.observed.peer(upload.host)
        trust = peer.trust if peer is not None else Unknown(why="not read")
        if isinstance(trust, Unknown) or set(upload.sha256s) & set(trust.value.sha256s):
            self._block(upload, LEFT_IN_PLACE, intended.undo.how)

    def _rename_back(self, intended: StepIntended, rename: RenameSystemServer) -> None:
        inverse = rename.inverse(self.observed)
        stated = inverse.stated(self.observed)
        if stated is None:
            return
        back = tuple(fact for fact in stated.confirm if fact.field == stated.expect.field)
        ours = self._still_ours(intended, rename, stated.expect, back)
        by_hand = any(s.step == intended.step and s.by == "hand" for s in self.state.steps)
        if ours:
            deadline = self.inventory.cluster(rename.cluster).durations.command_timeout
            self._add(intended, inverse, deadline, by_hand=by_hand)
        if ours or all(fact.met_by(read_from(self.observed, fact.field)) for fact in back):
            self._renamed.append((intended, rename, ours))

    def _refreshes(self) -> None:
        """One for each Expressway-C cluster, after the last name (operations: all names, then refresh at once); also
        where a way back that died left the names restored and the cluster without them."""
        for name in dict.fromkeys(served for _, rename, _ in self._renamed for served in rename.serves):
            mine = [(intended, rename, ours) for intended, rename, ours in self._renamed if name in rename.serves]
            cluster = self.inventory.cluster(name)
            refresh = RefreshServers(
                cluster=name,
                host=_primary(cluster),
                names=tuple(rename.old for _, rename, _ in mine),
                gone=tuple(rename.new for _, rename, _ in mine),
            )
            if any(ours for _, _, ours in mine) or self._owes(refresh):
                deadline = cluster.durations.refresh_deadline
                self._add(mine[-1][0], refresh, deadline, part=f"refresh-{name}", by_hand=True)

    def _owes(self, refresh: RefreshServers) -> bool:
        """The cluster is known not to have learned a name."""
        stated = refresh.stated(self.observed)
        readings = [(fact, read_from(self.observed, fact.field)) for fact in stated.confirm] if stated else []
        return any(isinstance(reading, Known) and not fact.met_by(reading) for fact, reading in readings)

    def _setting_back(self, cluster: str, written: tuple[StepIntended, ...]) -> None:
        first = written[0]
        action = first.action
        assert isinstance(action, SetVerifyOriginServer)
        was = first.before.casefold() if isinstance(first.before, str) else ""
        if was == "on":
            self._peers_back(self.inventory.cluster(cluster), written, action)
        elif was != "off":
            self._block(action, "the value from before was neither On nor Off", first.undo.how)
        elif action.value == "On":
            why = "it would switch the check of UC servers off again, which only a workaround playbook may"
            self._block(action, why, "playbooks/mra-workaround.yml with owner, ticket, reason and expires")

    def _peers_back(self, cluster: Cluster, written: tuple[StepIntended, ...], action: SetVerifyOriginServer) -> None:
        """Primary first, as on the way there; every peer that was written or that followed."""
        by_host = {w.action.host: w for w in written}
        per_peer = self._scope(cluster.name) == "per-peer"
        for name in sorted((host.name for host in cluster.hosts), key=lambda name: name != cluster.primary):
            intended = by_host.get(name, written[0])
            ours = name in by_host or (not per_peer and any(name in w.alike for w in written))
            if not ours or not self._shows(name, intended, action):
                continue
            inverse = SetVerifyOriginServer(cluster=cluster.name, host=name, value="On", reaches=(name,))
            earlier = any(_of(step, cluster.name) for step in self.steps)
            part = "" if name in by_host else name
            self._add(intended, inverse, cluster.durations.command_timeout, part=part)
            if earlier and not per_peer:
                wait = cluster.durations.replication_interval * 3 // 2
                step = self.steps[-1]
                self.steps[-1] = step.model_copy(update={"unless": step.confirm[0], "wait": wait})

    def _scope(self, cluster: str) -> str:
        scopes = {s.cluster: s.scope for s in self.scopes if s.path == VERIFY_ORIGIN_SERVER}
        return scopes.get(cluster, "")

    def _shows(self, host: str, intended: StepIntended, action: SetVerifyOriginServer) -> bool:
        on_host = Setting(host=host, path=VERIFY_ORIGIN_SERVER)
        after = Fact(field=on_host, relation="is", value=action.value)
        before = Fact(field=on_host, relation="is", value=intended.before)
        return self._still_ours(intended, action.model_copy(update={"host": host}), after, (before,))

    def _still_ours(self, intended: StepIntended, action: Action, after: Fact, before: tuple[Fact, ...]) -> bool:
        reading = read_from(self.observed, after.field)
        if after.met_by(reading):
            return True
        if isinstance(reading, Unknown):
            self._block(action, f"{after.field.host} could not be read: {reading.why}", intended.undo.how)
        elif not all(fact.met_by(reading) for fact in before):
            self._block(action, f"changed since, not by this run: {_text(reading)}", intended.undo.how)
        return False

    def _block(self, action: Action, why: str, unblock: str) -> None:
        title = f"take back: {action.title}"
        self.blocked.append(Blocked(cluster=action.cluster, subject=action.host, title=title, why=why, unblock=unblock))

    def _add(
        self, intended: StepIntended, action: Action, deadline: int, *, part: str = "", by_hand: bool = False
    ) -> None:
        stated = action.stated(self.observed)
        assert stated is not None, "what this step rests on was read a moment ago"
        self.steps.append(
            Step(
                id=f"{_PREFIX}{intended.step}{_PART}{part}" if part else f"{_PREFIX}{intended.step}",
                cluster=intended.cluster,
                action=action,
                by="hand" if by_hand else "tool",
                because=("rollback", f"step {intended.step} of run {intended.run}"),
                expect=stated.expect,
                confirm=stated.confirm,
                deadline=deadline,
                undo=action.undo(self.observed),
                inverse=action.inverse(self.observed),
                risk=action.risk,
            )
        )


def _sets(intended: StepIntended, cluster: str) -> bool:
    return isinstance(intended.action, SetVerifyOriginServer) and intended.action.cluster == cluster


def _of(step: Step, cluster: str) -> bool:
    return isinstance(step.action, SetVerifyOriginServer) and step.action.cluster == cluster


def _primary(cluster: Cluster) -> str:
    return cluster.primary or cluster.hosts[0].name


def _text(reading: FieldReading) -> str:
    return str(reading.value) if isinstance(reading, Known) else reading.why

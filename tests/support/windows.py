"""Change windows in memory: a plan, the fleet that it was planned for, and what an apply is handed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from remediate.engine.apply import ApplyPorts, ApplyResult, Stop, apply
from remediate.engine.apply_ports import Lane
from remediate.engine.apply_result import LaneResult
from remediate.journal.fold import run_state
from remediate.model.base import digest
from remediate.model.certificate import EncodedCertificate
from remediate.model.desired import DesiredState
from remediate.model.observed import ObservedState
from remediate.model.policy import Policy
from remediate.model.reading import Known
from remediate.planning.plan import Plan
from remediate.planning.planner import plan_for
from tests.support import forge
from tests.support.doubles import AT, FakeClock, MemoryLedger, Operator, Told
from tests.support.fleet import Fleet
from tests.support.scenes import ADDRESS, LASTING, OFF, PUB, Scene, vouch

Stores = dict[str, tuple[EncodedCertificate, ...]]


@dataclass
class Window:
    """A change window: a plan, a fleet in the state that was planned, and one operator."""

    plan: Plan
    desired: DesiredState
    fleet: Fleet
    clock: FakeClock
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    operator: Operator = field(default_factory=Operator)
    told: Told = field(default_factory=Told)
    stop: Stop = field(default_factory=Stop)
    policy: Policy = field(default_factory=Policy)
    override: str = ""
    gate: Callable[[str], str] | None = None
    elsewhere: Callable[[Lane], LaneResult] | None = None

    def __post_init__(self) -> None:
        self.began = self.fleet.truth

    def again(self) -> Window:
        """The same plan on a fleet where nothing has happened yet."""
        clock = FakeClock(AT)
        fleet = Fleet(self.began, clock)
        fleet.primaries, fleet.scope = self.fleet.primaries, self.fleet.scope
        return Window(self.plan, self.desired, fleet, clock, operator=self.operator)

    @property
    def sha256(self) -> str:
        """Of the plan file."""
        return digest(self.plan)

    def apply(self, resume: str = "", plan: Plan | None = None, forks: int = 4) -> ApplyResult:
        """The plan, or another one."""
        ports = ApplyPorts(
            inventory=self.desired.inventory,
            readers=self.fleet,
            writers=self.fleet,
            ledger=self.ledger,
            clock=self.clock,
            consent=self.operator,
            progress=self.told,
            stop=self.stop,
            policy=self.policy,
            override=self.override,
            gate=self.gate,
            elsewhere=self.elsewhere,
        )
        chosen = plan or self.plan
        return apply(chosen, digest(chosen), ports, forks, resume)

    def now(self) -> ObservedState:
        """What would be read now, with what the ledger says to be outstanding."""
        return self.fleet.now().model_copy(update={"outstanding": self.ledger.outstanding()})

    def status(self, run: str = "") -> dict[str, str]:
        """Per step, from the journal."""
        opened = run or self.ledger.kept[0].run
        state = run_state(self.ledger.kept, opened)
        return {s.step: s.status for s in state.steps} if state else {}


def window(scene: Scene) -> Window:
    """The scene's own plan on the scene's fleet."""
    clock = FakeClock(AT)
    fleet = Fleet(scene.observed, clock)
    fleet.primaries["exp-c"] = scene.peers[0]
    return Window(plan_for(scene.desired, scene.observed, AT, "test"), scene.desired, fleet, clock)


def uploads(**changes: object) -> Window:
    """Every peer lacks the CA."""
    other = forge.authority("Other Root")
    trust: Stores = {p: (forge.authority("Corp Root").certificate,) for p in ("exp-c-1", "exp-c-2", "exp-c-3")}
    scene = Scene(root=other, trust=trust, plays=(LASTING,), vouched=(vouch("other-root", other.certificate),))
    return window(scene.with_(**changes))


def workaround(**changes: object) -> Window:
    """Off is declared, with all its words."""
    return window(Scene(plays=(OFF,), peers=("exp-c-1", "exp-c-2", "exp-c-3")).with_(**changes))


def rename() -> Window:
    """System > Server of the publisher holds its IP."""
    made = window(Scene(names={PUB: ADDRESS[PUB]}, plays=(LASTING,)))
    made.operator.by_hand = True
    return made


def states(result: ApplyResult) -> list[str]:
    """Of the steps, in order."""
    return [step.state for step in result.steps]


def two_clusters() -> Window:
    """The cluster of `uploads` and a second one, `exp-d`, that is like it."""
    other = forge.authority("Other Root")
    trust: Stores = {"exp-c-1": (forge.authority("Corp Root").certificate,)}
    scene = Scene(root=other, trust=trust, peers=("exp-c-1",), vouched=(vouch("other-root", other.certificate),))
    first = scene.inventory.clusters[0]
    host = first.hosts[0].model_copy(update={"name": "exp-d-1", "cluster": "exp-d", "address": "10.0.1.1"})
    second = first.model_copy(update={"name": "exp-d", "hosts": (host,), "primary": "exp-d-1"})
    inventory = scene.inventory.model_copy(update={"clusters": (*scene.inventory.clusters, second)})
    other_device = scene.observed.peers[0]
    assert isinstance(other_device.product, Known)
    assert isinstance(other_device.view, Known)
    product = other_device.product.value.model_copy(update={"serial": "SN-exp-d-1"})
    view = other_device.view.value.model_copy(update={"peers": ("10.0.1.1",)})
    update = {"cluster": "exp-d", "host": "exp-d-1", "product": Known(value=product), "view": Known(value=view)}
    peer = other_device.model_copy(update=update)
    observed = scene.observed.model_copy(update={"peers": (*scene.observed.peers, peer)})
    play = LASTING.model_copy(update={"clusters": ("exp-c", "exp-d")})
    desired = DesiredState(inventory=inventory, plays=(play,))
    clock = FakeClock(AT)
    return Window(plan_for(desired, observed, AT, "test"), desired, Fleet(observed, clock), clock)


def off_on_two(*, applied: bool = True) -> Window:
    """Off is declared for both, and in force unless it is not `applied` yet."""
    made = two_clusters()
    play = OFF.model_copy(update={"clusters": ("exp-c", "exp-d")})
    made.desired = DesiredState(inventory=made.desired.inventory, plays=(play,))
    made.plan = plan_for(made.desired, made.now(), AT, "test")
    if applied:
        made.apply()
    return made

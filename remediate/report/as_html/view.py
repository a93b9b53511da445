"""A dossier as the page shows it: words and classes, no markup."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from remediate.model.finding import Connection, Finding
from remediate.planning.plan import Blocked, Plan
from remediate.report import story
from remediate.report.as_html.steps import DeviceView, GroupView, devices, groups
from remediate.report.as_text.owed import owed_lines
from remediate.report.as_text.verify import by_kind, where
from remediate.report.as_text.words import (
    SINCE_X14_2,
    WOULD_FAIL,
    count,
    log_lines,
    moment,
    names,
    owed_words,
    state,
    tally,
    why,
)
from remediate.report.chains import DrawnChain
from remediate.report.dossier import Dossier
from remediate.report.matrix import Matrix, matrices

T = TypeVar("T", Matrix, DrawnChain)
OPEN_CLUSTERS = 8
"""So many matrices stand open; of more, one of each kind that fails, with those alike folded below it."""
_FAILING, _BESIDE, _DANGERS = 4, 3, 4
SIGNS = {"FAILS": "✕", "pending": "◷", "unknown": "?", "unverified": "!", WOULD_FAIL: "!", "good": "✓", "–": "·"}
RESTARTS = (
    "in this order, one peer at a time: its calls and MRA sessions end with it (--format mop has the commands and the "
    "checks before the next)"
)
LEGEND = (
    ("good", "accepted, name and chain checked"),
    ("FAILS", "refused by the traffic server"),
    ("pending", "good once a pending action is done, such as a restart"),
    ("unverified", "accepted because nothing is checked"),
    (WOULD_FAIL, "accepted because nothing is checked; refused once it is"),
    ("unknown", "not known; never counted as good"),
)


@dataclass(frozen=True)
class Mark:
    """A state as shown: sign, word, class."""

    word: str

    @property
    def sign(self) -> str:
        """Told by shape too, not by colour alone."""
        return SIGNS[self.word]

    @property
    def kind(self) -> str:
        """The class of its colour."""
        return self.word.casefold().replace(" ", "-").replace("–", "none")


@dataclass(frozen=True)
class Why:
    """Connections that are alike, and what stands between them and good."""

    mark: Mark
    where: str
    impact: str
    reasons: tuple[str, ...]
    log: tuple[str, ...]


@dataclass(frozen=True)
class MatrixView:
    """One cluster's table; `cells` of a row: the marks of each view."""

    cluster: str
    tally: str
    folded: bool
    views: tuple[str, ...]
    peers: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[Mark, ...], ...]], ...]


@dataclass(frozen=True)
class View:
    """Everything that the template prints."""

    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    headline: str
    numbers: tuple[tuple[str, str, Mark], ...]
    short: tuple[tuple[str, tuple[str, ...]], ...]
    large: bool
    """Many clusters: what is alike is folded, and what is folded is not printed."""
    matrices: tuple[tuple[MatrixView, ...], ...]
    """Alike ones together."""
    legend: tuple[tuple[Mark, str], ...]
    reasons: tuple[Why, ...]
    chains: tuple[tuple[tuple[Mark, DrawnChain], ...], ...]
    """Alike ones together."""
    groups: tuple[GroupView, ...]
    devices: tuple[DeviceView, ...]
    dangers: tuple[str, ...]
    blocked: tuple[Blocked, ...]
    lost: tuple[str, ...]
    findings: tuple[tuple[str, tuple[Finding, ...]], ...]
    outstanding: tuple[str, ...]
    timeline: tuple[tuple[str, str, str, str, str], ...]
    lacks: tuple[str, ...]


def view(dossier: Dossier) -> View:
    """All of it; sections without content are empty."""
    plan = dossier.plan
    made = matrices(dossier)
    before = plan.before if plan else ()
    large = len(made) > OPEN_CLUSTERS
    told = {state(c) for m in made for row in m.rows for cell in row.cells for c in cell.connections if c}
    return View(
        title=story.title(dossier),
        subtitle=_subtitle(dossier),
        facts=tuple(_facts(dossier)),
        headline=story.headline(plan) if plan else "",
        numbers=tuple(_numbers(before)),
        short=tuple(_short(dossier)) if plan else (),
        large=large,
        matrices=tuple(
            tuple(_matrix(m, folded=large) for m in kind) for kind in _kinds(made, _pattern if large else _each)
        ),
        legend=tuple((Mark(word), words) for word, words in LEGEND if word in told),
        reasons=tuple(map(_why, by_kind([c for c in before if why(c)]))),
        chains=tuple(
            tuple((Mark(c.state), c) for c in kind) for kind in _kinds(dossier.chains, _drawing if large else _each)
        ),
        groups=groups(plan) if plan else (),
        devices=devices(plan) if plan else (),
        dangers=story.dangers(plan) if plan else (),
        blocked=plan.blocked if plan else (),
        lost=tuple(_lost(plan)) if plan else (),
        findings=_findings(plan.findings) if plan else (),
        outstanding=tuple(_outstanding(dossier)),
        timeline=tuple((moment(e.at), e.cluster or "run", e.step, e.kind, e.words) for e in dossier.timeline),
        lacks=dossier.lacks,
    )


def _subtitle(dossier: Dossier) -> str:
    plan, run = dossier.plan, dossier.run
    if run is not None:
        end = f"ended: {run.outcome}" if run.outcome else "it did not end"
        return f"Opened {moment(run.opened_at)} by {run.who} on {names(run.clusters)}; {end}"
    assert plan is not None, "a dossier is of a run or has a plan"
    if dossier.subject == "capture" and dossier.read_at:
        return f"Read {moment(dossier.read_at)}. The steps below are what every fix would do; nothing was changed."
    until = moment(plan.valid_until)
    return f"Made {moment(plan.made_at)}. It may be applied until {until}. Nothing has been changed yet."


def _facts(dossier: Dossier) -> Iterator[tuple[str, str]]:
    yield {"plan": "Plan", "capture": "Capture", "run": "Run"}[dossier.subject], dossier.name
    if dossier.plan_sha256:
        yield "SHA-256 of the plan", dossier.plan_sha256
    if dossier.read_at:
        yield "Devices were read", moment(dossier.read_at)
    if dossier.plan is not None:
        yield "Valid from", moment(dossier.plan.valid_from)
        yield "Valid until", moment(dossier.plan.valid_until)
        yield "Made by", f"remediate {dossier.plan.tool_version}"


def _numbers(connections: Sequence[Connection]) -> Iterator[tuple[str, str, Mark]]:
    told = [state(c) for c in connections]
    for word in SIGNS:
        if word in told:
            yield str(told.count(word)), word, Mark(word)


def _short(dossier: Dossier) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The questions that an approver asks, answered in a line or two each; the sections below have all."""
    plan = dossier.plan
    assert plan is not None, "the questions are about a plan"
    yield "What changes, and where?", story.changes(plan)
    failing = tuple(story.failing(plan))
    beside = story.other_findings(plan)
    more = (f"and {len(beside) - _BESIDE} more findings",) if len(beside) > _BESIDE else ()
    many = (f"and {len(failing) - _FAILING} more kinds",) if len(failing) > _FAILING else ()
    told = (*failing[:_FAILING], *many, *beside[:_BESIDE], *more, *([SINCE_X14_2] if failing else ()))
    yield "Why?", told or ("Nothing fails.",)
    yield "What could go wrong?", tuple(_worst(plan)) or ("Nothing is changed.",)
    yield "How is it undone?", (f"{story.undone(plan)[:1].upper()}{story.undone(plan)[1:]}.",)
    if plan.owed:
        restarts = any(owed.kind == "restart" for owed in plan.owed)
        yield "What is left to do by hand?", (*owed_lines(plan.owed), *([RESTARTS] if restarts else ()))
    if plan.workarounds:
        yield "Until when?", story.workarounds(plan)


def _worst(plan: Plan) -> Iterator[str]:
    """The first of what could go wrong; other uses of the lists as one line, if they are not all sure."""
    dangers = story.dangers(plan)
    plain = [line for line in dangers if not line.startswith(story.OTHER_USES)]
    yield from plain[:_DANGERS]
    unsure = sum(use.after != "trusted" for use in plan.other_uses)
    if unsure:
        yield f"{count(unsure, 'other use')} of the lists could not be judged, or would not be trusted"
    if len(plain) > _DANGERS or len(plain) < len(dangers):
        yield "more of this below"


def _matrix(matrix: Matrix, *, folded: bool) -> MatrixView:
    rows = tuple((row.server, tuple(tuple(map(Mark, cell.words)) for cell in row.cells)) for row in matrix.rows)
    fails = any(c.state == "fails" for c in matrix.now)
    return MatrixView(matrix.cluster, tally(matrix.now), folded and not fails, matrix.views, matrix.peers, rows)


def _kinds(things: Sequence[T], kind: Callable[[T], object]) -> tuple[tuple[T, ...], ...]:
    """Things of one kind together; where any are, what fails and is rarest comes first."""
    kinds: dict[object, list[T]] = {}
    for thing in things:
        kinds.setdefault(kind(thing), []).append(thing)
    if len(kinds) == len(things):
        return tuple((thing,) for thing in things)
    return tuple(map(tuple, sorted(kinds.values(), key=lambda alike: (not _fails(alike[0]), len(alike)))))


def _each(thing: Matrix | DrawnChain) -> object:
    return thing.cluster if isinstance(thing, Matrix) else thing


def _fails(thing: object) -> bool:
    if isinstance(thing, DrawnChain):
        return thing.state not in ("good", "unverified")
    return isinstance(thing, Matrix) and any(c.state == "fails" for c in thing.now)


def _pattern(matrix: Matrix) -> object:
    """What a matrix shows, whatever its servers and peers are called."""
    ports = [(c.link.origin, c.link.port) for c in matrix.now]
    rows = [tuple(cell.words for cell in row.cells) for row in matrix.rows]
    return len(matrix.peers), tuple(sorted(zip([port for _, port in dict.fromkeys(ports)], rows, strict=True)))


def _drawing(chain: DrawnChain) -> object:
    """What a drawing shows, whatever its certificates are called."""
    return chain.state, len(chain.peers), tuple((box.place, len(box.broken)) for box in chain.certificates)


def _why(group: Sequence[Connection]) -> Why:
    reasons = tuple(dict.fromkeys(line for c in group for line in why(c)))
    return Why(Mark(state(group[0])), where(group), story.lost(group[0]), reasons, log_lines(group[0]))


def _lost(plan: Plan) -> Iterator[str]:
    counts: dict[tuple[str, str], int] = {}
    for pair in (pair for choice in plan.choices for pair in choice.rejected):
        counts[pair] = counts.get(pair, 0) + 1
    for (name, reason), number in counts.items():
        yield f"{name}: {reason} ({number} connection{'' if number == 1 else 's'})"


def _findings(findings: Sequence[Finding]) -> tuple[tuple[str, tuple[Finding, ...]], ...]:
    """By id, in the order of the plan."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        found.setdefault(finding.id, []).append(finding)
    return tuple((identity, tuple(group)) for identity, group in found.items())


def _outstanding(dossier: Dossier) -> Iterator[str]:
    for lease in dossier.outstanding.leases:
        yield (
            f"Temporary workaround until {moment(lease.expires)}: VerifyOriginServer Off on {lease.cluster}; "
            f"{lease.owner}, {lease.ticket}: {lease.reason}"
        )
    for owed in dossier.outstanding.obligations:
        yield f"Pending action since {moment(owed.since)}: {owed_words(owed.kind, owed.cluster, owed.host, owed.what)}"
    for run in dossier.outstanding.open_runs:
        yield f"Run {run.run} on {names(run.clusters)} did not end"

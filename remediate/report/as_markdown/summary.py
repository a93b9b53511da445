"""A report as Markdown, for a ticket or a chat: matrix, findings, steps, what could go wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from remediate.model.finding import Connection
from remediate.planning.plan import Plan
from remediate.report import story
from remediate.report.as_text.words import count, moment, tally, why
from remediate.report.dossier import Dossier
from remediate.report.markdown import block, code, page, table, text
from remediate.report.matrix import Matrix, matrices
from remediate.report.procedure import commands_of, numbered


def summary(dossier: Dossier) -> str:
    """The whole of it."""
    return page(_lines(dossier))


def _lines(dossier: Dossier) -> Iterator[str]:
    yield f"# {text(story.title(dossier))}"
    yield ""
    if dossier.plan is not None:
        yield from _plan(dossier, dossier.plan)
    if dossier.timeline:
        yield "## What happened"
        yield ""
        rows = [(moment(e.at), e.cluster or "run", e.step, e.words) for e in dossier.timeline]
        yield from table(("time", "cluster", "step", "what"), rows)
        yield ""
    if dossier.lacks:
        yield "## What this report does not know"
        yield ""
        yield from (f"- {text(lack)}" for lack in dossier.lacks)


def _plan(dossier: Dossier, plan: Plan) -> Iterator[str]:
    yield text(story.headline(plan))
    yield ""
    for matrix in matrices(dossier):
        yield from _matrix(matrix)
    yield from _reasons(plan.before)
    yield from _findings(plan)
    yield from _steps(plan)
    yield from section("What could go wrong", story.dangers(plan))
    yield from section("Not done, and what would allow it", _blocked(plan))
    yield from section("Temporary workarounds", story.workarounds(plan))


def _matrix(matrix: Matrix) -> Iterator[str]:
    yield f"## {text(matrix.cluster)}: {text(tally(matrix.now))}"
    yield ""
    yield f"Each cell: {' → '.join(matrix.views)}."
    yield ""
    rows = [(row.server, *(" → ".join(cell.words) for cell in row.cells)) for row in matrix.rows]
    yield from table(("UC server", *map(text, matrix.peers)), rows)
    yield ""


def _reasons(connections: Sequence[Connection]) -> Iterator[str]:
    lines = tuple(dict.fromkeys(f"{c.link}: {line}" for c in connections for line in why(c)))
    yield from section("Why", lines)


def _findings(plan: Plan) -> Iterator[str]:
    rows = [(f.severity.value, f.id, f.subject, f.summary) for f in plan.findings]
    if rows:
        yield "## Findings"
        yield ""
        yield from table(("severity", "finding", "subject", "summary"), rows)
        yield ""


def _steps(plan: Plan) -> Iterator[str]:
    if not plan.steps:
        return
    yield f"## {count(len(plan.steps), 'step')}"
    for number, step in numbered(plan):
        yield ""
        yield f"### Step {number}: {text(step.action.title)}"
        yield ""
        yield f"- By {step.by}, {text(story.RISKS[step.risk])}"
        yield from (f"- Because {text(reason)}" for reason in step.because)
        yield f"- Undo ({step.undo.kind.replace('-', ' ')}): {text(step.undo.how)}"
        yield ""
        yield from block(commands_of(step))
    yield ""


def _blocked(plan: Plan) -> Iterator[str]:
    for one in plan.blocked:
        yield f"{one.subject}: {one.title}: {one.why}; {' '.join(one.unblock.split())}"


def section(heading: str, lines: Sequence[str] | Iterator[str], *, literal: bool = False) -> Iterator[str]:
    """A heading and a list; nothing without lines."""
    told = tuple(lines)
    if told:
        yield f"## {heading}"
        yield ""
        yield from (f"- {code(line) if literal else text(line)}" for line in told)
        yield ""

"""The five fields of a change record: justification, implementation plan, risk and impact, backout plan, test plan."""

from __future__ import annotations

from collections.abc import Iterator

from remediate.planning.plan import Plan
from remediate.report import story
from remediate.report.as_markdown.summary import section
from remediate.report.as_text.words import SINCE_X14_2, count, moment, names
from remediate.report.dossier import Dossier
from remediate.report.markdown import block, page, text
from remediate.report.procedure import Chapter, Item, procedure


def change(dossier: Dossier) -> str:
    """To be pasted into the record, field by field."""
    assert dossier.plan is not None, "it tells what a plan does"
    return page(_lines(dossier, dossier.plan))


def _lines(dossier: Dossier, plan: Plan) -> Iterator[str]:
    yield f"# {text(story.purpose(plan))}"
    yield ""
    yield f"Valid from {moment(plan.valid_from)} until {moment(plan.valid_until)}."
    if dossier.plan_sha256:
        yield f"The plan that is approved: sha256:{dossier.plan_sha256}"
    yield ""
    yield from section("Justification", _justification(plan))
    yield from section("Implementation plan", _implementation(plan))
    yield from section("Risk and impact", _risk(plan))
    yield "## Backout plan"
    yield ""
    yield text(f"As a whole: {story.undone(plan)}.")
    yield ""
    yield from (f"{number}. {text(step.undo.how)}" for number, step in enumerate(reversed(plan.steps), 1))
    yield ""
    yield from section("Test plan", _tests(plan))


def _justification(plan: Plan) -> Iterator[str]:
    failing = tuple(story.failing(plan))
    yield from failing
    if failing:
        yield SINCE_X14_2
    yield from story.other_findings(plan)
    if not plan.findings and not failing:
        yield "nothing fails and nothing is wrong"


def _implementation(plan: Plan) -> Iterator[str]:
    minutes = 0
    for chapter in procedure(plan):
        minutes += sum(item.minutes for item in chapter.items)
        yield f"{_place(chapter)}: {'; '.join(map(_short, chapter.items))}"
    yield f"about {minutes} minutes by hand, one device after the other; by the tool less"


def _place(chapter: Chapter) -> str:
    device = chapter.device
    return f"{chapter.host} ({device.address}, {device.version})" if device and device.version else chapter.host


def _short(item: Item) -> str:
    return f"step {item.number}, {item.title}" if item.number else item.title


def _risk(plan: Plan) -> Iterator[str]:
    for risk in dict.fromkeys(step.risk for step in plan.steps):
        steps = sum(step.risk is risk for step in plan.steps)
        yield f"{count(steps, 'step')} {risk.value}: {story.RISKS[risk]}"
    yield from story.dangers(plan)
    hosts = tuple(dict.fromkeys(step.action.host for step in plan.steps))
    yield f"devices written: {names(hosts, 12) or 'none'}"


def _tests(plan: Plan) -> Iterator[str]:
    yield "before: a login over MRA from outside, its result kept as the baseline"
    yield from dict.fromkeys(told for chapter in procedure(plan) for item in chapter.items for told in item.expected)
    yield "after: the same login, 3 times, on each peer"
    yield "after: remediate verify answers 0, and a second plan has no changes"


def commands(item: Item) -> tuple[str, ...]:
    """The literal lines of one item, fenced."""
    return block(item.commands)

"""What every form of a report tells in the same words: what changes where, what could go wrong, what stays."""

from __future__ import annotations

from collections.abc import Iterator

from remediate.actions import Risk
from remediate.model.finding import Connection
from remediate.planning.plan import Plan
from remediate.report.as_text.other_uses import other_use_lines
from remediate.report.as_text.owed import earlier_lines, owed_lines
from remediate.report.as_text.plan import summary
from remediate.report.as_text.verify import by_kind as alike
from remediate.report.as_text.verify import where
from remediate.report.as_text.words import OFF_EXPOSES, count, moment, names, tally, why, would_fail
from remediate.report.dossier import Dossier
from remediate.report.likes import by_kind, grouped_title

RISKS = {
    Risk.ADDITIVE: "adds something; nothing that works now ceases to",
    Risk.RENAME: "changes the name that clients ask for",
    Risk.RESTART: "a short outage of the device or service",
    Risk.SECURITY_REDUCING: "lowers protection for as long as it stands",
}
MOST_OF_A_KIND = 5
OTHER_USES = "what else reads the lists: "
PURPOSES = {
    "remediate": "Fix MRA connections to UC servers",
    "rollback": "Restore what was there before run {undoes}",
    "retire": "End the temporary workaround",
}


def title(dossier: Dossier) -> str:
    """The heading."""
    plan = dossier.plan
    if dossier.run is not None:
        return f"Run {dossier.run.run}"
    if dossier.subject == "capture" or plan is None:
        return f"MRA connections as read in {dossier.name}"
    return purpose(plan)


def purpose(plan: Plan) -> str:
    """What a plan is for."""
    return PURPOSES[plan.purpose].format(undoes=plan.undoes)


def changes(plan: Plan) -> tuple[str, ...]:
    """One line per kind of change, outlier first."""
    return tuple(grouped_title(group) for group in by_kind(plan.steps)) or ("Nothing is changed.",)


def headline(plan: Plan) -> str:
    """Terraform's sentence, and the tallies."""
    told = f"{summary(plan)} Connections now: {tally(plan.before)}; afterwards: {tally(plan.after)}."
    peers = tuple(dict.fromkeys(c.link.peer for c in plan.after if c.refused_until_restart))
    return f"{told} What is pending on {names(peers)} is refused as before until its restart." if peers else told


def failing(plan: Plan) -> Iterator[str]:
    """Which users lose what, now, and the first reason."""
    for group in alike([c for c in plan.before if c.state == "fails" or would_fail(c)]):
        reason = next(iter(why(group[0])), "")
        yield f"{where(group, 4)}: {lost(group[0])}; {reason}"


def lost(connection: Connection) -> str:
    """What users lose, or would lose with the check On; empty where the connection is not refused."""
    if would_fail(connection):
        return f"{connection.impact} as soon as it is checked"
    return connection.impact.value if connection.state == "fails" else ""


def other_findings(plan: Plan) -> tuple[str, ...]:
    """Findings that no connection tells: what is wrong beside them; many of one kind by their first."""
    kinds: dict[str, dict[str, None]] = {}
    for finding in plan.findings:
        if not finding.links:
            kinds.setdefault(finding.id, {})[f"{finding.subject}: {finding.summary}"] = None
    return tuple(line for found in kinds.values() for line in _few(tuple(found)))


def _few(lines: tuple[str, ...]) -> tuple[str, ...]:
    if len(lines) <= MOST_OF_A_KIND:
        return lines
    return (f"{lines[0]}; and {count(len(lines) - 1, 'more finding')} of this kind",)


def dangers(plan: Plan) -> tuple[str, ...]:
    """What could go wrong, each once."""
    return tuple(dict.fromkeys(_dangers(plan)))


def _dangers(plan: Plan) -> Iterator[str]:
    """What is certain or not known first, then what is only possible, then what was looked at and stands."""
    yield from (f"until it is done the change has no effect: {line}" for line in owed_lines(plan.owed))
    still = [c for c in plan.after if c.state == "fails"]
    if still:
        yield f"{count(len(still), 'connection')} will still fail: {_links(still)}"
    unknown = [c for c in plan.after if c.state == "undetermined"]
    if unknown:
        yield f"{count(len(unknown), 'connection')} could not be judged: {_links(unknown)}"
    if plan.accepts_failing:
        yield f"accepted to fail ({plan.accepts_reason}): {names(tuple(map(str, plan.accepts_failing)), 4)}"
    if plan.workarounds:
        yield OFF_EXPOSES
    yield from (f"from earlier runs: {line}" for line in earlier_lines(plan))
    sure = [use for use in plan.other_uses if (use.before, use.after) == ("trusted", "trusted")]
    unsure = [use for use in plan.other_uses if use not in sure]
    yield from (f"{OTHER_USES}{line}" for line in other_use_lines(unsure))
    for step in plan.steps:
        yield from step.action.cautions
    yield from (f"{OTHER_USES}{line}" for line in other_use_lines(sure))
    if plan.steps:
        yield (
            "a device may have changed since this plan was made: each step re-reads its own value first, and is "
            "refused if it differs; its cluster stops there, other clusters go on"
        )
        yield "a step may fail or its reply be lost: nothing is sent twice, the cluster stops, its undo is on disk"


def _links(connections: list[Connection]) -> str:
    return names(tuple(str(c.link) for c in connections), 3)


def undone(plan: Plan) -> str:
    """How the plan as a whole is taken back."""
    kinds = [step.undo.kind for step in plan.steps]
    exact, left, hand = (kinds.count(kind) for kind in ("exact", "left-in-place", "by-hand"))
    parts = (
        (exact, "taken back exactly"),
        (
            left,
            "left in place (a correct certificate does no harm; the clicks to remove it stand beside each step)",
        ),
        (hand, "taken back by hand"),
    )
    told = "; ".join(f"{count(number, 'step')} {words}" for number, words in parts if number)
    return told or "nothing to undo"


def workarounds(plan: Plan) -> tuple[str, ...]:
    """Each temporary workaround with its owner and end."""
    return tuple(
        f"Temporary workaround until {moment(words.expires)} on {cluster}: "
        f"{words.owner}, {words.ticket}: {words.reason}"
        for cluster, words in plan.workarounds
    )

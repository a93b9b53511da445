"""A plan as a Terraform reader expects it: glyphs, one exact closing sentence, likes collapsed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Literal

from remediate.actions import UploadCertificates
from remediate.model.desired import Workaround
from remediate.model.finding import Connection, TlsLink
from remediate.planning.plan import Blocked, Choice, Plan
from remediate.report.as_text.other_uses import other_use_lines
from remediate.report.as_text.owed import earlier_lines, owed_lines
from remediate.report.as_text.words import (
    OFF_EXPOSES,
    count,
    moment,
    names,
    not_known,
    provenance_words,
    state,
    tally,
    undo_words,
)
from remediate.report.likes import MOST_GROUPS, Group, by_kind, glyph, grouped_title, is_mixed
from remediate.report.sanitize import page

_PURPOSES = {
    "remediate": "Plan to fix what the playbook declares",
    "rollback": "Plan to restore what was there before run {undoes}",
    "retire": "Plan to end the temporary workaround",
}


Shape = Literal["whole", "concise", "summary", "expand"]
"""Likes collapsed; the same without commands, undo and what was not chosen, which is the whole form of a plan for many
clusters; titles and sums alone; every step."""


def plan(value: Plan, sha256: str = "", shape: Shape = "whole", *, diff: bool = True) -> str:
    """The plan in a shape. `sha256` of its file, where it has one; without `diff` no commands and undo."""
    if shape == "summary":
        return page((*_head(value, sha256), *_titles(value), *_tallies(value), "", *_closing(value)))
    large = shape == "whole" and len(value.clusters) > MOST_GROUPS
    whole = shape != "concise" and not large
    return page(
        (
            *_head(value, sha256),
            *_steps(value, diff and whole, every=shape == "expand"),
            *_blocked(value.blocked),
            *(_choices(value.choices) if whole else ()),
            *_after(value),
            *_earlier(value),
            *_connections(value),
            *(_other_uses(value) if whole else ()),
            *_unknown(value),
            "",
            *([f"{len(value.clusters)} clusters, so this is concise; --expand tells every step."] if large else ()),
            *_closing(value),
        )
    )


def summary(value: Plan) -> str:
    """Terraform's sentence. Uploads add; settings, names and refreshes change; nothing is ever destroyed."""
    added = sum(isinstance(s.action, UploadCertificates) for s in value.steps)
    return f"Plan: {added} to add, {len(value.steps) - added} to change, 0 to destroy."


def _head(value: Plan, sha256: str) -> Iterator[str]:
    yield _PURPOSES[value.purpose].format(undoes=value.undoes) + f", made {moment(value.made_at)}."
    yield f"It may be applied from {moment(value.valid_from)} until {moment(value.valid_until)}."
    if sha256:
        yield f"sha256:{sha256}"
    if value.left_out:
        yield f"Left out by --target or --exclude: {names(value.left_out)}"
    if value.during_upgrade:
        yield f"During an upgrade ({value.during_upgrade}): plan again once all peers run one release."


def _titles(value: Plan) -> Iterator[str]:
    """One line per kind of step, and per blocked remedy."""
    groups = by_kind(value.steps)
    if groups or value.blocked:
        yield ""
    yield from (f"  {glyph(group[0].action)} {grouped_title(group)}" for group in groups[:MOST_GROUPS])
    if len(groups) > MOST_GROUPS:
        yield f"… and {count(len(groups) - MOST_GROUPS, 'more step')} of other kinds"
    titles = tuple(dict.fromkeys(one.title for one in value.blocked))
    yield from (f"  ! blocked: {title}" for title in titles[:MOST_GROUPS])


def _steps(value: Plan, diff: bool, *, every: bool) -> Iterator[str]:
    groups: tuple[Group, ...] = tuple((step,) for step in value.steps) if every else by_kind(value.steps)
    most = len(groups) if every else MOST_GROUPS
    for at, group in enumerate(groups[:most]):
        if at == 0 or every or len(value.clusters) <= MOST_GROUPS:
            yield ""
        yield from _step(group, diff and len(groups) <= most)
    if len(groups) > most:
        yield f"… and {count(len(groups) - MOST_GROUPS, 'more step')} of other kinds (--json has all)"


def _step(group: Group, diff: bool) -> Iterator[str]:
    first = group[0]
    yield f"  {glyph(first.action)} {grouped_title(group)}"
    most = 6 if len({s.cluster for s in group}) == 1 else 2
    yield f"      steps    {names([s.id for s in group], most)}, by {first.by}, risk {first.risk.value}"
    yield from (f"      because  {line}" for line in _because(group))
    if is_mixed(group):
        yield from (f"      mind     {caution}" for caution in _shared_cautions(group))
        return
    if first.unless is not None:
        yield f"      only if  this peer has not followed by itself after {first.wait} s"
    if isinstance(first.action, UploadCertificates):
        yield from _adds(first.action)
    yield from (f"      mind     {caution}" for caution in first.action.cautions)
    if diff:
        alike = " (the others alike)" if len(group) > 1 else ""
        yield f"      device   {first.action.by_hand}{alike}"
        yield f"      undo     {undo_words(first.undo.kind)}: {first.undo.how}{alike}"


def _adds(upload: UploadCertificates) -> Iterator[str]:
    """Each certificate, and below it how it is known to be genuine."""
    for name, sha256, provenance in zip_longest(upload.names, upload.sha256s, upload.provenances):
        yield f"      adds     {name} sha256:{sha256}"
        if provenance is not None:
            yield f"               {provenance_words(provenance)}"


def _shared_cautions(group: Group) -> Iterator[str]:
    """Those of every step; the others stand with each step (--expand)."""
    others = [set(step.action.cautions) for step in group]
    yield from (caution for caution in group[0].action.cautions if all(caution in held for held in others))


def _because(group: Group) -> Iterator[str]:
    """One line per finding: its first subject, and how many more."""
    subjects: dict[str, list[str]] = {}
    for line in dict.fromkeys(line for step in group for line in step.because):
        identity, _, subject = line.partition(": ")
        subjects.setdefault(identity, []).append(subject)
    for identity, found in subjects.items():
        yield f"{identity}: {names(found, 1)}" if any(found) else identity


def _blocked(blocked: Sequence[Blocked]) -> Iterator[str]:
    groups: dict[tuple[str, str], list[Blocked]] = {}
    for one in blocked:
        groups.setdefault((one.why, one.unblock), []).append(one)
    if groups:
        yield ""
        yield "Blocked:"
    for (why, unblock), group in groups.items():
        yield f"  ! {names(tuple(dict.fromkeys(b.title for b in group)), 3)}"
        yield f"      for       {names(tuple(dict.fromkeys(b.subject for b in group)), 3)}"
        yield f"      why       {why}"
        first, *more = unblock.splitlines() or [""]
        yield f"      unblock   {first}"
        yield from (f"                {line}" for line in more)
        yield from (f"      evidence  {line}" for line in group[0].evidence)


def _choices(choices: Sequence[Choice]) -> Iterator[str]:
    """Why each other remedy lost, likes together."""
    lost: dict[tuple[str, str], int] = {}
    for remedy in (pair for choice in choices for pair in choice.rejected):
        lost[remedy] = lost.get(remedy, 0) + 1
    if lost:
        yield ""
        yield "Not chosen:"
    yield from (f"  {name}: {reason} ({count(n, 'connection')})" for (name, reason), n in lost.items())


def _after(value: Plan) -> Iterator[str]:
    if value.owed:
        yield ""
        yield "Pending actions that these steps leave:"
        yield from (f"  {line}" for line in owed_lines(value.owed))
    if value.workarounds:
        yield ""
        yield from _workarounds(value)
        yield OFF_EXPOSES
    if value.closes:
        yield ""
        yield f"The temporary workaround on {names(value.closes)} ends with this plan."


def _earlier(value: Plan) -> Iterator[str]:
    lines = tuple(earlier_lines(value))
    if lines:
        yield ""
        yield "From earlier runs:"
        yield from (f"  {line}" for line in lines[:MOST_GROUPS])
    if len(lines) > MOST_GROUPS:
        yield f"  … and {len(lines) - MOST_GROUPS} more (remediate status)"


def _workarounds(value: Plan) -> Iterator[str]:
    clusters: dict[Workaround, list[str]] = {}
    for cluster, words in value.workarounds:
        clusters.setdefault(words, []).append(cluster)
    for words, alike in clusters.items():
        yield f"Temporary workaround on {names(alike)} until {moment(words.expires)}:"
        yield f"  {words.owner}, {words.ticket}: {words.reason}"


def _tallies(value: Plan) -> Iterator[str]:
    if value.before:
        yield ""
        yield f"Connections before: {tally(value.before)}"
        yield f"            after:  {tally(value.after)}"


def _connections(value: Plan) -> Iterator[str]:
    if not value.before:
        return
    yield from _tallies(value)
    lines = tuple(_changes(value.before, value.after))
    yield from lines if len(lines) <= MOST_GROUPS else _changes_by_kind(value.before, value.after)
    if value.accepts_failing:
        yield f"Accepted to fail afterwards ({value.accepts_reason}):"
        yield from (f"  {link}" for link in value.accepts_failing)


def _other_uses(value: Plan) -> Iterator[str]:
    lines = tuple(other_use_lines(value.other_uses))
    if lines:
        yield ""
        yield "What else these lists serve, judged by the path only:"
        yield from (f"  {line}" for line in lines)


def _unknown(value: Plan) -> Iterator[str]:
    """What could not be read, once per reason: no step rests on it."""
    unread = [c for c in value.before if c.state == "undetermined"]
    missing = (m for c in unread for m in (*c.missing, *getattr(c.verdict, "missing", ())))
    lines = not_known(missing)
    if lines:
        yield ""
        yield "Not known, so that no step rests on it:"
        yield from (f"  {line.removeprefix('not known: ')}" for line in lines[:MOST_GROUPS])
    if len(lines) > MOST_GROUPS:
        yield f"  … and {count(len(lines) - MOST_GROUPS, 'more reason')} (--json has all)"


def _changes(before: Sequence[Connection], after: Sequence[Connection]) -> Iterator[str]:
    """Where a state changes or does not become good; peers alike on one line."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for link, begins, ends in _changed(before, after):
        groups.setdefault((f"{link.origin}:{link.port}", begins, ends), []).append(link.peer)
    merged: dict[tuple[tuple[str, ...], str, str], list[str]] = {}
    for (server, begins, ends), peers in groups.items():
        merged.setdefault((tuple(peers), begins, ends), []).append(server)
    for (alike, begins, ends), servers in sorted(merged.items(), key=lambda item: len(item[0][0])):
        yield f"  {names(alike)} → {names(servers)}: {begins} → {ends}"


def _changes_by_kind(before: Sequence[Connection], after: Sequence[Connection]) -> Iterator[str]:
    """One line per change of state, the rarest first."""
    groups: dict[tuple[str, str], list[TlsLink]] = {}
    for link, begins, ends in _changed(before, after):
        groups.setdefault((begins, ends), []).append(link)
    for (begins, ends), links in sorted(groups.items(), key=lambda item: len(item[1])):
        clusters = tuple(dict.fromkeys(link.cluster for link in links))
        where = f"{count(len(clusters), 'cluster')} ({names(clusters, 3)})"
        yield f"  {count(len(links), 'connection')} in {where}: {begins} → {ends}"


def _changed(before: Sequence[Connection], after: Sequence[Connection]) -> Iterator[tuple[TlsLink, str, str]]:
    then = {(c.link.peer, c.link.origin, c.link.port): c for c in after}
    for connection in before:
        link = connection.link
        later = then.get((link.peer, link.origin, link.port))
        begins, ends = state(connection), state(later) if later else "gone"
        if (begins, ends) != ("good", "good"):
            yield link, begins, ends


def _closing(value: Plan) -> Iterator[str]:
    if value.steps:
        by_hand = sum(s.by == "hand" for s in value.steps)
        yield summary(value) + (f" {count(by_hand, 'step')} by hand." if by_hand else "")
        return
    owed = dict.fromkeys(p for c in value.before for p in c.pending)
    yield "No changes." + (f" {count(len(value.blocked), 'remedy', 'remedies')} blocked." if value.blocked else "")
    yield from (f"Still pending: {line}" for line in owed)

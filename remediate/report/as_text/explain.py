"""One step of a plan: the evidence, what it changes, and the fixes that lost."""

from __future__ import annotations

from collections.abc import Iterator

from remediate.actions import Action, RenameSystemServer, UploadCertificates
from remediate.model.fact import Fact
from remediate.model.finding import Connection, Finding
from remediate.model.verdict import Rejected
from remediate.planning.plan import Plan, Step
from remediate.report.as_text.words import state
from remediate.report.sanitize import page
from remediate.tls.describe import describe


def explain_step(plan: Plan, step: Step) -> str:
    """From what was seen to what will be read back; device text is made harmless."""
    return page(tuple(_lines(plan, step)))


def _lines(plan: Plan, step: Step) -> Iterator[str]:
    yield f"{step.id}: {step.action.title}"
    yield ""
    yield "Because:"
    for finding in _findings(plan, step):
        yield from _finding(finding)
    yield "What it adds:" if isinstance(step.action, UploadCertificates) else "What it does:"
    yield from _change(step.action)
    yield "Connections that it concerns:"
    yield from (f"  {c.link}: {state(c)} → {after}" for c, after in _connections(plan, step))
    yield "Right before the write must hold:"
    yield f"  {_fact(step.expect)}"
    yield f"Afterwards must be read, on a new connection, within {step.deadline} s:"
    yield from (f"  {_fact(fact)}" for fact in step.confirm)
    yield "Fixes that were not chosen:"
    yield from _lost(plan, step)
    yield "Bear in mind:"
    yield from (f"  {caution}" for caution in step.action.cautions)
    yield f"Undo ({step.undo.kind.replace('-', ' ')}): {step.undo.how}"


def _findings(plan: Plan, step: Step) -> list[Finding]:
    return [f for f in plan.findings if f"{f.id}: {f.subject}" in step.because]


def _finding(finding: Finding) -> Iterator[str]:
    yield f"  {finding.id}: {finding.subject}: {finding.summary}"
    yield from (f"    {line}" for line in finding.evidence)


def _change(action: Action) -> Iterator[str]:
    if not isinstance(action, UploadCertificates):
        yield f"  {action.by_hand}"
        return
    for name, certificate in zip(action.names, action.certificates, strict=True):
        seen = describe(certificate.der)
        yield f"  {name}: {seen.label}, issued by {seen.issuer}"
        yield f"    {'CA' if seen.is_ca else 'no CA'}, {seen.key}, until {seen.not_after}, SHA-256 {certificate.sha256}"


def _connections(plan: Plan, step: Step) -> Iterator[tuple[Connection, str]]:
    """Those that were refused before and that a finding of this step names."""
    named = {link for finding in _findings(plan, step) for link in finding.links}
    later = {_key(c): c for c in plan.after}
    for connection in plan.before:
        link = connection.link
        concerned = link.peer == step.action.host or isinstance(step.action, RenameSystemServer)
        if link in named and concerned and isinstance(connection.verdict, Rejected):
            found = later.get(_key(connection))
            yield connection, state(found) if found else "gone"


def _key(connection: Connection) -> tuple[str, str, int]:
    return connection.link.peer, connection.link.origin, connection.link.port


def _fact(fact: Fact) -> str:
    where = f"{fact.field.kind} of {fact.field.host}"
    value = ", ".join(fact.value) if isinstance(fact.value, tuple) else fact.value
    words = {"is": "is", "holds": "holds", "digest": "is still the list whose digest is"}
    return f"{where} {words[fact.relation]} {value}"


def _lost(plan: Plan, step: Step) -> Iterator[str]:
    named = {link for finding in _findings(plan, step) for link in finding.links}
    lost = dict.fromkeys(pair for choice in plan.choices if choice.link in named for pair in choice.rejected)
    yield from (f"  {name}: {why}" for name, why in lost)

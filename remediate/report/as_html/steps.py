"""Steps as the page shows them: likes as one, the outlier first; and the same device by device."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from remediate.actions import UploadCertificates
from remediate.planning.plan import Plan, Step
from remediate.report.as_text.owed import owed_lines
from remediate.report.as_text.words import names, provenance_words, undo_words
from remediate.report.likes import Group, by_kind, grouped_title
from remediate.report.procedure import numbered, told
from remediate.report.story import RISKS
from remediate.tls.describe import describe


@dataclass(frozen=True)
class StepView:
    """One step."""

    number: int
    host: str
    by: str
    by_hand: str
    undo_kind: str
    undo: str


@dataclass(frozen=True)
class GroupView:
    """Steps alike but for their device."""

    title: str
    numbers: str
    by: str
    risk: str
    risk_words: str
    because: tuple[str, ...]
    adds: tuple[tuple[str, str, str, str], ...]
    """Name, subject, SHA-256, how it is known to be genuine."""
    owes: tuple[str, ...]
    before: str
    after: tuple[str, ...]
    steps: tuple[StepView, ...]
    cautions: tuple[str, ...]


@dataclass(frozen=True)
class DeviceView:
    """One device and the numbers of its steps."""

    host: str
    address: str
    version: str
    serial: str
    cluster: str
    steps: tuple[tuple[int, str], ...]


def groups(plan: Plan) -> tuple[GroupView, ...]:
    """In the order of the text form."""
    number = {step.id: at for at, step in numbered(plan)}
    return tuple(_group(group, number) for group in by_kind(plan.steps))


def devices(plan: Plan) -> tuple[DeviceView, ...]:
    """Devices that are written, in the order in which they are."""
    steps: dict[str, list[tuple[int, str]]] = {}
    for number, step in numbered(plan):
        steps.setdefault(step.action.host, []).append((number, step.action.title))
    known = {device.host: device for device in plan.devices}
    return tuple(
        DeviceView(
            host=host,
            address=known[host].address if host in known else "",
            version=known[host].version if host in known else "",
            serial=known[host].serial if host in known else "",
            cluster=known[host].cluster if host in known else "",
            steps=tuple(own),
        )
        for host, own in steps.items()
    )


def _group(group: Group, number: dict[str, int]) -> GroupView:
    first = group[0]
    return GroupView(
        title=grouped_title(group),
        numbers=names([str(number[step.id]) for step in group], 12),
        by=first.by,
        risk=first.risk.value,
        risk_words=RISKS[first.risk],
        because=tuple(dict.fromkeys(reason for step in group for reason in step.because)),
        adds=tuple(dict.fromkeys(added for step in group for added in _adds(step))),
        owes=tuple(owed_lines([owed for step in group for owed in step.action.owes])),
        before=told(first.expect),
        after=tuple(told(fact) for fact in first.confirm),
        steps=tuple(_step(number[step.id], step) for step in group),
        cautions=first.action.cautions,
    )


def _step(number: int, step: Step) -> StepView:
    words = undo_words(step.undo.kind)
    return StepView(number, step.action.host, step.by, step.action.by_hand, words, step.undo.how)


def _adds(step: Step) -> Iterator[tuple[str, str, str, str]]:
    if isinstance(step.action, UploadCertificates):
        upload = step.action
        for name, certificate, provenance in zip_longest(upload.names, upload.certificates, upload.provenances):
            vouched = provenance_words(provenance) if provenance else ""
            yield name, describe(certificate.der).label, certificate.sha256, vouched

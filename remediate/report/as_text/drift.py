"""What differs: between playbook and devices, and between two captures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from remediate.actions import RestartService, UploadCertificates
from remediate.model.certificate import Chain, EncodedCertificate, TrustStore
from remediate.model.fact import Fact, FieldValue, ServiceStart, Setting
from remediate.model.observed import (
    ClusterView,
    ObservedState,
    OriginReading,
    PeerReading,
    ProcessNode,
    Product,
    UcReading,
)
from remediate.model.reading import Known, Unknown
from remediate.planning.plan import Plan, Step
from remediate.report.as_text.words import count
from remediate.report.sanitize import page
from remediate.tls.describe import describe

START_ROUNDING = timedelta(seconds=30)
"""A device that restarted in between has lost all its uptime, which is more."""

Reading = Known[Any] | Unknown | None


_FIELDS = {
    "diagnostic-state": "diagnostic logging",
    "server-name": "System > Server",
    "zones": "zones",
    "trust-list": "trusted CA list",
    "listed-names": "names that UDS lists",
    "registrations": "registered phones",
    "health": "start",
}


def drift(plan: Plan) -> str:
    """Each field that a step would change: what is read, what is wanted."""
    lines = tuple(dict.fromkeys(line for step in plan.steps for line in _differences(step)))
    held = tuple(f"! {b.subject}: {b.title}: {b.why}" for b in plan.blocked)
    total = len(lines) + len(held)
    closing = f"Drift: {count(total, 'difference')}." if total else "No drift."
    return page((*lines, *held, closing))


def compare(before: ObservedState, after: ObservedState) -> tuple[str, ...]:
    """One line per difference between two captures; times of reading are no difference."""
    peers = _paired(before.peers, after.peers, lambda p: p.host, _peer)
    uc = _paired(before.uc, after.uc, lambda u: u.cluster, _uc)
    origins = _paired(before.origins, after.origins, lambda o: f"{o.host}:{o.port}", _origin)
    return (*peers, *uc, *origins)


def _differences(step: Step) -> Iterator[str]:
    if isinstance(step.action, UploadCertificates):
        yield from (f"+ {step.action.host}: trusted CA list lacks {name}" for name in step.action.names)
        return
    if isinstance(step.action, RestartService):
        yield f"~ {step.action.title}"
        return
    for fact in step.confirm:
        now = step.expect.value if fact.field == step.expect.field else None
        read = f" (read: {_value(now)})" if now else ""
        yield f"~ {_field(fact)}: wanted {_value(fact.value)}{read}"


def _field(fact: Fact) -> str:
    return f"{fact.field.host}: {_FIELDS.get(fact.field.kind) or _own_words(fact)}"


def _own_words(fact: Fact) -> str:
    match fact.field:
        case Setting(path=path):
            return path
        case ServiceStart(service=service):
            return f"start of {service}"
    return fact.field.kind


def _value(value: FieldValue) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _paired(
    before: tuple[Any, ...], after: tuple[Any, ...], key: Callable[[Any], str], each: Callable[..., Iterator[str]]
) -> Iterator[str]:
    old, new = {key(x): x for x in before}, {key(x): x for x in after}
    for name in dict.fromkeys((*old, *new)):
        if name not in new:
            yield f"- {name}: in the first capture only"
        elif name not in old:
            yield f"+ {name}: in the second capture only"
        else:
            yield from each(name, old[name], new[name])


def _peer(name: str, old: PeerReading, new: PeerReading) -> Iterator[str]:
    if not _same_start(old.product, new.product):
        yield from _changed(name, "product", old.product, new.product, _product)
    yield from _trust(name, old.trust, new.trust)
    before, after = dict(old.settings), dict(new.settings)
    for path in dict.fromkeys((*before, *after)):
        yield from _changed(name, path, before.get(path), after.get(path))
    yield from _changed(name, "cluster", old.view, new.view, _view)
    for label in ("zones", "alarms", "upload_by_api"):
        yield from _changed(name, label.replace("_", " "), getattr(old, label), getattr(new, label))


def _same_start(old: Known[Product] | Unknown, new: Known[Product] | Unknown) -> bool:
    """Alike but for the rounding of a start, which is reckoned from an uptime in whole seconds."""
    if not (isinstance(old, Known) and isinstance(new, Known)):
        return False
    alike = new.value.model_copy(update={"started_at": old.value.started_at}) == old.value
    return alike and abs(new.value.started_at - old.value.started_at) < START_ROUNDING


def _uc(name: str, old: UcReading, new: UcReading) -> Iterator[str]:
    yield from _changed(name, "version", old.version, new.version)
    same = all(isinstance(r, Known) for r in (old.process_nodes, new.process_nodes))
    if not same or _sorted(old.process_nodes) != _sorted(new.process_nodes):
        yield from _changed(name, "System > Server", old.process_nodes, new.process_nodes, _nodes)


def _sorted(reading: Known[tuple[ProcessNode, ...]] | Unknown) -> list[ProcessNode]:
    """The database gives its rows in any order."""
    return sorted(reading.value, key=lambda node: node.uuid) if isinstance(reading, Known) else []


def _origin(name: str, old: OriginReading, new: OriginReading) -> Iterator[str]:
    yield from _changed(name, "certificates served", old.probes, new.probes, _probes)


def _changed(
    subject: str, label: str, old: Reading, new: Reading, shown: Callable[[Any], str] | None = None
) -> Iterator[str]:
    if old != new:
        yield f"~ {subject}: {label}: {_shown(old, shown)} → {_shown(new, shown)}"


def _shown(reading: Reading, shown: Callable[[Any], str] | None) -> str:
    match reading:
        case None:
            return "not read"
        case Unknown():
            return f"unknown ({reading.why})"
        case Known():
            return shown(reading.value) if shown else _plain(reading.value)


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return "absent" if value is None else str(value)


def _product(value: Product) -> str:
    return f"{value.version}, serial {value.serial}, started {value.started_at:%Y-%m-%d %H:%M:%SZ}"


def _nodes(value: tuple[Any, ...]) -> str:
    return ", ".join(sorted(node.name for node in value))


def _view(value: ClusterView) -> str:
    return f"peers {', '.join(value.peers)}, configuration primary {value.primary}, database {value.database}"


def _probes(value: tuple[Any, ...]) -> str:
    return "; ".join(f"{p.kind} {_leaf(p.chain)}" for p in value)


def _leaf(chain: Chain) -> str:
    return f"{chain[0].sha256[:16]} of {count(len(chain), 'certificate')}" if chain else "none"


def _entry(certificate: EncodedCertificate) -> str:
    subject = describe(certificate.der).subject or "(cannot be decoded)"
    return f"{subject} sha256:{certificate.sha256}"


def _trust(name: str, old: Known[TrustStore] | Unknown, new: Known[TrustStore] | Unknown) -> Iterator[str]:
    if not (isinstance(old, Known) and isinstance(new, Known)):
        yield from _changed(name, "trusted CA list", old, new, lambda t: f"{len(t.entries)} certificates")
        return
    before, after = old.value.sha256s, new.value.sha256s
    yield from (f"- {name}: trusted CA list: {_entry(c)}" for c in old.value.entries if c.sha256 not in after)
    yield from (f"+ {name}: trusted CA list: {_entry(c)}" for c in new.value.entries if c.sha256 not in before)
    kept = [s for s in before if s in after]
    if kept != [s for s in after if s in before]:
        yield f"~ {name}: trusted CA list: same certificates in another order (the first of one subject wins)"

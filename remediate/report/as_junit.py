"""A report as JUnit XML, which every pipeline reads: one test case per connection, finding and step."""

from __future__ import annotations

from collections.abc import Iterable

from lxml.etree import Element, SubElement, _Element, tostring

from remediate.model.finding import Connection, Finding, Severity
from remediate.planning.plan import Plan
from remediate.report.as_text.words import log_lines, state, why
from remediate.report.dossier import Dossier
from remediate.report.sanitize import clean

_BAD = (Severity.CRITICAL, Severity.ERROR)


def junit(dossier: Dossier) -> str:
    """`fails` and `pending` are failures, what is not known is an error, a step that was not done is skipped."""
    root = Element("testsuites", name=_text(dossier.name))
    if dossier.plan is not None:
        _suite(root, "connections", [_connection(c) for c in dossier.plan.before])
        _suite(root, "findings", [_finding(f) for f in dossier.plan.findings if not f.links])
        _suite(root, "fixes", list(_blocked(dossier.plan)))
    if dossier.run is not None:
        _suite(root, "steps", [_case(s.cluster, s.step, *_ended(s.status, s.why)) for s in dossier.run.steps])
    return tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True).decode()


def _suite(root: _Element, name: str, cases: list[_Element]) -> None:
    if not cases:
        return
    suite = SubElement(root, "testsuite", name=name, tests=str(len(cases)))
    for kind in ("failure", "error", "skipped"):
        plural = kind if kind == "skipped" else f"{kind}s"
        suite.set(plural, str(sum(case.find(kind) is not None for case in cases)))
    suite.extend(cases)


def _case(group: str, name: str, outcome: str = "", message: str = "", detail: str = "") -> _Element:
    case = Element("testcase", classname=_text(group), name=_text(name))
    if outcome:
        told = SubElement(case, outcome, message=_text(message))
        told.text = _text(detail) if detail else None
    return case


def _connection(connection: Connection) -> _Element:
    told = why(connection)
    message = told[0] if told else state(connection)
    detail = "; ".join((*told[1:], *log_lines(connection)))
    outcome = {"fails": "failure", "pending": "failure", "undetermined": "error"}.get(connection.state, "")
    return _case(connection.link.cluster, str(connection.link), outcome, message, detail)


def _finding(finding: Finding) -> _Element:
    outcome = "failure" if finding.severity in _BAD else ""
    case = _case(finding.cluster, f"{finding.id}: {finding.subject}", outcome, finding.summary)
    if not outcome:
        SubElement(case, "system-out").text = _text(f"{finding.severity.value}: {finding.summary}")
    return case


def _blocked(plan: Plan) -> Iterable[_Element]:
    for one in plan.blocked:
        outcome = "error" if one.unknown else "skipped"
        yield _case(one.cluster, f"{one.subject}: {one.title}", outcome, one.why, one.unblock)


def _ended(status: str, why_not: str) -> tuple[str, str]:
    """How a step's end counts in a pipeline, and the reason."""
    match status:
        case "confirmed" | "noop" | "undone":
            return "", ""
        case "failed":
            return "failure", why_not
        case "refused":
            return "skipped", why_not
        case _:
            return "error", why_not or "the end of this step is not known"


def _text(value: str) -> str:
    """XML 1.0 takes no control characters; what `clean` shows of them it does."""
    return clean(value)

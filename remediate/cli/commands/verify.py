"""Which UC server fails on which peer, on which port, and why, by fresh readings or from a capture."""

from __future__ import annotations

from argparse import Namespace

from remediate.checks import connections_for, findings_for
from remediate.checks.client_certificate import ClientCertificateRefused
from remediate.cli.answering import answer
from remediate.cli.arguments.verify import VIEWS
from remediate.cli.exits import Exit
from remediate.cli.session import Session
from remediate.cli.settling import settle
from remediate.cli.wiring import Wiring
from remediate.model.finding import Connection, Finding, Severity
from remediate.report import as_json
from remediate.report.as_text.shared import shared
from remediate.report.as_text.verify import verify
from remediate.report.as_text.ways import ways

_UNREAD = frozenset({"peer-unreachable", "system-server-unread"})


def run(args: Namespace, wiring: Wiring) -> int:
    """Collect or load, judge, print."""
    session = Session(args, wiring)
    desired = session.desired()
    observed = session.observed(desired.inventory)
    if not args.capture:
        observed = settle(session, observed)
    limit = session.limit(desired.inventory)
    now = connections_for(desired, observed)
    findings = tuple(f for f in findings_for(desired, observed, now) if limit is None or f.cluster in limit)
    viewed = now if args.view == "now" else connections_for(desired, observed, args.view, limit)
    connections = tuple(c for c in viewed if limit is None or c.link.cluster in limit)

    def words() -> None:
        if args.view != "now":
            wiring.output.line(f"Judged {VIEWS[args.view]}.")
        if args.view == "upgraded":
            wiring.output.prose(ways(desired, observed, connections))
        wiring.output.prose(shared(observed))
        wiring.output.prose(verify(connections, findings, observed.taken_at, wiring.output.columns))

    answer(args, wiring.output, lambda: as_json.verify(connections, findings, observed), words)
    return verdict(connections, findings)


def verdict(connections: tuple[Connection, ...], findings: tuple[Finding, ...]) -> Exit:
    """The exit code of a matrix."""
    states = {c.state for c in connections}
    refused = any(f.id == ClientCertificateRefused.id and f.severity == Severity.ERROR for f in findings)
    if refused or states & {"fails", "pending"}:
        return Exit.NOT_CONVERGED
    unread = any(f.id in _UNREAD for f in findings)
    return Exit.UNREACHABLE if "undetermined" in states or unread or not connections else Exit.OK

"""Which UC server fails on which peer, on which port, and why, by fresh readings or from a capture.

Pending actions that are seen done are noted as done in the ledger. Exit 0: all good; 9: something fails
or is pending; 4: nothing fails, and something is not known.
"""

from __future__ import annotations

from argparse import Namespace

from remediate.checks import connections_for, findings_for
from remediate.checks.client_certificate import ClientCertificateRefused
from remediate.checks.connections import When
from remediate.cli import parser as options
from remediate.cli.exits import Exit
from remediate.cli.parser import Parsers
from remediate.cli.session import FORKS, Session
from remediate.cli.settling import settle
from remediate.cli.wiring import Wiring
from remediate.model.finding import Connection, Finding, Severity
from remediate.report import as_json
from remediate.report.as_text.shared import shared
from remediate.report.as_text.verify import verify
from remediate.report.as_text.ways import ways

EXAMPLE = """
remediate verify -i inventories/prod
remediate verify -i inventories/prod --view upgraded
remediate verify -i inventories/prod --from before.capture --json
"""
VIEWS: dict[When, str] = {
    "now": "as the traffic servers decide now",
    "listed": "as if every restart owed were done",
    "enforced": "as if VerifyOriginServer were On",
    "off": "as if VerifyOriginServer were Off",
    "upgraded": "as after an upgrade to X14.2, whichever certificate is then served",
}
_UNREAD = frozenset({"peer-unreachable", "system-server-unread"})


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "verify", __doc__, EXAMPLE)
    options.inventory(parser)
    options.limit(parser)
    options.forks(parser, FORKS)
    options.given(parser)
    options.json_output(parser)
    options.readings(parser)
    parser.add_argument(
        "--view", choices=list(VIEWS), default="now", help="; ".join(f"{k}: {v}" for k, v in VIEWS.items())
    )


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
    if args.json:
        wiring.output.text(as_json.verify(connections, findings, observed.taken_at))
    else:
        if args.view != "now":
            wiring.output.line(f"Judged {VIEWS[args.view]}.")
        if args.view == "upgraded":
            wiring.output.prose(ways(desired, observed, connections))
        wiring.output.prose(shared(observed))
        wiring.output.prose(verify(connections, findings, observed.taken_at, wiring.output.columns))
    return verdict(connections, findings)


def verdict(connections: tuple[Connection, ...], findings: tuple[Finding, ...]) -> Exit:
    """The exit code of a matrix."""
    states = {c.state for c in connections}
    refused = any(f.id == ClientCertificateRefused.id and f.severity == Severity.ERROR for f in findings)
    if refused or states & {"fails", "pending"}:
        return Exit.NOT_CONVERGED
    unread = any(f.id in _UNREAD for f in findings)
    return Exit.UNREACHABLE if "undetermined" in states or unread or not connections else Exit.OK

"""Temporary workarounds (VerifyOriginServer Off): list them, extend one, or end them.

retire means go secure: it is refused (7) while a connection would fail. To restore what was there before
a run instead: remediate rollback.
"""

from __future__ import annotations

from argparse import Namespace
from datetime import timedelta

from remediate import __version__
from remediate.cli import parser as options
from remediate.cli.commands.rollback import saved
from remediate.cli.exits import Exit
from remediate.cli.parser import Parsers
from remediate.cli.session import FORKS, Session
from remediate.cli.wiring import Wiring
from remediate.errors import ForbiddenStep, InputError
from remediate.journal.entries import LeaseExtended
from remediate.model.outstanding import Lease
from remediate.planning.retire import retire_plan
from remediate.report import as_json
from remediate.report.as_text.status import workarounds
from remediate.report.as_text.words import moment

EXAMPLE = """
remediate workaround list -i inventories/prod -detailed-exitcode
remediate workaround extend exp-c -i inventories/prod --until 2026-12-07T22:00:00Z --approver "A. Smith" --reason CHG2
remediate workaround retire -i inventories/prod -o secure.plan
"""
LONGEST = timedelta(days=30)
EXTENSIONS = 2


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "workaround", __doc__, EXAMPLE)
    verbs = parser.add_subparsers(dest="what", required=True, metavar="list|extend|retire")
    listing, extending, retiring = EXAMPLE.strip().splitlines()
    told = "What is in force; with -detailed-exitcode 12 when one is past its date."
    _list(options.verb(verbs, "list", told, listing))
    _extend(options.verb(verbs, "extend", "Move the end of one, twice at most, with approver and reason.", extending))
    told = "A plan that sets VerifyOriginServer On. Exit 7 while a connection would fail."
    _retire(options.verb(verbs, "retire", told, retiring))


def run(args: Namespace, wiring: Wiring) -> int:
    """One of the three."""
    return {"list": _run_list, "extend": _run_extend, "retire": _run_retire}[args.what](Session(args, wiring))


def _list(parser: options.Parser) -> None:
    options.inventory(parser, required=False)
    options.json_output(parser)
    options.detailed(parser)


def _extend(parser: options.Parser) -> None:
    options.inventory(parser, required=False)
    parser.add_argument("cluster", metavar="CLUSTER")
    parser.add_argument("--until", metavar="TIME", type=options.moment, required=True)
    parser.add_argument("--approver", metavar="WHO", required=True)
    parser.add_argument("--reason", metavar="WHY", required=True)


def _retire(parser: options.Parser) -> None:
    options.inventory(parser)
    options.limit(parser)
    options.forks(parser, FORKS)
    options.given(parser)
    options.json_output(parser)
    parser.add_argument("-o", "--out", metavar="FILE", help="where the plan goes")


def _run_list(session: Session) -> int:
    outstanding, at = session.outstanding(), session.clock.now()
    if session.args.json:
        leases = [lease.model_dump(mode="json") for lease in outstanding.leases]
        session.output.text(as_json.document("workarounds", at=at.isoformat(), workarounds=leases))
    else:
        session.output.prose(workarounds(outstanding, at))
    late = session.args.detailed_exitcode and outstanding.expired(at)
    return Exit.EXPIRED if late else Exit.OK


def _run_extend(session: Session) -> int:
    args, ledger, at = session.args, session.ledger(), session.clock.now()
    lease = _lease(session, args.cluster)
    if lease.extensions >= EXTENSIONS:
        raise ForbiddenStep(f"{lease.cluster}: extended {EXTENSIONS} times already; mend the cause, then retire it")
    if not lease.expires < args.until or args.until - at > LONGEST:
        raise InputError("must be later than its present end, and within 30 days", path="--until")
    ledger.append(
        LeaseExtended(
            run=lease.run, cluster=lease.cluster, at=at, expires=args.until, approver=args.approver, reason=args.reason
        )
    )
    session.output.line(f"{lease.cluster}: temporary workaround until {moment(args.until)}")
    return Exit.OK


def _run_retire(session: Session) -> int:
    desired = session.desired()
    limit = session.limit(desired.inventory)
    observed = session.read(desired.inventory, limit)
    leased = [lease.cluster for lease in observed.outstanding.leases]
    clusters = [c for c in leased if limit is None or c in limit] or sorted(limit or ())
    if not clusters:
        session.output.line("No temporary workaround is in force.")
        return Exit.OK
    plan = retire_plan(desired, observed, session.clock.now(), __version__, clusters)
    return saved(session, plan)


def _lease(session: Session, cluster: str) -> Lease:
    leases = {lease.cluster: lease for lease in session.outstanding().leases}
    if cluster not in leases:
        known = ", ".join(leases) or "none is in force"
        raise InputError(f"no temporary workaround on {cluster}", path="command line", hint=f"in force on: {known}")
    return leases[cluster]

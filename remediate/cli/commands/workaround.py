"""Temporary workarounds (VerifyOriginServer Off): list them, extend one, or end them."""

from __future__ import annotations

from argparse import Namespace

from remediate import __version__
from remediate.cli.answering import answer
from remediate.cli.commands.rollback import saved
from remediate.cli.exits import Exit
from remediate.cli.session import Session
from remediate.cli.wiring import Wiring
from remediate.errors import ForbiddenStep, InputError
from remediate.journal.entries import LeaseExtended
from remediate.model.desired import LONGEST
from remediate.model.outstanding import Lease
from remediate.planning.retire import retire_plan
from remediate.report import as_json
from remediate.report.as_text.status import workarounds
from remediate.report.as_text.words import moment

EXTENSIONS = 2


def run(args: Namespace, wiring: Wiring) -> int:
    """One of the three."""
    return {"list": _run_list, "extend": _run_extend, "retire": _run_retire}[args.what](Session(args, wiring))


def _run_list(session: Session) -> int:
    outstanding, at = session.outstanding(), session.clock.now()
    answer(
        session.args,
        session.output,
        lambda: as_json.document("workarounds", at=at.isoformat(), workarounds=outstanding.leases),
        lambda: session.output.prose(workarounds(outstanding, at)),
    )
    late = session.args.detailed_exitcode and outstanding.expired(at)
    return Exit.EXPIRED if late else Exit.OK


def _run_extend(session: Session) -> int:
    args, ledger, at = session.args, session.ledger(), session.clock.now()
    lease = _lease(session, args.cluster)
    if lease.extensions >= EXTENSIONS:
        raise ForbiddenStep(f"{lease.cluster}: extended {EXTENSIONS} times already; mend the cause, then retire it")
    if not max(lease.expires, at) < args.until <= at + LONGEST:
        why = f"must be later than now and than its present end, and within {LONGEST.days} days"
        raise InputError(why, path="--until", hint=f"it ends {moment(lease.expires)}, now is {moment(at)}")
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
    known = {c.name for c in desired.inventory.of_role("expressway-c")}
    leased = [lease.cluster for lease in observed.outstanding.leases]
    for cluster in (c for c in leased if c not in known):  # a team's ledger holds those of other inventories too
        session.output.note(f"{cluster}: its temporary workaround is retired with the inventory that holds it")
    clusters = [c for c in leased if c in known and (limit is None or c in limit)] or sorted(known & (limit or set()))
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

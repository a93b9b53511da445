"""Vouch for what nothing readable shows: the restart of a UC service, a CTL that was updated, or a fresh backup."""

from __future__ import annotations

from argparse import Namespace

from remediate.cli.exits import Exit
from remediate.cli.parser import nearest
from remediate.cli.session import Session
from remediate.cli.wiring import Wiring
from remediate.engine.apply_policy import ATTESTED, BACKUP
from remediate.errors import ForbiddenStep, InputError
from remediate.journal.entries import Attested, ObligationPaid
from remediate.model.outstanding import Obligation

PREFIX = f"{BACKUP}:"


def run(args: Namespace, wiring: Wiring) -> int:
    """Two entries: who vouches, and that it is paid."""
    session = Session(args, wiring)
    if args.action.startswith(PREFIX):
        return _backup(session, args.action.removeprefix(PREFIX))
    ledger, at = session.ledger(), session.clock.now()
    owed = _owed(args.action, session)
    who = args.who or wiring.consent(False).who
    what = f"{owed.kind} {owed.what} on {owed.host}"
    ledger.append(Attested(run=owed.run, cluster=owed.cluster, at=at, who=who, what=what))
    ledger.append(
        ObligationPaid(run=owed.run, cluster=owed.cluster, at=at, obligation=owed.id, evidence=f"attested by {who}")
    )
    wiring.output.line(f"Noted: {what}, attested by {who}.")
    return Exit.OK


def _backup(session: Session, cluster: str) -> int:
    """For the preflight of `apply`, where the policy asks for backups."""
    known = [one.name for one in session.desired().inventory.clusters]
    if cluster not in known:
        raise InputError(f"no cluster {cluster}", path="ID", hint=f"clusters: {', '.join(known)}")
    who = session.args.who or session.wiring.consent(False).who
    session.ledger().append(Attested(run=ATTESTED, cluster=cluster, at=session.clock.now(), who=who, what=BACKUP))
    session.output.line(f"Noted: a backup of {cluster} was taken by now, attested by {who}.")
    return Exit.OK


def _owed(identity: str, session: Session) -> Obligation:
    known = {o.id: o for o in session.outstanding().obligations}
    if identity not in known:
        near = nearest(identity, known)
        hint = f"did you mean {near}?" if near else "see remediate status"
        raise InputError(f"no pending action {identity}", path="command line", hint=hint)
    if known[identity].kind not in ("restart-service", "update-ctl"):
        raise ForbiddenStep(f"{known[identity].kind} is seen, not attested: remediate verify reads it")
    return known[identity]

"""Log in through Expressway-E with a test account, as a client does, and say which request fails."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path

from remediate.checks import connections_for
from remediate.cli.answering import answer
from remediate.cli.exits import Exit
from remediate.cli.gate import attested_login, record_login
from remediate.cli.session import Session
from remediate.cli.wiring import Wiring
from remediate.errors import InputError
from remediate.evidence.served import sent_to
from remediate.journal.entries import ObligationPaid
from remediate.journal.unneeded import unneeded
from remediate.model.base import canonical_json
from remediate.model.desired import DesiredState
from remediate.model.login import Login, with_peers
from remediate.model.policy import LoginTest
from remediate.report.as_text.login import login as login_text


def run(args: Namespace, wiring: Wiring) -> int:
    """0 good, 9 a request failed, 4 nothing answered."""
    session = Session(args, wiring)
    desired = session.desired()
    test = _test(session, desired)
    if test.by_hand or args.attest:
        return _by_hand(session, test)
    found = _served(wiring.logins().login(desired.inventory, test), args.log, desired)
    record_login(session, found)
    answer(args, wiring.output, lambda: _json(found), lambda: wiring.output.text(login_text(found)))
    _close_unneeded(session, desired, found)
    if not any(request.status for request in found.requests):
        return Exit.UNREACHABLE
    return Exit.OK if found.good else Exit.NOT_CONVERGED


def _test(session: Session, desired: DesiredState) -> LoginTest:
    test = session.policy(desired.inventory).login_test
    if test is None:
        hint = "login_test: {edge: CLUSTER, domain: …, credentials: {username: …, password: {file: …}}}"
        raise InputError("no login test is declared", path="policy.yml", hint=hint)
    return test


def _by_hand(session: Session, test: LoginTest) -> int:
    if not test.by_hand:
        raise InputError("policy.yml gives a test account: nothing to attest", path="--attest", hint="leave it out")
    if not session.args.attest:
        hint = "log in by hand from outside, then: remediate login-test -i INV --attest NAME"
        raise InputError("the login is tested by hand here (by_hand: true)", path="policy.yml", hint=hint)
    attested_login(session, session.args.attest)
    session.output.line(f"Noted: a login from outside works, attested by {session.args.attest}.")
    return Exit.OK


def _served(found: Login, logs: Iterable[str], desired: DesiredState) -> Login:
    names = {h.address: h.name for c in desired.inventory.of_role("expressway-c") for h in c.hosts}
    trackings = frozenset(request.tracking for request in found.requests)
    pairs = [
        (tracking, names.get(address, address))
        for log in logs
        for tracking, address in sent_to(_lines(Path(log)), trackings)
    ]
    return with_peers(found, pairs)


def _lines(path: Path) -> Iterable[bytes]:
    try:
        with path.open("rb") as file:
            yield from file
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=str(path)) from error


def _json(found: Login) -> str:
    return json.dumps(json.loads(canonical_json(found)) | {"good": found.good}, indent=1, ensure_ascii=False) + "\n"


def _close_unneeded(session: Session, desired: DesiredState, found: Login) -> None:
    """A restart that is owed while all that waits for it was seen to work is closed with that evidence."""
    if not any(request.peer for request in found.requests):
        return
    outstanding = session.outstanding()
    waiting = {o.cluster for o in outstanding.obligations if o.kind == "restart"}
    if not waiting:
        return
    observed = session.read(desired.inventory, frozenset(waiting))
    for owed, evidence in unneeded(outstanding, connections_for(desired, observed, clusters=waiting), found):
        at = session.clock.now()
        paid = ObligationPaid(run=owed.run, cluster=owed.cluster, at=at, obligation=owed.id, evidence=evidence)
        session.ledger().append(paid)
        session.output.line(f"The restart of {owed.host} is not needed: {evidence}")

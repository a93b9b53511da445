"""The policy: windows, approvals, backups, the login test. What it asks and is not there stands against an apply."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from remediate.cli.gate import attested_lately
from remediate.cli.session import Session
from remediate.engine.apply_policy import ATTESTED, BACKUP, without_backup
from remediate.errors import JournalError
from remediate.journal.entries import Entry
from remediate.model.condition import Condition
from remediate.model.inventory import Inventory
from remediate.model.policy import Approvals, LoginTest, Policy
from remediate.planning.windows import standing
from remediate.report.as_text.words import names

AREA = "policy"


def rules(session: Session, inventory: Inventory, clusters: Iterable[str]) -> Iterator[Condition]:
    """For these clusters, now."""
    policy, named = session.policy(inventory), tuple(clusters)
    yield from _windows(session, policy, named)
    if policy.approvals is not None:
        yield from _approvals(policy.approvals)
    attested = _attested(session)
    for cluster in without_backup(named, policy, attested, session.clock.now()):
        then = f"take one, then remediate attest {BACKUP}:{cluster} -i INV --who NAME"
        yield Condition(area=AREA, subject=cluster, state="stops", what="no fresh backup is on record", next=then)
    if policy.login_test is not None:
        yield _login(session, policy.login_test, attested)


def _attested(session: Session) -> tuple[Entry, ...]:
    """None where the ledger cannot be read, which is told where it is examined."""
    try:
        return session.ledger().entries(ATTESTED)
    except JournalError:
        return ()


def _windows(session: Session, policy: Policy, clusters: Iterable[str]) -> Iterator[Condition]:
    if not policy.windows:
        yield Condition(area=AREA, subject="change windows", state="good", what="none declared: always open")
        return
    found: dict[str, list[str]] = {}
    ends: dict[str, list[str]] = {}
    for cluster in clusters:
        now = standing(policy.windows, (cluster,), session.clock.now())
        until = f"open until {now.ends:%Y-%m-%d %H:%M} UTC" if now.ends else "open"
        (found if now.why_not else ends).setdefault(now.why_not or until, []).append(cluster)
    for why, alike in found.items():
        then = "wait for it, or --override-window REASON, which goes into the ledger"
        yield Condition(area=AREA, subject=names(alike), state="stops", what=why, next=then)
    for until, alike in ends.items():
        yield Condition(area=AREA, subject=names(alike), state="good", what=f"change window {until}")


def _approvals(approvals: Approvals) -> Iterator[Condition]:
    asked = ", ".join(f"{risk} {count}" for risk, count in approvals.required) or "none"
    signers = Path(approvals.signers)
    if not signers.is_file():
        then = "one line per approver: see ssh-keygen(1), ALLOWED SIGNERS"
        what = f"the file of allowed signers is not there: {signers}"
        yield Condition(area=AREA, subject="approvals", state="stops", what=what, next=then)
    elif shutil.which("ssh-keygen") is None:
        what = "ssh-keygen, which verifies signatures, is not installed"
        yield Condition(area=AREA, subject="approvals", state="stops", what=what, next="apt-get install openssh-client")
    else:
        what = f"approvals by class of risk: {asked}; each plan is signed by remediate approve FILE"
        yield Condition(area=AREA, subject="approvals", state="good", what=what)


def _login(session: Session, test: LoginTest, attested: Iterable[Entry]) -> Condition:
    if not test.by_hand:
        what = f"before and after each stage, through {test.edge}; to try it now: remediate login-test -i INV"
        return Condition(area=AREA, subject="login test", state="good", what=what)
    if attested_lately(attested, session.clock.now()):
        return Condition(area=AREA, subject="login test", state="good", what="attested within the last hour")
    then = "log in from outside, then remediate login-test -i INV --attest NAME"
    what = "by hand, and nobody vouched for a login within the last hour"
    return Condition(area=AREA, subject="login test", state="stops", what=what, next=then)

"""The login test around an apply: a baseline before the first write, a gate after each stage."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from remediate.cli.session import Session
from remediate.engine.apply_policy import ATTESTED
from remediate.errors import PreconditionFailed
from remediate.journal.entries import Attested, Entry
from remediate.model.inventory import Inventory
from remediate.model.login import Login, worse_than
from remediate.model.policy import LoginTest
from remediate.report.as_text.login import login as login_text
from remediate.report.as_text.login import request_words

LOGIN = "login"
FRESH_SECONDS = 3600
"""How old an attested login may be when an apply begins."""


def gate_for(session: Session, inventory: Inventory, test: LoginTest | None) -> Callable[[str], str] | None:
    """Takes the baseline now. The gate says why a login is worse than it; empty when it is not. None without a test.

    Raises PreconditionFailed where logins are tested by hand and nobody vouched for one within the last hour.
    """
    if test is None:
        return None
    if test.by_hand:
        _attested_lately(session)
        return None
    logins = session.wiring.logins()
    baseline = logins.login(inventory, test)
    record_login(session, baseline)
    session.output.note(f"baseline: {login_text(baseline).splitlines()[-1]}")

    def gate(when: str) -> str:
        found = logins.login(inventory, test)
        record_login(session, found)
        session.output.note(f"{when}: {login_text(found).splitlines()[-1]}")
        return "; ".join(dict.fromkeys(map(request_words, worse_than(baseline, found))))

    return gate


def record_login(session: Session, found: Login) -> None:
    """In the ledger: how a login test ended, without its answers."""
    who = session.wiring.consent(False).who
    what = f"{LOGIN} test: {'good' if found.good else f'{len(found.failed)} of {len(found.requests)} failed'}"
    session.ledger().append(Attested(run=ATTESTED, at=session.clock.now(), who=who, what=what))


def attested_login(session: Session, who: str) -> None:
    """A person logged in by hand, from outside."""
    session.ledger().append(Attested(run=ATTESTED, at=session.clock.now(), who=who, what=LOGIN))


def attested_lately(entries: Iterable[Entry], now: datetime) -> bool:
    """Whether somebody vouched for a login within the last hour; `entries` of what people attested."""
    ages = [(now - e.at).total_seconds() for e in entries if isinstance(e, Attested) and e.what == LOGIN]
    return any(0 <= age <= FRESH_SECONDS for age in ages)


def _attested_lately(session: Session) -> None:
    if not attested_lately(session.ledger().entries(ATTESTED), session.clock.now()):
        raise PreconditionFailed(
            "no login from outside is on record within the last hour, and policy.yml has it tested by hand:"
            " log in, then remediate login-test -i INV --attest NAME"
        )

"""Whether a plan has the approvals and the rehearsal that the policy asks for. Nothing is asked, nothing is sent."""

from __future__ import annotations

from pathlib import Path

from remediate.actions import Risk
from remediate.cli.session import Session
from remediate.engine.apply_policy import ATTESTED
from remediate.errors import ForbiddenStep
from remediate.files.approvals import Signature, beside, signatures
from remediate.files.plans import write_plan
from remediate.files.rehearsals import note_of, read_note
from remediate.journal.entries import Attested
from remediate.model.base import canonical_json
from remediate.model.policy import Approvals, Policy
from remediate.planning.plan import Plan


def write_authored(session: Session, path: Path, plan: Plan) -> tuple[Plan, str]:
    """Write a plan with the name of who made it; the plan as written, and the SHA-256 of its file."""
    authored = plan.model_copy(update={"author": session.wiring.consent(False).who})
    return authored, write_plan(path, authored)


def require_approvals(session: Session, plan: Plan, sha256: str, policy: Policy, file: Path | None) -> None:
    """Raises ForbiddenStep when fewer approvers than needed signed these very bytes; notes who did in the ledger.

    `file` is the plan file, beside which signatures are looked for; None where a plan was made and not shown.
    """
    risks = frozenset(step.risk.value for step in plan.steps)
    if plan.purpose == "rollback":  # in an emergency nobody waits for an approver, but to make it less secure
        risks &= {Risk.SECURITY_REDUCING.value}
    needed = policy.approvals.needed(risks) if policy.approvals else 0
    if policy.approvals is None or not needed:
        return
    if file is None:
        raise ForbiddenStep(
            f"this needs {_count(needed)}: remediate plan … -o FILE, remediate approve FILE, then remediate apply FILE"
        )
    given = tuple(Path(path) for path in session.args.approvals) or beside(file)
    found = signatures(canonical_json(plan), given, Path(policy.approvals.signers))
    counted = _counted(found, plan, policy.approvals)
    people = {_person(one.principal): one.principal for one in counted if one.principal}
    names = sorted(people.values())
    if len(names) < needed:
        raise ForbiddenStep(_refusal(needed, names, counted, file))
    for name in names:
        at = session.clock.now()
        session.ledger().append(Attested(run=ATTESTED, at=at, who=name, what=f"approved plan {sha256}"))
    session.output.note(f"approved by {', '.join(names)}")


def require_rehearsal(plan: Plan, sha256: str, policy: Policy, file: Path | None) -> None:
    """Raises ForbiddenStep when the policy asks for a rehearsal and none was held of these very bytes.

    A way back is not asked for one: nobody waits for it in an emergency.
    """
    if not policy.rehearsal or plan.purpose == "rollback":
        return
    if file is None:
        raise ForbiddenStep(
            "the policy asks for a rehearsal: remediate plan … -o FILE, remediate rehearse FILE, remediate apply FILE"
        )
    held = read_note(file)
    if held is None or held.plan != sha256:
        other = "" if held is None else f" ({note_of(file)} is of another plan)"
        raise ForbiddenStep(f"the policy asks for a rehearsal of this plan{other}: remediate rehearse {file} -i INV")


def _counted(found: tuple[Signature, ...], plan: Plan, approvals: Approvals) -> tuple[Signature, ...]:
    """The author's own signature does not count, unless the policy says so; nor any where the author is not known."""
    if approvals.author_may_approve:
        return found
    author = _person(plan.author)
    if not author:
        why = "the plan does not say who made it, so this may be its author's; make a new plan with -o FILE"
        return tuple(one.model_copy(update={"principal": "", "why": why}) if one.principal else one for one in found)
    why = f"it is that of {plan.author}, who made the plan"
    return tuple(
        one.model_copy(update={"principal": "", "why": why})
        if one.principal and _person(one.principal) == author
        else one
        for one in found
    )


def _person(name: str) -> str:
    """The part before the @: a plan names user@machine, a signer is mostly user@company."""
    return name.partition("@")[0].casefold()


def _refusal(needed: int, names: list[str], found: tuple[Signature, ...], file: Path) -> str:
    lines = [f"this plan needs {_count(needed)} and has {len(names)}{': ' + ', '.join(names) if names else ''}"]
    lines += [f"  {one.file}: {one.why}" for one in found if one.why]
    lines.append(
        f"an approver reads it (remediate show {file}), then: remediate approve {file} --key ~/.ssh/id_ed25519"
    )
    return "\n".join(lines)


def _count(needed: int) -> str:
    return "one approval" if needed == 1 else f"{needed} approvals of different people"

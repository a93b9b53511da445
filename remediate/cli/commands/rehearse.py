"""Rehearse a plan on twins of its devices. Reads devices, or a capture; writes nothing but a note beside the plan."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from remediate import __version__
from remediate.cli.answering import answer
from remediate.cli.exits import Exit
from remediate.cli.session import Session
from remediate.cli.wiring import Wiring
from remediate.errors import InputError
from remediate.files.plans import read_plan
from remediate.files.rehearsals import forget_note, write_note
from remediate.rehearsal import Cast, rehearse
from remediate.report import as_json
from remediate.report.as_text.rehearsal import rehearsal


def run(args: Namespace, wiring: Wiring) -> int:
    """Read the plan and the devices, play, print, keep the note."""
    if args.plan == "-":
        raise InputError("a plan is rehearsed as a file", path="FILE", hint="write it with -o first")
    session, path = Session(args, wiring), Path(args.plan)
    plan, sha256 = read_plan(path)
    desired = session.desired()
    observed = session.observed(desired.inventory)
    cast = Cast(plan, desired, observed, session.ledger().entries())
    held = rehearse(cast, sha256, session.clock.now(), __version__)
    words = rehearsal(held, observed, path.name)
    members = held.model_dump(mode="json")
    answer(
        args,
        wiring.output,
        lambda: as_json.document("rehearsal", holds=held.holds, **members),
        lambda: wiring.output.prose(words),
    )
    if not held.holds:
        forget_note(path)
        return Exit.NOT_CONVERGED
    if held.trials:
        wiring.output.note(f"{write_note(path, held)}: rehearsed")
    return Exit.OK

"""Do exactly what a plan file says, read back each step, then read everything again. Never asks."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from remediate.cli.applying import carry_out
from remediate.cli.detaching import detached
from remediate.cli.session import Session
from remediate.cli.wiring import Wiring
from remediate.files.plans import read_plan


def run(args: Namespace, wiring: Wiring) -> int:
    """Read the plan, carry it out; with `--detach` leave that to a process of its own."""
    if args.detach:
        return detached("apply", args.typed, args, wiring.output)
    session = Session(args, wiring)
    plan, sha256 = read_plan(Path(args.plan))
    file = Path(args.plan) if args.plan != "-" else None
    return carry_out(session, session.desired(), plan, sha256, file)

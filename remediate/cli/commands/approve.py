"""Approve a plan file: sign its very bytes with your OpenSSH key. Nothing else is read, and no device."""

from __future__ import annotations

import getpass
from argparse import Namespace
from pathlib import Path

from remediate.cli.exits import Exit
from remediate.cli.wiring import Wiring
from remediate.errors import InputError
from remediate.files.approvals import SUFFIX, sign
from remediate.files.plans import read_plan
from remediate.model.base import canonical_json
from remediate.report.as_text.plan import summary


def run(args: Namespace, wiring: Wiring) -> int:
    """Read the plan, sign it, say what was signed."""
    path = Path(args.plan)
    if args.plan == "-":
        raise InputError("a plan is approved as a file", path="FILE", hint="write it with -o first")
    plan, sha256 = read_plan(path)
    out = Path(args.out) if args.out else path.with_name(f"{path.name}.{getpass.getuser()}{SUFFIX}")
    sign(path, canonical_json(plan), Path(args.key).expanduser(), out)
    wiring.output.line(f"{summary(plan)}")
    wiring.output.line(f"Approved sha256:{sha256}, made by {plan.author or 'nobody named'}. Signature: {out}")
    return Exit.OK

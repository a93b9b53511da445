"""Approve a plan file: sign its very bytes with your OpenSSH key. Nothing else is read, and no device.

The signature goes beside the plan, as PLAN.YOU.sig, where apply finds it. Who may approve stands in the file of
allowed signers that policy.yml names; one changed byte, another plan or another key, and it does not count.
"""

from __future__ import annotations

import getpass
from argparse import Namespace
from pathlib import Path

from remediate.cli import parser as options
from remediate.cli.exits import Exit
from remediate.cli.parser import Parsers
from remediate.cli.wiring import Wiring
from remediate.errors import InputError
from remediate.files.approvals import SUFFIX, sign
from remediate.files.plans import read_plan
from remediate.model.base import canonical_json
from remediate.report.as_text.plan import summary

EXAMPLE = """
remediate approve fix.plan --key ~/.ssh/id_ed25519
remediate approve fix.plan --key ~/.ssh/id_ed25519 -o fix.plan.ann.sig
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "approve", __doc__, EXAMPLE)
    parser.add_argument("plan", metavar="FILE", help="plan file")
    told = "your private key, or the public key of one that your agent holds"
    parser.add_argument("--key", metavar="KEY", required=True, help=told)
    parser.add_argument("-o", "--out", metavar="FILE", default="", help="where the signature goes")


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

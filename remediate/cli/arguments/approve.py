"""Approve a plan file: sign its very bytes with your OpenSSH key. Nothing else is read, and no device.

The signature goes beside the plan, as PLAN.YOU.sig, where apply finds it. Who may approve stands in the file of
allowed signers that policy.yml names; one changed byte, another plan or another key, and it does not count.
"""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.parser import Parsers

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

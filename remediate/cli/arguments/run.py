"""Plan and apply in one go, asking once per class of risk. With --check: plan only, and nothing is written.

Classes: additive, rename, restart, security-reducing. --auto-approve (or -y) answers for all of them but
security-reducing, which must be named: --auto-approve=security-reducing.
"""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.arguments import apply
from remediate.cli.arguments.plan import arguments
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate run playbooks/mra-origin-verification.yml -i inventories/prod --check --diff
remediate run playbooks/mra-origin-verification.yml -i inventories/prod --auto-approve=additive
"""
RISKS = ("additive", "rename", "restart", "security-reducing")


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "run", __doc__, EXAMPLE)
    arguments(parser)
    apply.arguments(parser)
    options.detailed(parser)
    options.shapes(parser)
    options.selection(parser)
    parser.add_argument("-C", "--check", action="store_true", help="plan only")
    parser.add_argument("-D", "--diff", action="store_true", help="show commands and undo of each step")
    told = "do not ask for this class of risk"
    parser.add_argument(
        "--auto-approve", metavar="CLASS", action="append", choices=["all", *RISKS], default=[], help=told
    )

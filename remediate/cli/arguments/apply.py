"""Do exactly what a plan file says, read back each step, then read everything again. Asks only with --step.

Each step is durable in the ledger before it is sent. The first failure stops its cluster. Ctrl-C finishes
the step under way. Exit 0: done as planned; 2: a step failed; 3: the plan is stale; 9: done, and a
connection is worse than the plan foretold.
"""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate apply fix.plan -i inventories/prod
remediate apply fix.plan -i inventories/prod --by-hand
remediate apply fix.plan -i inventories/prod --executor 'command: ssh jump -- remediate worker'
remediate apply fix.plan -i inventories/prod --step
remediate apply fix.plan -i inventories/prod --detach
"""
FORKS = 4


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "apply", __doc__, EXAMPLE)
    parser.add_argument("plan", metavar="FILE", help="plan file; - reads stdin")
    options.inventory(parser)
    options.forks(parser, FORKS)
    options.given(parser)
    arguments(parser)
    told = "signature of an approver; again for more (default: FILE.sig and FILE.*.sig)"
    parser.add_argument("--approvals", metavar="FILE", action="append", default=[], help=told)
    told = "let the run go on by itself, whatever becomes of this terminal; remediate attach follows it"
    parser.add_argument("--detach", action="store_true", help=told)
    parser.add_argument("--resume", metavar="RUN", default="", help="go on with a run of this plan that did not end")
    told = "accepted for Terraform's sake: the plan file is the approval"
    parser.add_argument("--auto-approve", metavar="CLASS", action="append", default=[], help=told)


def arguments(parser: options.Parser) -> None:
    """What `apply` and `run` share."""
    options.events(parser)
    parser.add_argument("--by-hand", action="store_true", help="somebody is there to do the steps by hand")
    told = "ask before each step; no stops the run there, to be resumed"
    parser.add_argument("--step", action="store_true", help=told)
    parser.add_argument("--lock", choices=["true"], default="true", help="a cluster has one writer; always true")
    told = "wait so long for another run to end"
    parser.add_argument("--lock-timeout", metavar="DURATION", type=options.duration, default=0.0, help=told)
    told = "begin nothing after so long; the step under way is ended and read back"
    parser.add_argument("--deadline", metavar="DURATION", type=options.duration, default=0.0, help=told)
    options.executor(parser)
    told = "change although no change window is open; the reason goes into the ledger"
    parser.add_argument("--override-window", metavar="REASON", type=options.reason, default="", help=told)

"""What would be changed so that the devices are as the playbook declares. Writes nothing but the plan file.

Exit 4: a reading that is needed is unknown; 7: something fails and every remedy is blocked; else 0, or
with -detailed-exitcode 2 when there are changes.
"""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate plan playbooks/mra-origin-verification.yml -i inventories/prod -out=fix.plan
remediate plan playbooks/mra-origin-verification.yml -i inventories/prod --target 'upload-certificates:*' -out=ca.plan
remediate plan playbooks/mra-workaround.yml -i inventories/prod --from before.capture -detailed-exitcode
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "plan", __doc__, EXAMPLE)
    arguments(parser)
    options.json_output(parser)
    options.shapes(parser)
    options.selection(parser)
    options.detailed(parser)
    parser.add_argument("-o", "--out", metavar="FILE", help="where the plan goes, for apply")
    options.readings(parser)
    told = "accepted for Terraform's sake: a plan takes no lock"
    parser.add_argument("--lock", metavar="true|false", type=options.truth, default="true", help=told)
    parser.add_argument("--lock-timeout", metavar="DURATION", type=options.duration, default=0.0, help=told)
    parser.add_argument("--at", metavar="TIME", type=options.moment, help="plan as at this time, 2026-11-30T22:00:00Z")


def arguments(parser: options.Parser) -> None:
    """What `plan`, `run` and `drift` share."""
    options.playbook(parser)
    options.inventory(parser)
    options.limit(parser)
    options.forks(parser)
    options.given(parser)
    told = "plan what is harmless while peers run different releases, and why that cannot wait"
    parser.add_argument("--during-upgrade", metavar="REASON", type=options.reason, default="", help=told)

"""What a finding means, what mends it, and its source; or the evidence behind it; or one step of a plan.

With `--from` the findings of that kind in a capture are told from the handshake to the rule, with the fixes that
were tried. With `--plan` one step is told, from its evidence to the fixes that lost. `list` names all findings.
"""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate explain list
remediate explain origin-not-trusted
remediate explain origin-not-trusted --from before.capture -i inventories/prod
remediate explain upload-certificates:exp-c-1 --plan fix.plan
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "explain", __doc__, EXAMPLE)
    parser.add_argument("finding", metavar="FINDING", help="id of a finding, id of a step with --plan, or list")
    parser.add_argument("--plan", metavar="FILE", help="the plan file that holds the step")
    parser.add_argument("--from", dest="capture", metavar="CAPTURE", help="tell the findings of a capture")
    parser.add_argument("--playbook", metavar="FILE", help="whose fixes to try on them (default: every fix)")
    options.inventory(parser, required=False)
    options.limit(parser)

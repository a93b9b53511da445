"""Rehearse a plan on twins of its devices: carried out, taken back, with each fault and each death on the way.

The twins begin with what is read now, or with the readings of --from. What plays is the engine, the journal and the
rollback of a real run, in memory; no device is written to. Where every way holds, PLAN.rehearsed is written beside the
plan (policy.yml may ask for it: `rehearsal: required`). Exit 9 where one does not.
"""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate rehearse fix.plan -i inventories/prod
remediate rehearse fix.plan -i inventories/prod --from before.capture
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "rehearse", __doc__, EXAMPLE)
    parser.add_argument("plan", metavar="FILE", help="plan file")
    options.inventory(parser)
    options.forks(parser)
    options.given(parser)
    options.readings(parser)
    options.json_output(parser)

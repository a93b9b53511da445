"""What people act on: a plan, a run or a capture as a page, a change record, a procedure, or for a pipeline.

Needs no network. A plan's report also shows connections after an upgrade and the chains of trust when its
capture is given with --from and -i; a run's report its matrix when its plan is given with --plan.
"""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate report fix.plan --from before.capture -i inventories/prod --format html -o fix.html
remediate report fix.plan --format mop -o procedure.md
remediate report 20261130T220000Z-1a2b3c4d -i inventories/prod --format backout
"""
FORMS = ("html", "md", "json", "junit", "change", "mop", "backout", "readiness")


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "report", __doc__, EXAMPLE)
    parser.add_argument("subject", metavar="PLAN|RUN|CAPTURE", help="a plan file, a capture file, or the id of a run")
    parser.add_argument("--format", choices=FORMS, default="html", help="default: html")
    parser.add_argument("--from", dest="capture", metavar="CAPTURE", help="the readings that a plan was made from")
    parser.add_argument("--plan", metavar="FILE", help="the plan that a run carried out")
    parser.add_argument("--playbook", metavar="FILE", help="whose fixes to try on a capture (default: every fix)")
    parser.add_argument("-o", "--out", metavar="FILE", help="where it goes (default: stdout)")
    options.inventory(parser, required=False)
    options.limit(parser)

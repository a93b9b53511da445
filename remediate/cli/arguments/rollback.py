"""A plan that restores what was there before a run, for apply. Writes nothing but the plan file.

Exit 7 with the connections that would fail afterwards, unless --accept-login-failures says why that is
accepted. To go secure instead: remediate workaround retire.
"""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate rollback last -i inventories/prod -o undo.plan
remediate rollback RUN -i inventories/prod -o undo.plan --accept-login-failures "CHG0123: back to the start"
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "rollback", __doc__, EXAMPLE)
    parser.add_argument("run", metavar="RUN", help="run id as apply printed it, or last")
    options.inventory(parser)
    options.limit(parser)
    options.forks(parser)
    options.given(parser)
    options.executor(parser)
    options.json_output(parser)
    options.shapes(parser)
    parser.add_argument("-o", "--out", metavar="FILE", help="where the plan goes")
    parser.add_argument("--only", metavar="STEP", default="", help="take back this step alone")
    told = "why it is accepted that logins fail afterwards"
    parser.add_argument("--accept-login-failures", metavar="REASON", type=options.reason, default="", help=told)

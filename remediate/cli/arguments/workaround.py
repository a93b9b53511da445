"""Temporary workarounds (VerifyOriginServer Off): list them, extend one, or end them.

retire means go secure: it is refused (7) while a connection would fail. To restore what was there before
a run instead: remediate rollback.
"""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate workaround list -i inventories/prod -detailed-exitcode
remediate workaround extend exp-c -i inventories/prod --until 2026-12-07T22:00:00Z --approver "A. Smith" --reason CHG2
remediate workaround retire -i inventories/prod -o secure.plan
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "workaround", __doc__, EXAMPLE)
    verbs = parser.add_subparsers(dest="what", required=True, metavar="list|extend|retire")
    listing, extending, retiring = EXAMPLE.strip().splitlines()
    told = "What is in force; with -detailed-exitcode 12 when one is past its date."
    _list(options.verb(verbs, "list", told, listing))
    _extend(options.verb(verbs, "extend", "Move the end of one, twice at most, with approver and reason.", extending))
    told = "A plan that sets VerifyOriginServer On. Exit 7 while a connection would fail."
    _retire(options.verb(verbs, "retire", told, retiring))


def _list(parser: options.Parser) -> None:
    options.inventory(parser, required=False)
    options.json_output(parser)
    options.detailed(parser)


def _extend(parser: options.Parser) -> None:
    options.inventory(parser, required=False)
    parser.add_argument("cluster", metavar="CLUSTER")
    parser.add_argument("--until", metavar="TIME", type=options.moment, required=True)
    parser.add_argument("--approver", metavar="WHO", type=options.words, required=True)
    parser.add_argument("--reason", metavar="WHY", type=options.words, required=True)


def _retire(parser: options.Parser) -> None:
    options.inventory(parser)
    options.limit(parser)
    options.forks(parser)
    options.given(parser)
    options.json_output(parser)
    options.shapes(parser)
    parser.add_argument("-o", "--out", metavar="FILE", help="where the plan goes")

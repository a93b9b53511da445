"""What differs between two captures, or between the peers of one cluster: sets of each peer, and replicated values.

With one name: the peers of that cluster, by fresh readings, or from a capture or bundles with --from. Exit 4 where a
peer could not be read; with -detailed-exitcode 2 when something differs.
"""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate compare before.capture after.capture
remediate compare exp-c -i inventories/prod
remediate compare exp-c -i inventories/prod --from logs
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "compare", __doc__, EXAMPLE)
    parser.add_argument("before", metavar="A|CLUSTER", help="a capture, or the name of an Expressway cluster")
    parser.add_argument("after", metavar="B", nargs="?", help="a later capture")
    options.inventory(parser, required=False)
    options.forks(parser)
    options.given(parser)
    options.readings(parser)
    options.json_output(parser)
    options.detailed(parser)

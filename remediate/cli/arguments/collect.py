"""Read every node, each peer by its own session, and save what was read as a capture.

What cannot be read is in the capture as unknown, with the reason.
"""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate collect -i inventories/prod -o before.capture
remediate collect -i inventories/prod -o before.capture --trust exp-c-1=exp-c-1.pem
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "collect", __doc__, EXAMPLE)
    options.inventory(parser)
    options.limit(parser)
    options.forks(parser)
    options.events(parser)
    options.given(parser)
    parser.add_argument("-o", "--out", metavar="FILE", required=True, help="where the capture goes")

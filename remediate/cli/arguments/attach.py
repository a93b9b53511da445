"""Follow a run: what it has said, and what it says until it ends. The exit code is the run's.

For a run of `apply --detach`, and for any other that goes on elsewhere on this machine. Ctrl-C leaves it alone.
"""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate attach last -i inventories/prod
remediate attach RUN -i inventories/prod
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "attach", __doc__, EXAMPLE)
    parser.add_argument("run", metavar="RUN", help="run id as apply printed it, or last")
    options.inventory(parser)

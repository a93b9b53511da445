"""What the traffic server refused, and why, from logs, packet captures and diagnostic bundles. No network.

Exit 0: no refusal found; 9: refusals; 4: none, but not everything could be read; 5: nothing of an Expressway in it.
"""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate diagnose exp-c-1.tar.gz exp-c-2.tar.gz exp-e-1.tar.gz
ssh jump cat traffic_server.log | remediate diagnose -
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "diagnose", __doc__, EXAMPLE)
    told = "a log, a capture of packets, a folder, a diagnostic bundle (tar.gz, zip) of one or more nodes, - for stdin"
    parser.add_argument("paths", metavar="PATH", nargs="+", help=told)
    options.json_output(parser)

"""Diagnostic logs of Expressway-C and Expressway-E while somebody logs in, from each peer of each cluster.

Diagnostic logging is started with packet capture on the configuration primaries, as a plan in the ledger; then a
login is made, or the time of --for passes; it is stopped, and each peer's bundle is downloaded and diagnosed. Log
levels stay.
Refused (7) where logging already runs: it may be TAC's. Interrupted: what was started here is stopped.
"""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate collect-logs -i inventories/prod -o logs
remediate collect-logs -i inventories/prod -l site-a -o logs --for 5m
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "collect-logs", __doc__, EXAMPLE)
    options.inventory(parser)
    options.limit(parser)
    options.forks(parser)
    options.events(parser)
    parser.add_argument("-o", "--out", metavar="DIR", required=True, help="where the bundles go")
    told = "so long, instead of until Enter is pressed: 30s, 5m"
    parser.add_argument("--for", dest="seconds", metavar="TIME", type=options.duration, default=0.0, help=told)

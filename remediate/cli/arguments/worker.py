"""Carry out one cluster's part of a run for an `apply --executor` elsewhere. Typed by a program, not by people.

Reads one line of JSON on stdin: the cluster's plan, inventory and bounds, with references of secrets, which are
resolved here. Writes events on stdout: a hello, a heartbeat every few seconds, progress, each journal entry once it is
durable in the ledger here, and a closing line. Exit 0 when that line was written, whatever it says.
"""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate worker --ledger /var/lib/remediate/ledger.sqlite
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "worker", __doc__, EXAMPLE)
    options.vault(parser)
    options.forks(parser)
    told = "a file of this machine's own (default: .remediate/ledger.sqlite in this directory, or REMEDIATE_LEDGER)"
    parser.add_argument("--ledger", metavar="FILE", default=None, help=told)

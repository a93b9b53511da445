"""Check inventories and playbooks without a network. Exit 5 when something is wrong.

A directory stands for its clusters.yml, or else for the YAML files in it. A playbook is checked against the
inventories named beside it.
"""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate lint inventories/prod playbooks/
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "lint", __doc__, EXAMPLE)
    parser.add_argument("paths", metavar="PATH", nargs="+", help="files or directories")

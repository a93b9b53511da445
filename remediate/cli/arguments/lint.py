"""Check inventories, playbooks, policies and settings without a network. Exit 5 when something is wrong.

A directory stands for its clusters.yml, or else for the YAML files in it. A playbook is checked against the
inventories named beside it. --fix writes what can be mended without changing what is meant, and shows it: spellings
that differ in case, hyphens and underscores alone, fingerprints with colons or capitals, tabs. Comments and order stay.

Editors complete and check with the JSON Schemas that --schemas lists: put
`# yaml-language-server: $schema=PATH` into the first line of a file.
"""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate lint inventories/prod playbooks/
remediate lint --fix inventories/prod
remediate lint --schemas
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "lint", __doc__, EXAMPLE)
    parser.add_argument("paths", metavar="PATH", nargs="*", help="files or directories")
    parser.add_argument("--fix", action="store_true", help="mend what can be mended safely, and show the difference")
    options.json_output(parser)
    parser.add_argument("--schemas", action="store_true", help="only print where the JSON Schemas for editors lie")

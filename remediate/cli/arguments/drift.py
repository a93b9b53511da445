"""What differs between the devices and a playbook. With -detailed-exitcode: 2 when something does."""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.arguments.plan import arguments
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate drift playbooks/mra-origin-verification.yml -i inventories/prod -detailed-exitcode
"""


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "drift", __doc__, EXAMPLE)
    arguments(parser)
    options.json_output(parser)
    options.detailed(parser)
    options.readings(parser)

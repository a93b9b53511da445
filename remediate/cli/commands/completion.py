"""Print a completion script for the shell: verbs, options, their words, and files where files are taken."""

from __future__ import annotations

from argparse import Namespace

from remediate.cli.exits import Exit
from remediate.cli.wiring import Wiring

FILES = frozenset({"FILE", "PLAYBOOK", "INV", "PATH", "CAPTURE", "KEY", "URL", "PLAN|RUN|CAPTURE", "A|CLUSTER", "B"})
"""What the help calls an argument that may be a file. Without a word from us the shell would complete none of them."""


def run(args: Namespace, wiring: Wiring) -> int:
    """Print it."""
    import shtab  # noqa: PLC0415 - used here alone

    from remediate.cli.defaults import actions  # noqa: PLC0415 - used here alone
    from remediate.cli.main import VERBS, parser_of  # noqa: PLC0415 - the entry imports this module by name

    parser = parser_of(*VERBS)
    for action in actions(parser):
        if action.metavar in FILES or action.metavar == "DIR":
            action.complete = shtab.DIRECTORY if action.metavar == "DIR" else shtab.FILE  # type: ignore[attr-defined]
    wiring.output.text(shtab.complete(parser, args.shell))
    return Exit.OK

"""Print a completion script for the shell: verbs, options and their words."""

from __future__ import annotations

from argparse import Namespace

from remediate.cli.exits import Exit
from remediate.cli.wiring import Wiring


def run(args: Namespace, wiring: Wiring) -> int:
    """Print it."""
    import shtab  # noqa: PLC0415 - used here alone

    from remediate.cli.main import VERBS, parser_of  # noqa: PLC0415 - the entry imports this module by name

    wiring.output.text(shtab.complete(parser_of(*VERBS), args.shell))
    return Exit.OK

"""Print a completion script for the shell: verbs, options and their words."""

from __future__ import annotations

from argparse import Namespace
from importlib import import_module

from remediate.cli import parser as options
from remediate.cli.exits import Exit
from remediate.cli.parser import Parser, Parsers
from remediate.cli.wiring import Wiring

EXAMPLE = """
remediate completion bash > ~/.local/share/bash-completion/completions/remediate
remediate completion zsh > "${fpath[1]}/_remediate"
"""
SHELLS = ("bash", "zsh", "tcsh")


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "completion", __doc__, EXAMPLE)
    parser.add_argument("shell", choices=SHELLS, help="whose script")


def run(args: Namespace, wiring: Wiring) -> int:
    """Print it."""
    import shtab  # noqa: PLC0415 - used here alone

    wiring.output.text(shtab.complete(_whole(), args.shell))
    return Exit.OK


def _whole() -> Parser:
    """All verbs at once; a command under way builds its own alone."""
    from remediate.cli.main import VERBS  # noqa: PLC0415 - the entry imports this module by name

    parser = Parser(prog="remediate")
    verbs = parser.add_subparsers(dest="verb")
    for verb in VERBS:
        import_module(f"remediate.cli.commands.{verb.replace('-', '_')}").add(verbs)
    return parser

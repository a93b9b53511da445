"""Print a completion script for the shell: verbs, options and their words."""

from __future__ import annotations

from remediate.cli import parser as options
from remediate.cli.parser import Parsers

EXAMPLE = """
remediate completion bash > ~/.local/share/bash-completion/completions/remediate
remediate completion zsh > "${fpath[1]}/_remediate"
"""
SHELLS = ("bash", "zsh", "tcsh")


def add(parsers: Parsers) -> None:
    """The arguments."""
    parser = options.verb(parsers, "completion", __doc__, EXAMPLE)
    parser.add_argument("shell", choices=SHELLS, help="whose script")

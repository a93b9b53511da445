"""What `network_cli` must know of a shell without a prompt: a reply, and the banner, end with these lines."""

from __future__ import annotations

import re

from ansible_collections.ansible.netcommon.plugins.plugin_utils.terminal_base import TerminalBase


class TerminalModule(TerminalBase):  # type: ignore[misc]
    """Ansible finds it by this name."""

    terminal_stdout_re = (re.compile(rb"\r?\n(OK|ERROR|Command not recognized\.)\s*$"), re.compile(rb"Date: \S+\s*$"))
    terminal_stderr_re = (re.compile(rb"\r?\n(ERROR|Command not recognized\.)\s*$"),)

"""The one door to netmiko: the OS command line of a CUCM, IM and Presence or Unity Connection node.

netmiko has no driver for this platform. The exec channel gives the banner only, so it is an interactive shell on a
PTY; the prompt is `admin:`; the first one can take 20 s; output is paged until that is switched off.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from netmiko.base_connection import BaseConnection
from netmiko.exceptions import NetmikoBaseException, ReadTimeout

from remediate.drivers import wire_log
from remediate.drivers.credentials import Gate
from remediate.drivers.shell_client import Client, broken
from remediate.errors import DeviceTimeout, UnexpectedReply
from remediate.model.inventory import Durations, Host

PROMPT = re.compile(r"(?:^|\n)admin:\s*$")
NO_PAGER = "set cli pagination off"
FIRST_PROMPT_S = 30
_NO_COMMAND = "No valid command entered"

logging.getLogger("netmiko").addHandler(logging.NullHandler())


FOREIGN = (NetmikoBaseException, OSError, EOFError, ValueError)
"""What netmiko may raise once the login, which is ours, has passed."""


class _Console(BaseConnection):
    """netmiko's channel with our trust in host keys, and without its guesses at the prompt."""

    def __init__(self, client: Client, host: Host) -> None:
        self._client = client
        super().__init__(host=host.address, device_type="generic", auto_connect=False, fast_cli=True)
        self.ansi_escape_codes = True

    def _build_ssh_client(self) -> Any:
        return self._client

    def begin(self) -> None:
        """Wait for the first prompt, then switch the pager off."""
        self.read_until_pattern(pattern=r"admin:\s*$", read_timeout=FIRST_PROMPT_S)
        self.ask(NO_PAGER, FIRST_PROMPT_S)

    def ask(self, command: str, seconds: float) -> str:
        """Type a line; what was printed between its echo and the next prompt."""
        self.write_channel(f"{command}\n")
        text = str(self.read_until_pattern(pattern=r"\nadmin:\s*$", read_timeout=seconds)).replace("\r", "")
        return PROMPT.sub("", text.partition(command)[2]).strip()

    def cleanup(self, command: str = "exit") -> None:
        """Nothing to undo: the session just ends."""

    def end(self) -> None:
        """End it, for a thread too that waits for a prompt: netmiko would look until its time is over."""
        channel: Any = getattr(self, "channel", None)
        if channel is not None:
            channel.remote_conn = None
        self.disconnect()


class OsCli:
    """One node's OS command line, opened at the first command. Not shared between threads."""

    def __init__(self, host: Host, gate: Gate, waits: Durations) -> None:
        self._host, self._gate, self._waits = host, gate, waits
        self._console: _Console | None = None

    def ask(self, command: str, seconds: float = 0) -> str:
        """What a command prints, without its echo and the prompt.

        Raises `DeviceError`; a release that does not know the command is an `UnexpectedReply`.
        """
        console = self._console or self._opened()
        with self._errors():
            wire_log.sent(self._host.name, command)
            text = console.ask(command, seconds or self._waits.command_timeout)
            wire_log.came(self._host.name, text)
        if _NO_COMMAND in text:
            raise UnexpectedReply(self._host.name, f"the OS CLI does not know `{command}`")
        return text

    def close(self) -> None:
        """End the session."""
        console, self._console = self._console, None
        if console is not None:
            console.end()

    def _opened(self) -> _Console:
        console = self._console = _Console(Client(self._host, self._gate, self._waits), self._host)
        with self._errors():
            console.establish_connection()
            console.begin()
        return console

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Foreign exceptions as ours; after any of them the session is over."""
        try:
            yield
        except ReadTimeout as error:
            self.close()
            raise DeviceTimeout(self._host.name, "the OS CLI did not come back to its prompt in time") from error
        except FOREIGN as error:
            self.close()
            raise broken(self._host, error) from error
        except BaseException:
            self.close()
            raise

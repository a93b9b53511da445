"""SSH to the OS command line of a UC node: an interactive shell on a PTY; the exec channel gives the banner only."""

from __future__ import annotations

import asyncio
import itertools
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import asyncssh

from remediate.lab.errors import LabError
from remediate.lab.uc.oscli import Console, answer
from remediate.lab.world import UcNode

PORT = 5022
PROMPT = "admin:"
PAGE = 40
PAGER = "\r\nPress <enter> for 1 line, <space> for one page, or <q> to quit"
BANNER = (
    "Command Line Interface is starting up, please wait ...\r\n\r\n"
    "   Welcome to the Platform Command Line Interface\r\n\r\n"
)
_LINE_END = re.compile(rb"\r\n|\r|\n")
_NUMBERS = itertools.count(1)
_Challenge = tuple[str, str, str, Sequence[tuple[str, bool]]]


@dataclass
class Consoles:
    """One node's SSH listener."""

    console: Console
    connections: set[asyncssh.SSHServerConnection] = field(default_factory=set)
    _acceptor: asyncssh.SSHAcceptor | None = None

    async def open(self) -> None:
        """Listen on the node's address. Raises LabError where it is taken."""
        node = self.console.node
        try:
            self._acceptor = await asyncssh.listen(
                node.address,
                PORT,
                server_factory=lambda: _Login(self),
                server_host_keys=[asyncssh.import_private_key(node.host_key)],
                compression_algs=["none"],
                encoding=None,
                line_editor=False,
                config=None,
                server_version="OpenSSH_7.4",
            )
        except OSError as error:
            raise LabError(f"cannot listen on {node.address}:{PORT} for {node.key}: {error.strerror}") from error

    async def close(self) -> None:
        """Stop listening and cut every connection."""
        if self._acceptor:
            self._acceptor.close()
            await self._acceptor.wait_closed()
            self._acceptor = None
        for connection in list(self.connections):
            connection.abort()


def public_key(node: UcNode) -> str:
    """The node's SSH host key as one line, `TYPE BASE64`."""
    line: bytes = asyncssh.import_private_key(node.host_key).export_public_key()
    return " ".join(line.decode().split()[:2])


class _Login(asyncssh.SSHServer):
    """One connection's authentication by the platform account, in the ways that the cluster's switch allows."""

    def __init__(self, consoles: Consoles) -> None:
        self._consoles, self._console = consoles, consoles.console
        self._number = f"os-{next(_NUMBERS)}"

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._consoles.connections.add(conn)
        if not self._console.node.alive:
            conn.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._consoles.connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        del username
        return True

    def password_auth_supported(self) -> bool:
        return self._console.cluster.switches.ssh_auth != "keyboard-interactive"

    def validate_password(self, username: str, password: str) -> bool:
        cluster = self._console.cluster
        good = username == cluster.platform_user
        good = secrets.compare_digest(password.encode(), cluster.platform_password.encode()) and good
        self._console.world.record(
            host=self._console.node.key,
            connection=self._number,
            verb="os-login",
            text=username,
            result="accepted" if good else "refused",
        )
        return good

    def kbdint_auth_supported(self) -> bool:
        return self._console.cluster.switches.ssh_auth != "password"

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> _Challenge:
        del lang, submethods
        self._user = username
        return "", "", "", [("Password: ", False)]

    def validate_kbdint_response(self, username: str, responses: Sequence[str]) -> bool:
        return len(responses) == 1 and self.validate_password(username, responses[0])

    def session_requested(self) -> asyncssh.SSHServerSession[bytes]:
        return _Shell(self._console, self._number)


class _Shell(asyncssh.SSHServerSession[bytes]):
    """The shell on one channel."""

    def __init__(self, console: Console, number: str) -> None:
        self._console, self._number = console, number
        self._pty = self._paged = False
        self._held = b""
        self._rest: list[str] = []

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self._channel = chan

    def pty_requested(
        self,
        term_type: str,
        term_size: tuple[int, int, int, int],
        term_modes: Mapping[int, int],
    ) -> bool:
        del term_type, term_size, term_modes
        self._pty = self._paged = True
        return True

    def shell_requested(self) -> bool:
        return self._pty

    def exec_requested(self, command: str) -> bool:
        del command
        return True

    def session_started(self) -> None:
        self._say(BANNER)
        if self._channel.get_command() is not None:
            self._channel.exit(0)
            return
        wait = self._console.cluster.switches.first_prompt_s
        asyncio.get_running_loop().call_later(wait, self._say, PROMPT)

    def eof_received(self) -> bool:
        return False

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        del datatype
        if self._rest:
            self._page(data)
            return
        *whole, self._held = _LINE_END.split(self._held + data)
        for line in whole:
            self._one(line.decode("utf-8", "replace").strip())

    def _one(self, line: str) -> None:
        self._say(f"{line}\r\n")
        if line in {"exit", "quit"}:
            self._channel.exit(0)
            return
        if line.startswith("set cli pagination"):
            self._paged = not line.endswith("off")
        if line:
            text = answer(self._console, line)
            self._console.world.record(
                host=self._console.node.key, connection=self._number, verb="os-cli", text=line, result="ok"
            )
            self._show(text.splitlines())
            return
        self._say(PROMPT)

    def _show(self, lines: list[str]) -> None:
        now, self._rest = (lines[:PAGE], lines[PAGE:]) if self._paged else (lines, [])
        self._say("".join(f"{line}\r\n" for line in now))
        self._say(PAGER if self._rest else f"\r\n{PROMPT}")

    def _page(self, keys: bytes) -> None:
        if keys[:1] == b"q":
            self._rest = []
            self._say(f"\r\n{PROMPT}")
        elif keys[:1] == b" ":
            self._show(self._rest)

    def _say(self, text: str) -> None:
        if not self._channel.is_closing():
            self._channel.write(text.encode())

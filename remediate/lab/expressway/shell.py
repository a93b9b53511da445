"""The SSH server of one peer: password login, an interactive shell on a PTY, no other channel."""

from __future__ import annotations

import asyncio
import itertools
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

import asyncssh

from remediate.lab.expressway import spoilt, xapi
from remediate.lab.expressway.life import Life
from remediate.lab.expressway.settings import SSHD_CIPHERS, SSHD_KEX, SSHD_MACS
from remediate.lab.expressway.status import View
from remediate.lab.expressway.tree import ended
from remediate.lab.world import Peer, Switches

PORT = 5022
LINE_END = re.compile(rb"\r\n|\r|\n")
LONGEST_LINE = 16_384
READ_FAULTS = ("lost", "silent", *spoilt.REPLIES)
SET_FAULTS = ("dropped", "lost", "refused", "ignored", "silent")
_NUMBERS = itertools.count(1)


@dataclass
class Shells:
    """One peer's SSH listener and the connections it holds."""

    life: Life
    peer: Peer
    connections: set[asyncssh.SSHServerConnection] = field(default_factory=set)
    sessions: int = 0
    _acceptor: asyncssh.SSHAcceptor | None = None

    @property
    def view(self) -> View:
        """What the language needs to answer."""
        return self.life.world, self.life.cluster, self.peer

    @property
    def switches(self) -> Switches:
        """How this cluster's shells behave."""
        return self.life.cluster.switches

    async def open(self) -> None:
        """Listen on the peer's address; the algorithms are those of an X15.0 sshd."""
        self._acceptor = await asyncssh.listen(
            self.peer.address,
            PORT,
            server_factory=lambda: _Login(self),
            server_host_keys=[_host_key(self.peer)],
            encryption_algs=SSHD_CIPHERS,
            kex_algs=SSHD_KEX,
            mac_algs=SSHD_MACS,
            compression_algs=["none"],
            encoding=None,
            line_editor=False,
            config=None,
            server_version="OpenSSH_8.4",
            login_timeout=60,
        )

    async def close(self) -> None:
        """Stop listening and cut every connection."""
        if self._acceptor:
            self._acceptor.close()
            await self._acceptor.wait_closed()
            self._acceptor = None
        for connection in list(self.connections):
            connection.abort()


def public_key(peer: Peer) -> str:
    """The peer's SSH host key as one line, `TYPE BASE64`."""
    line: bytes = _host_key(peer).export_public_key()
    return " ".join(line.decode().split()[:2])


def _host_key(peer: Peer) -> asyncssh.SSHKey:
    return asyncssh.import_private_key(peer.host_key)


class _Login(asyncssh.SSHServer):
    """One connection's authentication: a password, once or not at all."""

    def __init__(self, shells: Shells) -> None:
        self._shells = shells
        self._number = f"ssh-{next(_NUMBERS)}"

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._shells.connections.add(conn)
        if self._shells.life.banned(self._shells.peer):
            conn.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._shells.connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        del username
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        cluster = self._shells.life.cluster
        right = username == cluster.user and secrets.compare_digest(password.encode(), cluster.password.encode())
        self._shells.peer.refused_logins += not right
        self._shells.life.world.record(
            host=self._shells.peer.name,
            connection=self._number,
            verb="ssh-login",
            text=username,
            result="accepted" if right else "refused",
        )
        return right

    def session_requested(self) -> asyncssh.SSHServerSession[bytes] | bool:
        limit = self._shells.switches.max_sessions
        if limit and self._shells.sessions >= limit:
            return False
        return _Shell(self._shells, self._number)


class _Shell(asyncssh.SSHServerSession[bytes]):
    """The xAPI shell on one channel; lines are answered in the order in which they came."""

    def __init__(self, shells: Shells, number: str) -> None:
        self._shells = shells
        self._number = number
        self._pty = False
        self._held = b""
        self._idle: asyncio.TimerHandle | None = None

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self._channel = chan
        self._shells.sessions += 1
        self._stay()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._shells.sessions -= 1
        if self._idle:
            self._idle.cancel()

    def _stay(self) -> None:
        if self._idle:
            self._idle.cancel()
        if self._switches.idle_s:
            self._idle = asyncio.get_running_loop().call_later(self._switches.idle_s, self._channel.close)

    def pty_requested(
        self,
        term_type: str,
        term_size: tuple[int, int, int, int],
        term_modes: Mapping[int, int],
    ) -> bool:
        del term_type, term_size, term_modes
        self._pty = True
        return True

    def shell_requested(self) -> bool:
        return True

    def exec_requested(self, command: str) -> bool:
        del command
        return self._switches.exec_channel == "banner"

    def session_started(self) -> None:
        if self._shells.life.world.trips("banner-long", self._shells.peer.name):
            self._send(spoilt.BANNER)
        self._say(xapi.banner(self._shells.view))
        self._prompt()
        if self._channel.get_command() is not None:
            self._channel.exit(0)

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        del datatype
        self._stay()
        *whole, self._held = LINE_END.split(self._held + data)
        if len(self._held) > LONGEST_LINE:
            self._channel.abort()
            return
        lines = [line.decode("utf-8", "replace") for line in whole if line.strip()]
        if self._switches.batch == "first-line-only":
            lines = lines[:1]
        latency = self._shells.life.world.latency_s
        if latency:
            asyncio.get_running_loop().call_later(latency, self._answer, lines)
        else:
            self._answer(lines)

    def eof_received(self) -> bool:
        return False

    @property
    def _switches(self) -> Switches:
        return self._shells.switches

    def _say(self, text: str) -> None:
        self._send(text.encode())

    def _send(self, data: bytes) -> None:
        if not self._channel.is_closing():
            self._channel.write(data)

    def _prompt(self) -> None:
        if self._switches.prompt:
            self._say("tsh> ")

    def _answer(self, lines: list[str]) -> None:
        for number, line in enumerate(lines):
            if self._channel.is_closing():
                return
            if self._pty and self._switches.echo:
                self._say(line + "\r\n")
            reply = xapi.answer(self._shells.view, line)
            slow = self._shells.life.world.delay("set-slow", self._shells.peer.name) if reply.kind == "set" else 0.0
            if slow:
                asyncio.get_running_loop().call_later(slow, self._finish, line, reply, lines[number + 1 :])
                return
            self._one(line, reply)
            self._prompt()

    def _finish(self, line: str, reply: xapi.Reply, others: list[str]) -> None:
        """A set that was slow, and what was typed behind it."""
        self._one(line, reply)
        self._prompt()
        self._answer(others)

    def _one(self, line: str, reply: xapi.Reply) -> None:
        fault = self._fault(reply)
        if fault in {None, "lost", "silent"}:
            self._do(reply.change)
        text = ended(["Command failed"], self._switches, "ERROR") if fault == "refused" else reply.text
        result = (text.split() or ["closed"])[-1] if fault is None else fault
        secret = "password" in line.lower()
        self._shells.life.world.record(
            host=self._shells.peer.name,
            connection=self._number,
            verb=f"ssh-{reply.kind}",
            payload=b"" if secret else line,
            text=None if secret else line,
            result=result,
        )
        if fault in {"lost", "dropped"}:
            self._channel.get_connection().abort()
        elif fault in spoilt.REPLIES:
            for part in spoilt.REPLIES[fault](text.encode()):
                self._send(part)
        elif fault != "silent":
            self._say(text)

    def _fault(self, reply: xapi.Reply) -> str | None:
        world, peer = self._shells.life.world, self._shells.peer
        faults = READ_FAULTS if reply.kind == "read" else SET_FAULTS
        if reply.kind not in {"read", "set"}:
            return None
        return next((fault for fault in faults if world.trips(f"{reply.kind}-{fault}", peer.name)), None)

    def _do(self, change: xapi.SetValue | xapi.Wish | None) -> None:
        life, peer = self._shells.life, self._shells.peer
        match change:
            case xapi.SetValue(path, value):
                life.set_value(peer, path, value)
            case xapi.Wish("restart"):
                life.restart_soon(peer)
            case xapi.Wish("force-update"):
                life.force_update(peer)
            case xapi.Wish():
                self._channel.exit(0)
            case None:
                pass

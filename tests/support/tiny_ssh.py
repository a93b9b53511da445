"""A one-host SSH server whose every word a test chooses."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncssh

from remediate.model.inventory import Credentials, Host, Role, SecretRef

PASSWORD = "open sesame"
Say = Callable[[bytes], None]
Talk = Callable[[bytes, Say], None]
"""Called with b"" at the start and with each chunk that comes."""


@dataclass
class TinySsh:
    """What the server is and what it saw."""

    talk: Talk
    methods: tuple[str, ...] = ("password",)
    prompt: str = "Password: "
    options: dict[str, Any] = field(default_factory=dict)
    attempts: list[str] = field(default_factory=list)
    sessions: int = 0
    port: int = 0
    key: asyncssh.SSHKey = field(default_factory=lambda: asyncssh.generate_private_key("ecdsa-sha2-nistp256"))

    def host(self, **more: Any) -> Host:
        """As the inventory would have it."""
        pin = " ".join(self.key.export_public_key().decode().split()[:2])
        given: dict[str, Any] = {
            "name": "tiny",
            "address": "127.0.0.1",
            "fqdn": "tiny.example.test",
            "role": Role.EXPRESSWAY_C,
            "cluster": "c",
            "ports": (("ssh", self.port),),
            "ssh_host_key": pin,
            "credentials": Credentials(username="admin", password=SecretRef(source="env", name="X")),
        }
        return Host(**(given | more))


class _Server(asyncssh.SSHServer):
    def __init__(self, tiny: TinySsh) -> None:
        self._tiny = tiny

    def begin_auth(self, username: str) -> bool:
        del username
        return True

    def password_auth_supported(self) -> bool:
        return "password" in self._tiny.methods

    def validate_password(self, username: str, password: str) -> bool:
        self._tiny.attempts.append(password)
        return username == "admin" and password == PASSWORD

    def kbdint_auth_supported(self) -> bool:
        return "keyboard-interactive" in self._tiny.methods

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
        del username, lang, submethods
        return "", "", "", [(self._tiny.prompt, False)]

    def validate_kbdint_response(self, username: str, responses: Any) -> bool:
        self._tiny.attempts += list(responses)
        return username == "admin" and list(responses) == [PASSWORD]

    def session_requested(self) -> asyncssh.SSHServerSession[bytes]:
        self._tiny.sessions += 1
        return _Session(self._tiny)


class _Session(asyncssh.SSHServerSession[bytes]):
    def __init__(self, tiny: TinySsh) -> None:
        self._tiny = tiny

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self._channel = chan

    def pty_requested(self, *_: Any) -> bool:
        return True

    def shell_requested(self) -> bool:
        return True

    def session_started(self) -> None:
        self._tiny.talk(b"", self._say)

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        del datatype
        self._tiny.talk(data, self._say)

    def _say(self, data: bytes) -> None:
        if not self._channel.is_closing():
            self._channel.write(data)


@contextmanager
def serving(tiny: TinySsh) -> Iterator[TinySsh]:
    """The server on a free port of the loopback, in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def start() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_factory=lambda: _Server(tiny),
            server_host_keys=[tiny.key],
            encoding=None,
            line_editor=False,
            config=None,
            **tiny.options,
        )

    acceptor = asyncio.run_coroutine_threadsafe(start(), loop).result(10)
    tiny.port = acceptor.get_port()
    try:
        yield tiny
    finally:
        loop.call_soon_threadsafe(acceptor.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)


def answering(replies: dict[str, str], banner: str = "Welcome\r\n") -> Talk:
    """A shell that knows these lines; others are not recognised."""
    held = bytearray()

    def talk(data: bytes, say: Say) -> None:
        if not data:
            say(banner.encode())
        held.extend(data)
        while b"\n" in held:
            line, _, rest = bytes(held).partition(b"\n")
            held[:] = rest
            say(replies.get(line.decode().strip(), "Command not recognized.\r\n").encode())

    return talk

"""An SSH server that costs its machine little, so that clients are measured and not the server.

It speaks what an X15.0 `sshd` and every client at hand share: ECDH P-256, an ECDSA P-256 host key, AES-128-GCM, one
password. Server cost per session is about half a millisecond. The lab's own server (asyncssh) answers the same way
and costs as much as the clients do. RFC 4253, 4252, 4254, 5656, 5647 (with OpenSSH's names).
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

VERSION = b"SSH-2.0-OpenSSH_8.4"
LINE_END = re.compile(rb"\r\n|\r|\n")
KEX, HOST_KEY, CIPHER = b"ecdh-sha2-nistp256", b"ecdsa-sha2-nistp256", b"aes128-gcm@openssh.com"
TAG, BLOCK, MAX_DATA = 16, 16, 32_000
WINDOW = 2**31 - 1
(
    DISCONNECT, SERVICE_REQUEST, SERVICE_ACCEPT, KEXINIT, NEWKEYS, ECDH_INIT, ECDH_REPLY, AUTH_REQUEST, AUTH_FAILURE,
    AUTH_SUCCESS, GLOBAL_REQUEST, REQUEST_FAILURE, CHANNEL_OPEN, OPENED, DATA, EOF, CLOSE, CHANNEL_REQUEST, SUCCESS,
    FAILURE,
) = (1, 5, 6, 20, 21, 30, 31, 50, 51, 52, 80, 82, 90, 91, 94, 96, 97, 98, 99, 100)  # fmt: skip


@dataclass(frozen=True)
class Device:
    """What stands behind one address. `answer` gives the bytes of a reply; all times are in seconds."""

    host_key: bytes
    user: str
    password: str
    banner: bytes
    answer: Callable[[str], bytes]
    per_command: float = 0.0
    round_trip: float = 0.0


class Session(asyncio.Protocol):
    """One connection. Commands are answered in turn, each after `per_command`; a network of `round_trip` is played by
    holding every byte for half of it, and the greeting for three halves, which is when it would come after a SYN."""

    def __init__(self, device: Device) -> None:
        self._device, self._loop = device, asyncio.get_running_loop()
        self._held, self._line = b"", b""
        self._cipher: tuple[_Direction, _Direction] | None = None
        self._next: tuple[_Direction, _Direction] | None = None
        self._client = self._client_kexinit = self._id = b""
        self._kexinit = bytes([KEXINIT]) + os.urandom(16) + b"".join(map(_string, _OFFER)) + b"\0" * 5
        self._peer, self._pty, self._commands, self._busy = 0, False, [b""], False
        self._commands.clear()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._opens = self._loop.time() + 1.5 * self._device.round_trip
        self._write(VERSION + b"\r\n" + self._sealed(self._kexinit))

    def data_received(self, data: bytes) -> None:
        """Take it, as late as the network brings it."""
        if self._device.round_trip:
            at = max(self._loop.time() + self._device.round_trip / 2, self._opens)
            self._loop.call_at(at, self._taken, data)
        else:
            self._taken(data)

    def _taken(self, data: bytes) -> None:
        self._held += data
        if not self._client:
            self._client, end, rest = self._held.partition(b"\r\n")
            if not end:
                self._client = b""
                return
            self._held = rest
        for payload in self._packets():
            self._TAKES.get(payload[0], Session._ignored)(self, payload[1:])

    def _packets(self) -> Iterator[bytes]:
        while len(self._held) >= 4:
            length = int.from_bytes(self._held[:4])
            whole = 4 + length + (TAG if self._cipher else 0)
            if len(self._held) < whole:
                return
            packet, self._held = self._held[:whole], self._held[whole:]
            body = self._cipher[0].opened(packet) if self._cipher else packet[4:]
            yield body[1 : len(body) - body[0]]

    def _sealed(self, payload: bytes) -> bytes:
        block, ahead = (BLOCK, 0) if self._cipher else (8, 4)
        padding = block - (ahead + 1 + len(payload)) % block
        padding += block if padding < 4 else 0
        body = bytes([padding]) + payload + b"\0" * padding
        head = len(body).to_bytes(4)
        return head + (self._cipher[1].closed(head, body) if self._cipher else body)

    def _send(self, *payloads: bytes) -> None:
        self._write(b"".join(map(self._sealed, payloads)))

    def _write(self, data: bytes) -> None:
        if self._transport.is_closing():
            return
        if self._device.round_trip:
            at = max(self._loop.time(), self._opens) + self._device.round_trip / 2
            self._loop.call_at(at, self._transport.write, data)
        else:
            self._transport.write(data)

    def _ignored(self, rest: bytes) -> None:
        """Nothing that a server must answer."""

    def _kex_offered(self, rest: bytes) -> None:
        self._client_kexinit = bytes([KEXINIT]) + rest

    def _exchange(self, rest: bytes) -> None:
        theirs, _ = _text(rest)
        ours = ec.generate_private_key(ec.SECP256R1())
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        secret = _mpint(int.from_bytes(ours.exchange(ec.ECDH(), point)))
        key = _loaded(self._device.host_key)
        blob = _string(HOST_KEY) + _string(b"nistp256") + _string(_point(key.public_key()))
        public = _point(ours.public_key())
        parts = (self._client, VERSION, self._client_kexinit, self._kexinit, blob, theirs, public)
        digest = hashlib.sha256(b"".join(map(_string, parts)) + secret).digest()
        self._id = self._id or digest
        r, s = decode_dss_signature(key.sign(digest, ec.ECDSA(hashes.SHA256())))
        signature = _string(HOST_KEY) + _string(_mpint(r) + _mpint(s))
        self._send(bytes([ECDH_REPLY]) + _string(blob) + _string(public) + _string(signature), bytes([NEWKEYS]))

        def derived(letter: bytes) -> bytes:
            return hashlib.sha256(secret + digest + letter + self._id).digest()

        self._next = (_Direction(derived(b"C"), derived(b"A")), _Direction(derived(b"D"), derived(b"B")))

    def _new_keys(self, rest: bytes) -> None:
        del rest
        self._cipher = self._next

    def _service(self, rest: bytes) -> None:
        self._send(bytes([SERVICE_ACCEPT]) + rest)

    def _login(self, rest: bytes) -> None:
        user, rest = _text(rest)
        _, rest = _text(rest)
        method, rest = _text(rest)
        right = method == b"password" and _text(rest[1:])[0] == self._device.password.encode()
        if right and user == self._device.user.encode():
            self._send(bytes([AUTH_SUCCESS]))
        else:
            self._send(bytes([AUTH_FAILURE]) + _string(b"password") + b"\0")

    def _asked(self, rest: bytes) -> None:
        _, rest = _text(rest)
        if rest[:1] != b"\0":
            self._send(bytes([REQUEST_FAILURE]))

    def _opening(self, rest: bytes) -> None:
        _, rest = _text(rest)
        self._peer = int.from_bytes(rest[:4])
        sizes = WINDOW.to_bytes(4) + MAX_DATA.to_bytes(4)
        self._send(bytes([OPENED]) + self._peer.to_bytes(4) + b"\0" * 4 + sizes)

    def _channel_asked(self, rest: bytes) -> None:
        kind, rest = _text(rest[4:])
        wants, rest = rest[:1] != b"\0", rest[1:]
        if wants:
            self._send(bytes([SUCCESS]) + self._to)
        self._pty = self._pty or kind == b"pty-req"
        if kind == b"shell":
            self._say(self._device.banner)
        elif kind == b"exec":
            said = b"".join(self._device.answer(line) for line in _text(rest)[0].decode().splitlines() if line.strip())
            self._say(said)
            exited = _string(b"exit-status") + b"\0" * 5
            self._send(bytes([CHANNEL_REQUEST]) + self._to + exited, bytes([EOF]) + self._to, bytes([CLOSE]) + self._to)

    def _typed(self, rest: bytes) -> None:
        *whole, self._line = LINE_END.split(self._line + _text(rest[4:])[0])
        self._commands += [line for line in whole if line.strip()]
        if not self._busy:
            self._work()

    def _work(self) -> None:
        """Answer what is typed, one after the other."""
        if not self._device.per_command:
            self._say(b"".join(map(self._reply, self._commands)))
            self._commands.clear()
        elif self._commands:
            self._busy = True
            self._loop.call_later(self._device.per_command, self._answered, self._commands.pop(0))

    def _answered(self, line: bytes) -> None:
        self._busy = False
        self._say(self._reply(line))
        self._work()

    def _reply(self, line: bytes) -> bytes:
        return (line + b"\r\n" if self._pty else b"") + self._device.answer(line.decode())

    def _say(self, data: bytes) -> None:
        parts = (data[at : at + MAX_DATA] for at in range(0, len(data), MAX_DATA))
        self._send(*(bytes([DATA]) + self._to + _string(part) for part in parts))

    def _closed(self, rest: bytes) -> None:
        del rest
        self._send(bytes([CLOSE]) + self._to)

    def _left(self, rest: bytes) -> None:
        del rest
        self._transport.close()

    @property
    def _to(self) -> bytes:
        return self._peer.to_bytes(4)

    _TAKES: ClassVar = {
        KEXINIT: _kex_offered, ECDH_INIT: _exchange, NEWKEYS: _new_keys, SERVICE_REQUEST: _service,
        AUTH_REQUEST: _login, GLOBAL_REQUEST: _asked, CHANNEL_OPEN: _opening, CHANNEL_REQUEST: _channel_asked,
        DATA: _typed, CLOSE: _closed, DISCONNECT: _left,
    }  # fmt: skip


class _Direction:
    """AES-GCM with the packet length as associated data and a nonce that counts."""

    def __init__(self, key: bytes, start: bytes) -> None:
        self._cipher, self._fixed = AESGCM(key[:16]), start[:4]
        self._count = int.from_bytes(start[4:12])

    def opened(self, packet: bytes) -> bytes:
        """A whole packet's body."""
        return self._cipher.decrypt(self._nonce(), packet[4:], packet[:4])

    def closed(self, head: bytes, body: bytes) -> bytes:
        """A body, encrypted, and its tag."""
        return self._cipher.encrypt(self._nonce(), body, head)

    def _nonce(self) -> bytes:
        nonce = self._fixed + self._count.to_bytes(8)
        self._count = (self._count + 1) % 2**64
        return nonce


_OFFER = (KEX, HOST_KEY, CIPHER, CIPHER, b"hmac-sha2-256", b"hmac-sha2-256", b"none", b"none", b"", b"")
_KEYS: dict[bytes, ec.EllipticCurvePrivateKey] = {}


def _loaded(pem: bytes) -> ec.EllipticCurvePrivateKey:
    if pem not in _KEYS:
        key = load_ssh_private_key(pem, None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        _KEYS[pem] = key
    return _KEYS[pem]


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4) + data


def _mpint(number: int) -> bytes:
    return _string(number.to_bytes(number.bit_length() // 8 + 1))


def _text(data: bytes) -> tuple[bytes, bytes]:
    """A string and what follows it."""
    end = 4 + int.from_bytes(data[:4])
    return data[4:end], data[end:]

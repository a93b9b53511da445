"""The one door to paramiko: an interactive shell on a PTY of a host whose key we know."""

from __future__ import annotations

import base64
import logging
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import paramiko
from paramiko.auth_handler import AuthOnlyHandler
from paramiko.common import cMSG_CHANNEL_REQUEST

from remediate.drivers import wire_log
from remediate.drivers.credentials import Gate
from remediate.drivers.deadline import Deadline
from remediate.drivers.fingerprints import fingerprint_of, way_to_trust
from remediate.errors import AuthenticationFailed, DeviceError, DeviceTimeout, IdentityNotTrusted, Unreachable
from remediate.model.inventory import Durations, Host

SSH_PORT = 22
BYTES_PER_READ = 65_536
# Wide, so that a device does not fold a cipher list into several lines.
COLUMNS, ROWS = 4096, 100
# ECDH first: group-14 costs 9 ms of pure Python each time. No SHA-1 exchange.
KEX = (
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "curve25519-sha256@libssh.org",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group14-sha256",
)
# AES-GCM needs no separate MAC, which paramiko compares in pure Python.
CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr")
MACS = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512")
HOST_KEYS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)

logging.getLogger("paramiko").addHandler(logging.NullHandler())


class Shell:
    """A byte stream to a host's shell. Not shared between threads, save that `close` ends it from any."""

    def __init__(self, host: Host, transport: paramiko.Transport, channel: paramiko.Channel) -> None:
        self._host, self._transport, self._channel = host, transport, channel

    @classmethod
    def open(cls, host: Host, gate: Gate, waits: Durations) -> Shell:
        """Connect, check the host key, log in once, ask for PTY and shell.

        Raises `Unreachable`, `DeviceTimeout`, `IdentityNotTrusted` (before any password is sent) or
        `AuthenticationFailed` (never tried again).
        """
        deadline = Deadline(waits.connect_timeout)
        transport = connected(host, gate, deadline)
        try:
            with naming(host, waits.connect_timeout):
                return cls(host, transport, shell_channel(transport, deadline))
        except BaseException:
            transport.close()
            raise

    def send(self, data: bytes) -> None:
        """Write all of it."""
        wire_log.sent(self._host.name, data)
        with naming(self._host, self._channel.gettimeout() or 0):
            self._channel.sendall(data)

    def receive(self, seconds: float) -> bytes | None:
        """What has come, waiting up to `seconds` for the first byte; None when nothing came.

        Raises `Unreachable` when the device has closed the session.
        """
        self._channel.settimeout(max(seconds, 0.001))
        try:
            data = self._channel.recv(BYTES_PER_READ)
        except TimeoutError:
            return None
        except OSError as error:
            raise Unreachable(self._host.name, f"the session broke: {error}") from error
        if not data:
            raise Unreachable(self._host.name, "the device closed the session", "see its session limit and SSH mode")
        wire_log.came(self._host.name, data)
        return data

    def close(self) -> None:
        """End the session at once."""
        self._transport.close()


def connected(host: Host, gate: Gate, deadline: Deadline) -> paramiko.Transport:
    """Connect, check the host key, log in once. Raises as `Shell.open`."""
    transport = _transport(host, deadline)
    try:
        with naming(host, deadline.seconds):
            _exchange_keys(host, transport, deadline)
            with gate.password(host) as (username, password):
                _log_in(host, transport, username, password)
    except BaseException:
        transport.close()
        raise
    return transport


def fingerprint(key: paramiko.PKey) -> str:
    """`ssh-ed25519 SHA256:…`, as OpenSSH prints it."""
    return f"{key.get_name()} {fingerprint_of(key.asbytes())}"


def shown_host_keys(host: Host, waits: Durations) -> list[tuple[str, str, str]]:
    """Type, base64 and fingerprint of every host key that is shown; nothing is sent to log in. Raises `DeviceError`.

    A server shows one key per connection, so each type is asked for in turn.
    """
    found: dict[str, tuple[str, str, str]] = {}
    for kind in HOST_KEYS:
        key = _shown(host, waits, kind)
        if key is not None:
            found[key.get_name()] = (key.get_name(), key.get_base64(), fingerprint_of(key.asbytes()))
    return list(found.values())


def _shown(host: Host, waits: Durations, kind: str) -> paramiko.PKey | None:
    deadline = Deadline(waits.connect_timeout)
    transport = _transport(host, deadline)
    transport.get_security_options().key_types = (kind,)
    try:
        with naming(host, waits.connect_timeout):
            return _exchanged(host, transport, deadline)
    except IdentityNotTrusted:  # it has no key of this type
        return None
    finally:
        transport.close()


def _transport(host: Host, deadline: Deadline) -> paramiko.Transport:
    port = host.port("ssh", SSH_PORT)
    try:
        connection = socket.create_connection((host.address, port), timeout=deadline.seconds)
    except TimeoutError as error:
        raise DeviceTimeout(host.name, f"{host.address}:{port} did not answer within {deadline.seconds:g} s") from error
    except (OSError, UnicodeError) as error:
        raise Unreachable(host.name, f"cannot connect to {host.address}:{port}: {reason_of(error)}") from error
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    transport = paramiko.Transport(connection)
    transport.daemon = True
    transport.auth_timeout = deadline.seconds
    # Later than our own deadline, which alone decides: paramiko's say "error", not "timeout".
    transport.banner_timeout = transport.handshake_timeout = 2 * deadline.seconds
    options = transport.get_security_options()
    options.kex = _available(KEX, options.kex)
    options.ciphers, options.digests = CIPHERS, MACS
    options.key_types = tuple(sorted(HOST_KEYS, key=lambda kind: kind not in _pinned_types(host)))
    return transport


def _available(wanted: tuple[str, ...], known: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in wanted if name in known)


def reason_of(error: BaseException) -> str:
    """Its own words, or its name."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


@contextmanager
def naming(host: Host, seconds: float) -> Iterator[None]:
    """Whatever paramiko or the socket raises, as one of our errors that names the host."""
    try:
        yield
    except paramiko.ssh_exception.IncompatiblePeer as error:
        hint = "an X15.0 device offers ecdh-sha2-nistp256; see `xConfiguration Ciphers sshd_kex`"
        raise IdentityNotTrusted(host.name, f"no acceptable SSH algorithm: {error}", hint) from error
    except TimeoutError as error:
        raise DeviceTimeout(host.name, f"SSH did not answer within {seconds:g} s") from error
    except (paramiko.SSHException, EOFError, OSError) as error:
        raise Unreachable(host.name, f"SSH failed: {reason_of(error)}") from error


def _exchange_keys(host: Host, transport: paramiko.Transport, deadline: Deadline) -> None:
    seen = _exchanged(host, transport, deadline)
    pinned = _pins(host)
    if (seen.get_name(), seen.get_base64()) not in pinned:
        raise IdentityNotTrusted(host.name, *_distrust(host, seen))


def _exchanged(host: Host, transport: paramiko.Transport, deadline: Deadline) -> paramiko.PKey:
    """The host key of a key exchange."""
    transport.start_client(timeout=deadline.remaining(host.name, "the SSH connection"))
    if not transport.initial_kex_done:  # paramiko returns in silence when the time is over
        raise DeviceTimeout(host.name, f"no SSH greeting or key exchange within {deadline.seconds:g} s")
    return transport.get_remote_server_key()


def _distrust(host: Host, seen: paramiko.PKey) -> tuple[str, str]:
    what = "the SSH host key has changed" if host.ssh_host_key else "the SSH host key is not in the inventory"
    shown = f"it shows {fingerprint(seen)}" + "".join(f"; pinned: {known}" for known in _pinned_fingerprints(host))
    return f"{what}: {shown}; no password was sent", way_to_trust(host.name)


def _pins(host: Host) -> set[tuple[str, str]]:
    parts = (line.split() for line in host.ssh_host_key.splitlines())
    return {(part[0], part[1]) for part in parts if len(part) >= 2}


def _pinned_fingerprints(host: Host) -> list[str]:
    return sorted(f"{kind} {_sha256(body)}" for kind, body in _pins(host))


def _sha256(body: str) -> str:
    try:
        return fingerprint_of(base64.b64decode(body))
    except ValueError:
        return "(unreadable)"


def _pinned_types(host: Host) -> set[str]:
    kinds = {kind for kind, _ in _pins(host)}
    return kinds | ({"rsa-sha2-512", "rsa-sha2-256"} if "ssh-rsa" in kinds else set())


def _log_in(host: Host, transport: paramiko.Transport, username: str, password: str) -> None:
    try:
        partial = _authenticate(host, transport, username, password)
    except paramiko.AuthenticationException as error:
        raise _refusal(host, username, error) from error
    if partial or not transport.is_authenticated():
        raise AuthenticationFailed(host.name, f"SSH wants more than the password of {username}: {', '.join(partial)}")


def _authenticate(host: Host, transport: paramiko.Transport, username: str, password: str) -> list[str]:
    try:
        return transport.auth_password(username, password, fallback=False)
    except paramiko.BadAuthenticationType as error:
        if "keyboard-interactive" not in error.allowed_types:
            raise
    odd: list[str] = []

    def answer(_title: str, _instructions: str, prompts: list[tuple[str, bool]]) -> list[str]:
        odd.extend(text for text, echo in prompts if echo or "password" not in text.casefold())
        return [] if odd or len(prompts) > 1 else [password for _ in prompts]

    # Not `transport.auth_interactive`: it asks for the service a second time, which a strict server ends.
    second = AuthOnlyHandler(transport)
    transport.auth_handler = second
    try:
        return list(second.auth_interactive(username, answer))
    except paramiko.SSHException:
        if odd:
            raise AuthenticationFailed(host.name, f"SSH asks for something other than a password: {odd!r}") from None
        raise


def _refusal(host: Host, username: str, error: paramiko.AuthenticationException) -> DeviceError:
    if "timeout" in str(error):
        return DeviceTimeout(host.name, "no answer to the SSH login")
    if "transport shut down" in str(error):
        return Unreachable(host.name, "the device closed the connection during the SSH login")
    what = f"the password of {username} was refused over SSH"
    return AuthenticationFailed(host.name, what, "not tried again: repeated failures lock an account")


def shell_channel(transport: paramiko.Transport, deadline: Deadline) -> paramiko.Channel:
    """A PTY and a shell on it."""
    channel = transport.open_session(timeout=max(deadline.left, 0.001))
    channel.settimeout(deadline.seconds)
    # Asked without waiting for each answer, which saves two round trips; a refusal closes the channel.
    transport._send_user_message(_pty_request(channel))  # type: ignore[attr-defined]  # noqa: SLF001
    transport._send_user_message(_request(channel, "shell"))  # type: ignore[attr-defined]  # noqa: SLF001
    return channel


def _request(channel: paramiko.Channel, kind: str) -> paramiko.Message:
    message = paramiko.Message()
    message.add_byte(cMSG_CHANNEL_REQUEST)
    message.add_int(channel.remote_chanid)
    message.add_string(kind)
    message.add_boolean(True)
    return message


def _pty_request(channel: paramiko.Channel) -> paramiko.Message:
    message = _request(channel, "pty-req")
    message.add_string("vt100")
    for number in (COLUMNS, ROWS, 0, 0):
        message.add_int(number)
    message.add_string(b"")
    return message

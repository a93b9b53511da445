"""A paramiko client for a library that brings its own session: our connection, our trust, our one login."""

from __future__ import annotations

import paramiko

from remediate.drivers.credentials import Gate
from remediate.drivers.deadline import Deadline
from remediate.drivers.shell import connected, naming, reason_of, shell_channel
from remediate.errors import DeviceError, Unreachable
from remediate.model.inventory import Durations, Host


class Client:
    """What netmiko wants of a paramiko client, over our own connection: pinned key, one login, the Gate's password."""

    def __init__(self, host: Host, gate: Gate, waits: Durations) -> None:
        self._host, self._gate, self._seconds = host, gate, waits.connect_timeout
        self._transport: paramiko.Transport | None = None

    def connect(self, **_: object) -> None:
        """Connect and log in, as `Shell.open` does; what netmiko knows of names and passwords is not used."""
        self._transport = connected(self._host, self._gate, Deadline(self._seconds))

    def invoke_shell(self, **_: object) -> paramiko.Channel:
        """A shell on a PTY."""
        assert self._transport is not None, "connected first"
        with naming(self._host, self._seconds):
            return shell_channel(self._transport, Deadline(self._seconds))

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.close()


def broken(host: Host, error: BaseException) -> DeviceError:
    """A session that ended beneath a library."""
    return Unreachable(host.name, f"the session broke: {reason_of(error)}")

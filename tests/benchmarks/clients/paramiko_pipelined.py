"""paramiko with all commands in one write, on a socket without Nagle's delay: the quickest that it goes."""

from __future__ import annotations

import base64
import socket

import paramiko

from tests.benchmarks.clients import common
from tests.benchmarks.reads import COMMANDS, Node, checked

LINES = "".join(f"{command}\r\n" for command in COMMANDS).encode()


def read(node: Node) -> None:
    """All settings of one node."""
    plain = socket.create_connection((node.address, node.ssh))
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    transport = paramiko.Transport(plain)
    kind, body = node.host_key.split()
    transport.connect(paramiko.PKey.from_type_string(kind, base64.b64decode(body)), node.user, node.password)
    channel = transport.open_session()
    channel.get_pty(width=4096)
    channel.invoke_shell()
    channel.sendall(LINES)
    told = b""
    while told.count(b"\r\nOK\r\n") < len(COMMANDS):
        told += channel.recv(65_536)
    transport.close()
    checked(node.name, told.decode())


if __name__ == "__main__":
    common.on_each(read, common.arguments())

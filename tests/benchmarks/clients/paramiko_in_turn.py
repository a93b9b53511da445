"""paramiko as its documentation shows it: a client, a shell, one command after the other's reply."""

from __future__ import annotations

import base64

import paramiko

from tests.benchmarks.clients import common
from tests.benchmarks.reads import COMMANDS, Node, checked


def read(node: Node) -> None:
    """All settings of one node."""
    client = paramiko.SSHClient()
    kind, body = node.host_key.split()
    key = paramiko.PKey.from_type_string(kind, base64.b64decode(body))
    client.get_host_keys().add(f"[{node.address}]:{node.ssh}", kind, key)
    client.connect(
        node.address, node.ssh, node.user, node.password, look_for_keys=False, allow_agent=False, banner_timeout=60
    )
    channel = client.invoke_shell(width=4096)
    told = b""
    for number, command in enumerate(COMMANDS, 1):
        channel.sendall(f"{command}\r\n".encode())
        while told.count(b"\r\nOK\r\n") < number:
            told += channel.recv(65_536)
    client.close()
    checked(node.name, told.decode())


if __name__ == "__main__":
    common.on_each(read, common.arguments())

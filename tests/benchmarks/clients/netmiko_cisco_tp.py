"""netmiko with the driver that it has for Expressway.

Its `disconnect` waits ten seconds for a prompt that no Expressway shows, so the connection is closed beneath it.
"""

from __future__ import annotations

from netmiko import ConnectHandler

from tests.benchmarks.clients import common
from tests.benchmarks.reads import COMMANDS, END, Node, checked


def read(node: Node) -> None:
    """All settings of one node."""
    where = {"host": node.address, "port": node.ssh, "username": node.user, "password": node.password}
    connection = ConnectHandler(device_type="cisco_tp", **where)
    told = "\n".join(str(connection.send_command(command, expect_string=END)) for command in COMMANDS)
    connection.paramiko_cleanup()
    checked(node.name, told)


if __name__ == "__main__":
    common.on_each(read, common.arguments())

"""netmiko with its generic driver, reading up to the line that ends a reply."""

from __future__ import annotations

from netmiko import ConnectHandler

from tests.benchmarks.clients import common
from tests.benchmarks.reads import COMMANDS, END, Node, checked


def read(node: Node) -> None:
    """All settings of one node."""
    where = {"host": node.address, "port": node.ssh, "username": node.user, "password": node.password}
    told = ""
    with ConnectHandler(device_type="generic_termserver", **where) as connection:
        for command in COMMANDS:
            connection.write_channel(f"{command}\r\n")
            told += connection.read_until_pattern(END)
    checked(node.name, told)


if __name__ == "__main__":
    common.on_each(read, common.arguments())

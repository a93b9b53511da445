"""nornir with its netmiko tasks and threaded runner, and the driver that netmiko has for Expressway.

Connections are closed beneath netmiko, as in `netmiko_cisco_tp`.
"""

from __future__ import annotations

import argparse

from nornir.core import Nornir
from nornir.core.inventory import ConnectionOptions, Defaults, Group, Groups, Host, Hosts, Inventory
from nornir.core.plugins.connections import ConnectionPluginRegister
from nornir.core.task import Result, Task
from nornir.plugins.runners import ThreadedRunner
from nornir_netmiko.tasks import netmiko_send_command

from tests.benchmarks.clients import common
from tests.benchmarks.reads import COMMANDS, END, Node, checked, read_nodes


def host(node: Node) -> Host:
    """A node as nornir knows it."""
    options = {"netmiko": ConnectionOptions(extras={})}
    return Host(
        node.name, node.address, node.ssh, node.user, node.password, "cisco_tp",
        data={"node": node}, connection_options=options,
    )  # fmt: skip


def read(task: Task, trust: bool) -> Result:
    """All settings of one node."""
    told = [task.run(netmiko_send_command, command_string=one, expect_string=END).result for one in COMMANDS]
    checked(task.host.name, "\n".join(told))
    task.host.get_connection("netmiko", task.nornir.config).paramiko_cleanup()
    if trust:
        common.read_trust(task.host["node"])
    return Result(task.host)


def main(args: argparse.Namespace) -> None:
    """All nodes."""
    ConnectionPluginRegister.auto_register()
    hosts = Hosts({node.name: host(node) for node in read_nodes(args.nodes)})
    fleet = Nornir(
        inventory=Inventory(hosts, Groups({"all": Group("all")}), Defaults()), runner=ThreadedRunner(args.threads)
    )
    common.reported(lambda: fleet.run(read, trust=args.trust).raise_on_error())


if __name__ == "__main__":
    main(common.arguments())

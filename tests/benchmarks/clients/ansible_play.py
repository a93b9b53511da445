"""Ansible: `--kind raw`, all commands in one task over OpenSSH, or `--kind network_cli`, one task in a loop.

The forks are `--threads`. `raw` uses the exec channel, which a real Expressway refuses; the bench's server allows it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.benchmarks.clients import common
from tests.benchmarks.reads import BEGIN, COMMANDS, LISTED, SETTINGS, TRUST, VALUE, Node, read_nodes

HERE = Path(__file__).parent.parent / "ansible"
COUNTED = "(said | regex_findall('{what}') | length) == {many}"


def inventory(nodes: list[Node], directory: Path, kind: str) -> dict[str, Any]:
    """The nodes as Ansible knows them; their host keys go into a file of known hosts."""
    known = directory / "known_hosts"
    known.write_text("".join(f"[{n.address}]:{n.ssh} {n.host_key}\n" for n in nodes), encoding="utf-8")
    shared = {
        "ansible_connection": "ssh" if kind == "raw" else "ansible.netcommon.network_cli",
        "ansible_network_os": "expressway",
        "ansible_network_cli_ssh_type": "paramiko",
        "ansible_host_key_checking": kind == "raw",
        "ansible_ssh_common_args": f"-o UserKnownHostsFile={known}",
    }
    hosts = {
        node.name: {
            "ansible_host": node.address, "ansible_port": node.ssh, "ansible_user": node.user,
            "ansible_password": node.password, "https": node.https, "ca": node.certificate,
        }
        for node in nodes
    }  # fmt: skip
    return {"all": {"vars": shared, "hosts": hosts}}


def play(kind: str, trust: bool) -> list[dict[str, Any]]:
    """The reads as tasks; each is checked for all of its answer."""
    every = COUNTED.format(what=VALUE.replace("*", "[*]"), many=len(SETTINGS))
    if kind == "raw":
        read: dict[str, Any] = {"ansible.builtin.raw": "\n".join(COMMANDS)}
        said = "{{ told.stdout }}"
    else:
        read = {"ansible.netcommon.cli_command": {"command": "{{ item }}"}, "loop": list(COMMANDS)}
        said = "{{ told.results | map(attribute='stdout') | join(' ') }}"
    tasks = [{**read, "register": "told"}, {"ansible.builtin.assert": {"that": every}, "vars": {"said": said}}]
    if trust:
        page = {
            "url": f"https://{{{{ ansible_host }}}}:{{{{ https }}}}{TRUST}", "url_username": "{{ ansible_user }}",
            "url_password": "{{ ansible_password }}", "force_basic_auth": True, "validate_certs": False,
            "return_content": True,
        }  # fmt: skip
        whole = COUNTED.format(what=BEGIN, many=LISTED)
        asked = {"ansible.builtin.uri": page, "delegate_to": "localhost", "register": "page"}
        local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        tasks += [{**asked, "vars": local}]
        tasks += [{"ansible.builtin.assert": {"that": whole}, "vars": {"said": "{{ page.content }}"}}]
    return [{"hosts": "all", "gather_facts": False, "tasks": tasks}]


def main(args: argparse.Namespace) -> None:
    """Write what Ansible wants, and run it."""
    nodes = read_nodes(args.nodes)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        (directory / "hosts.json").write_text(json.dumps(inventory(nodes, directory, args.kind)), encoding="utf-8")
        (directory / "play.json").write_text(json.dumps(play(args.kind, args.trust)), encoding="utf-8")
        command = [
            str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(directory / "hosts.json"),
            "-f", str(args.threads), str(directory / "play.json"),
        ]  # fmt: skip
        settings = {
            "ANSIBLE_LOCALHOST_WARNING": "0",
            "ANSIBLE_HOME": str(directory / "home"),
            "ANSIBLE_TERMINAL_PLUGINS": str(HERE / "terminal"),
            "ANSIBLE_STDOUT_CALLBACK": "minimal",
            "ANSIBLE_PERSISTENT_COMMAND_TIMEOUT": "300",
            "ANSIBLE_PERSISTENT_CONNECT_TIMEOUT": "300",
        }
        common.reported(lambda: run(command, settings))


def run(command: list[str], settings: dict[str, str]) -> None:
    """Raises RuntimeError with the end of what it said where it fails."""
    done = subprocess.run(command, env={**os.environ, **settings}, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"ansible-playbook answered {done.returncode}: {(done.stdout + done.stderr)[-3000:]}")


if __name__ == "__main__":
    parser = common.parser()
    parser.add_argument("--kind", choices=["raw", "network_cli"], required=True)
    main(parser.parse_args())

"""Pins beside an Ansible inventory: ours to read, and no source of hosts to anybody."""

from __future__ import annotations

from pathlib import Path

import pytest

from remediate.files.ansible.read import inventory_file, is_ansible
from remediate.files.inventory import load_inventory
from remediate.files.pins import Pins, pins_beside, write_pins
from tests.support.ansible import by_ansible, password_file, write

HOSTS = """\
[expressway_c]
exp-c-1 ansible_host=192.0.2.11 remediate_ssh_host_key="ssh-ed25519 AAAAold"
exp-c-2 ansible_host=192.0.2.12
"""
YAML = """\
expressway_c:
  hosts:
    exp-c-1: {ansible_host: 192.0.2.11, remediate_ssh_host_key: ssh-ed25519 AAAAold}
    exp-c-2: {ansible_host: 192.0.2.12}
"""
NEW = Pins(host="exp-c-1", ssh_host_key=("ssh-ed25519 AAAAnew",), tls_sha256=("a" * 64,), verified="today me@desk")


@pytest.mark.parametrize(("name", "text"), [("hosts", HOSTS), ("hosts.yml", YAML)])
@pytest.mark.parametrize("by", ["folder", "file"])
def test_leads(tmp_path: Path, name: str, text: str, by: str) -> None:
    """What was pinned stands in place of what the inventory says, given as a folder or as a file."""
    folder = write(tmp_path / "inventory", {name: text})
    place = folder if by == "folder" else folder / name
    write_pins(pins_beside(place), (NEW,))
    assert is_ansible(place)
    assert inventory_file(place) == folder / name
    inventory, _ = load_inventory(place, {})
    assert [cluster.name for cluster in inventory.clusters] == ["expressway_c"]
    assert [host.ssh_host_key for host in inventory.clusters[0].hosts] == ["ssh-ed25519 AAAAnew", ""]
    assert inventory.host("exp-c-1").tls_sha256 == ("a" * 64,)


def test_ansible_reads_no_host_there(tmp_path: Path) -> None:
    """Ansible's own reading of the folder is the same with pins in it."""
    folder = write(tmp_path / "inventory", {"hosts": HOSTS})
    before = by_ansible(folder, password_file(tmp_path))
    write_pins(pins_beside(folder), (NEW,))
    assert by_ansible(folder, password_file(tmp_path)) == before
    assert list(before["expressway_c"]["hosts"]) == ["exp-c-1", "exp-c-2"]


def test_our_own_form(tmp_path: Path) -> None:
    """Beside clusters.yml the file is seen, whatever else lies there."""
    folder = write(tmp_path / "inventory", {"hosts": HOSTS, "clusters.yml": "clusters: {}\n"})
    assert pins_beside(folder) == pins_beside(folder / "clusters.yml") == folder / "pins.yml"
    assert pins_beside(folder / "hosts") == folder / ".pins.yml"

"""An Ansible inventory that somebody else wrote, vaulted password included, in front of real devices."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from remediate.files.inventory import load_inventory
from remediate.model.inventory import Inventory
from tests.lab.stories.window import window
from tests.support.ansible import password_file, tagged, vaulted, write

Capsys = pytest.CaptureFixture[str]
GROUPS = {"expressway-c": "expressway_c", "cucm": "cucm", "im-and-presence": "imp", "unity-connection": "cuc"}


def ansible(inventory: Inventory, lab: Path) -> dict[str, str]:
    """The lab's fleet as an Ansible hand would have written it, pins as host variables."""
    files: dict[str, str] = {"group_vars/all/main.yml": "remediate_replication_interval: 2s\n"}
    lines: list[str] = []
    for cluster in inventory.clusters:
        if cluster.role not in GROUPS:
            continue
        group = GROUPS[cluster.role]
        lines += [f"[{group}]", *(f"{h.name} ansible_host={h.address} remediate_fqdn={h.fqdn}" for h in cluster.hosts)]
        credentials = cluster.hosts[0].credentials
        assert credentials is not None
        password = Path(credentials.password.name).read_text().strip()
        files[f"group_vars/{group}/user.yml"] = (
            f'ansible_user: {credentials.username}\nansible_password: "{{{{ pw }}}}"\n'
        )
        whole = cluster.role == "expressway-c"
        files[f"group_vars/{group}/vault.yml"] = vaulted(f"pw: {password}\n") if whole else f"pw: {tagged(password)}"
        for host in cluster.hosts:
            pem = lab / "inventory" / "trust" / "devices" / f"{host.name}.pem"
            ports = ", ".join(f"{name}: {number}" for name, number in host.ports)
            files[f"host_vars/{host.name}.yml"] = f"remediate_tls_certificate: {pem}\nremediate_ports: {{{ports}}}\n"
            if host.ssh_host_key:
                files[f"host_vars/{host.name}.yml"] += f"remediate_ssh_host_key: {host.ssh_host_key}\n"
    return {"hosts": "\n".join(lines) + "\n", **files}


def test_trust_add(tmp_path: Path, capsys: Capsys) -> None:
    """A host without a key is refused; what is typed and then shown is pinned, and the next reading uses it."""
    with window(tmp_path, capsys, "healthy", "--peers 1") as story:
        inventory, _ = load_inventory(story.lab / "inventory", {})
        files = ansible(inventory, story.lab)
        key = inventory.host("exp-c-1").ssh_host_key
        variables = files["host_vars/exp-c-1.yml"].replace(f"remediate_ssh_host_key: {key}\n", "")
        files["host_vars/exp-c-1.yml"] = variables
        place = write(tmp_path / "ansible", files)
        vault = f"--vault-password-file {password_file(tmp_path)}"
        refused = story.type(f"verify -i {place} {vault}")
        assert refused.code == 4, refused.text
        assert "remediate trust add exp-c-1 -i INV --fingerprint SHA256:" in refused.text
        digest = base64.b64encode(hashlib.sha256(base64.b64decode(key.split()[1])).digest()).decode().rstrip("=")
        added = story.type(f"trust add exp-c-1 -i {place} {vault} --fingerprint SHA256:{digest}")
        assert added.code == 0, added.text
        assert f"Pinned in {place}/.pins.yml" in added.text
        assert f"SHA256:{digest}" in story.type(f"trust list -i {place} {vault}").text
        assert story.type(f"verify -i {place} {vault}").code == 0
        by_file = story.type(f"verify -i {place}/hosts {vault}")
        assert by_file.code == 0, by_file.text


def test_verify_with_an_ansible_inventory(tmp_path: Path, capsys: Capsys) -> None:
    """The same verdicts as with our own inventory; without the vault password, the value that needs it is named."""
    with window(tmp_path, capsys, "seed-untrusted-ca") as story:
        own = story.type("verify -i INV")
        inventory, _ = load_inventory(story.lab / "inventory", {})
        place = write(tmp_path / "ansible", ansible(inventory, story.lab))
        other = story.type(f"verify -i {place} --vault-password-file {password_file(tmp_path)}")
        assert other.code == own.code == 9, other.text
        told = [line for line in own.text.splitlines() if "origin-not-trusted" in line]
        assert told
        assert [line for line in other.text.splitlines() if "origin-not-trusted" in line] == told
        refused = story.type(f"verify -i {place}")
        assert refused.code != 0
        assert "is vault-encrypted and no vault password was given" in refused.text

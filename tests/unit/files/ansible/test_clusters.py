"""From Ansible's groups to clusters."""

from __future__ import annotations

from pathlib import Path

import pytest

from remediate.errors import InputError, InventoryError
from remediate.files.inventory import load_inventory
from remediate.files.secrets import SecretSource
from remediate.files.vault import Vault
from remediate.model.inventory import Inventory, Role, SecretRef
from tests.support.ansible import password_file, tagged, vaulted, write

HOSTS = """\
[expressway_c]
exp-c-1.example.com ansible_host=192.0.2.11
exp-c-2.example.com ansible_host=192.0.2.12

[cucm]
cucm-pub.example.com ansible_host=192.0.2.21
cucm-sub.example.com ansible_host=192.0.2.22 ansible_port=8444

[imp]
imp-1 ansible_host=192.0.2.23

[network:children]
expressway_c

[network:vars]
ansible_user=admin
ansible_network_os=cisco.expressway
ansible_password="{{ vault_network_password }}"

[uc:children]
cucm
imp

[uc:vars]
ansible_user=axl
"""
GROUP_VARS = {
    "group_vars/all/main.yml": "site: london\nunsupported: \"{{ lookup('pipe', 'date') }}\"\n",
    "group_vars/all/vault.yml": vaulted("vault_network_password: hunter2\n"),
    "group_vars/uc.yml": f"ansible_password: {tagged('hunter3')}",
}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJxnHashedAndPlainLinesAreBothReadHere00000000"


def loaded(folder: Path, files: dict[str, str]) -> tuple[Inventory, SecretSource]:
    """The inventory, and what opens its secrets."""
    vault = Vault()
    vault.add(str(password_file(folder)))
    place = write(folder / "inventory", files)
    return load_inventory(place, {}, vault)[0], SecretSource(vault)


def test_somebody_elses_inventory(tmp_path: Path) -> None:
    """Groups by name become clusters; addresses, users and vaulted passwords are taken as they stand."""
    inventory, secrets = loaded(tmp_path, {"hosts": HOSTS, **GROUP_VARS})
    assert [(c.name, c.role) for c in inventory.clusters] == [
        ("expressway_c", "expressway-c"),
        ("cucm", "cucm"),
        ("imp", "im-and-presence"),
    ]
    peers, cucm, imp = inventory.clusters
    assert peers.serves == ("cucm", "imp")
    assert (peers.primary, cucm.primary) == ("exp-c-1.example.com", "cucm-pub.example.com")
    assert peers.groups == ("network",)
    assert [(h.address, h.fqdn) for h in peers.hosts] == [
        ("192.0.2.11", "exp-c-1.example.com"),
        ("192.0.2.12", "exp-c-2.example.com"),
    ]
    assert [h.role for h in cucm.hosts] == [Role.CUCM_PUBLISHER, Role.CUCM_SUBSCRIBER]
    assert cucm.hosts[1].ports == (("https", 8444),)
    assert imp.hosts[0].fqdn == "192.0.2.23"
    for cluster, user, password in ((peers, "admin", "hunter2"), (cucm, "axl", "hunter3")):
        credentials = {h.credentials for h in cluster.hosts}
        assert len(credentials) == 1, "one definition is one secret: a refusal stops all that share it"
        (one,) = credentials
        assert one is not None
        assert (one.username, secrets(one.password).reveal()) == (user, password)


def test_no_vault_password_is_needed_to_load(tmp_path: Path) -> None:
    """Only where the value is needed; then the place is named, and how to give the password."""
    place = write(tmp_path, {"hosts": HOSTS, **GROUP_VARS})
    inventory, _ = load_inventory(place, {})
    credentials = inventory.host("cucm-pub.example.com").credentials
    assert credentials is not None
    with pytest.raises(
        InputError, match=r"uc\.yml:1: is vault-encrypted and no vault password was given: --vault-pass"
    ):
        SecretSource()(credentials.password)


def test_wrong_vault_password(tmp_path: Path) -> None:
    """The value that did not open is named, and nothing of it shown."""
    place = write(tmp_path, {"hosts": HOSTS, **GROUP_VARS})
    wrong = tmp_path / "wrong"
    wrong.write_text("other\n")
    wrong.chmod(0o600)
    vault = Vault()
    vault.add(f"prod@{wrong}")
    credentials = load_inventory(place, {})[0].host("cucm-pub.example.com").credentials
    assert credentials is not None
    with pytest.raises(InputError, match="cannot be decrypted with the vault password that was given"):
        SecretSource(vault)(credentials.password)


def test_vault_password_from_a_program(tmp_path: Path) -> None:
    """A file that can be executed prints it; one whose name ends in -client is told the label."""
    program = tmp_path / "pass-client"
    program.write_text('#!/bin/sh\n[ "$1 $2" = "--vault-id prod" ] && echo "correct horse"\n')
    program.chmod(0o700)
    place = write(tmp_path, {"secrets.yml": vaulted("axl: hunter4\n", "prod")})
    vault = Vault()
    vault.add(f"prod@{program}")
    assert SecretSource(vault)(SecretRef(source="vault", name=f"{place}/secrets.yml#axl")).reveal() == "hunter4"
    assert not {word for word in ("hunter4", "correct horse") if word in repr(vault)}
    with pytest.raises(InputError, match=r"secrets\.yml: holds no vaulted other"):
        SecretSource(vault)(SecretRef(source="vault", name=f"{place}/secrets.yml#other"))


def test_value_in_clear_text_is_no_vaulted_one(tmp_path: Path) -> None:
    """A `vault:` reference to clear text is refused, and the text not shown."""
    place = write(tmp_path, {"secrets.yml": "axl: hunter5\n"})
    with pytest.raises(InputError, match="axl stands there in clear text") as caught:
        SecretSource()(SecretRef(source="vault", name=f"{place}/secrets.yml#axl"))
    assert "hunter5" not in str(caught.value)


def test_children_are_clusters_of_their_own(tmp_path: Path) -> None:
    """Each child of a group with a role is a cluster; who serves whom must then be said."""
    hosts = "[london]\na.example.com\n[paris]\nb.example.com\n[exp-c:children]\nlondon\nparis\n[cucm]\nc.example.com\n"
    with pytest.raises(InventoryError, match="london does not say: set remediate_serves"):
        load_inventory(write(tmp_path, {"hosts": hosts}), {})
    write(tmp_path, {f"group_vars/{name}.yml": "remediate_serves: [cucm]\n" for name in ("london", "paris")})
    inventory, _ = load_inventory(tmp_path, {})
    assert [(c.name, c.serves) for c in inventory.clusters][:2] == [("london", ("cucm",)), ("paris", ("cucm",))]


def test_what_clusters_yml_knows_is_a_variable(tmp_path: Path) -> None:
    """`remediate_<key>` on group and host; host keys from a known_hosts file, hashed or not."""
    hosts = "[edge]\na ansible_host=192.0.2.1\nb ansible_host=192.0.2.2 ansible_port=5022\nc ansible_host=192.0.2.3\n"
    hashed = "|1|c2FsdHNhbHRzYWx0c2FsdA==|Ku2iHmTnHBvkdCtU41w2DgxO9Z4="
    files = {
        "hosts": hosts,
        "group_vars/edge.yml": (
            "remediate_role: expressway-c\nremediate_primary: b\nremediate_replication_interval: 90s\n"
            "remediate_known_hosts: known_hosts\n"
        ),
        "host_vars/a.yml": "remediate_fqdn: a.example.com\nremediate_ports: {https: 4430}\n",
        "known_hosts": (
            f"# comment\n192.0.2.1 {KEY}\n[192.0.2.2]:5022,other {KEY} note\n{hashed} {KEY}\n@revoked x {KEY}\n"
        ),
    }
    (cluster,) = load_inventory(write(tmp_path, files), {})[0].clusters
    assert (cluster.primary, cluster.durations.replication_interval) == ("b", 90)
    assert [(h.fqdn, h.ssh_host_key, h.ports) for h in cluster.hosts[:2]] == [
        ("a.example.com", KEY, (("https", 4430),)),
        ("192.0.2.2", KEY, (("ssh", 5022),)),
    ]
    assert cluster.hosts[2].ssh_host_key == KEY


def test_no_group_has_a_role(tmp_path: Path) -> None:
    """The message says which names would do."""
    with pytest.raises(InventoryError, match="no group says what its hosts are: name groups expressway_c, cucm"):
        load_inventory(write(tmp_path, {"hosts": "[web]\na\n"}), {})


def test_our_own_checks_hold(tmp_path: Path) -> None:
    """What clusters.yml may not say, Ansible's form may not either."""
    with pytest.raises(InventoryError, match=r"7 peers; a cluster has 1 to 6"):
        load_inventory(write(tmp_path, {"hosts": "[expc]\nexp-[1:7].example.com\n"}), {})

"""Hosts, groups and precedence: as Ansible itself reads the same files."""

from __future__ import annotations

from pathlib import Path

import pytest

from remediate.errors import InventoryError
from remediate.files.ansible.read import read_tree
from remediate.files.ansible.values import Values
from remediate.files.vault import Vault
from tests.support.ansible import by_ansible, password_file, tagged, vaulted, write

INI = """\
# one host without a group
lonely.example.com ansible_host=192.0.2.99

[web]
www[01:05:2].example.com ansible_user=web note="two words"  # a comment
db-[a:c] ansible_host=192.0.2.7
gate.example.com:2222

[london]
exp-[1:2].example.com level=host

[paris]
exp-3.example.com

[expressway:children]
london
paris

[expressway:vars]
level=parent
quoted='single # kept'
number=05022
comment=value # kept too

[london:vars]
level=child
where=london

[all:vars]
everywhere=yes
"""
YAML = """\
all:
  vars:
    everywhere: yes
    anchored: &shared {a: b}
  hosts:
    lonely.example.com:
      ansible_host: 192.0.2.99
  children:
    expressway:
      vars: {level: parent, number: "05022"}
      children:
        london:
          hosts:
            exp-[1:2].example.com: {level: host}
          vars:
            level: child
            where: london
        paris:
          hosts:
            exp-3.example.com:
    web:
      hosts:
        www[01:05:2].example.com:
          <<: {ansible_user: web}
"""
BESIDE = {
    "group_vars/all.yml": "everywhere: beside\nfrom_all: 1\n",
    "group_vars/expressway/main.yml": "level: group_vars parent\n",
    "group_vars/expressway/vault.yml": vaulted("vault_password: whole\n"),
    "group_vars/london": f"level: group_vars child\npassword: {tagged('one value')}",
    "host_vars/exp-2.example.com.yaml": "level: host_vars\n",
}


def texts(values: dict[str, object]) -> dict[str, str]:
    """What Ansible says, in text; numbers and truths as we would write them."""
    return {k: str(v) for k, v in values.items() if isinstance(v, str | int) and not isinstance(v, bool)}


@pytest.mark.parametrize(("name", "content"), [("hosts", INI), ("hosts.ini", INI), ("hosts.yml", YAML)])
@pytest.mark.parametrize("beside", [{}, BESIDE], ids=["alone", "beside"])
def test_as_ansible_reads_it(tmp_path: Path, name: str, content: str, beside: dict[str, str]) -> None:
    """The same hosts, in groups with the same members, and the same value of each variable of text."""
    folder, passwords = write(tmp_path / "inventory", {name: content, **beside}), password_file(tmp_path)
    listed, tree = by_ansible(folder / name, passwords), read_tree(folder)
    vault = Vault()
    vault.add(str(passwords))
    told = listed.pop("_meta")["hostvars"]
    assert set(told) <= set(tree.hosts)
    for group, value in listed.items():
        if "hosts" in value and group != "ungrouped":
            assert set(value["hosts"]) <= set(tree.members(group)), group
    for host, variables in told.items():
        values = Values.of_host(tree, host, {}, vault)
        for key, expected in texts(variables).items():
            assert values.text(key) in (expected, "05022" if key == "number" else expected), (host, key)


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("[a:nonsense]\n", 1, "unknown section :nonsense: one of: children, vars"),
        ("[a]\nhost ansible_host\n", 2, "not a variable: 'ansible_host'"),
        ("[a]\nhost x='open\n", 2, "not a host line: No closing quotation"),
        ("[a]\n\nhost[9:1]\n", 3, "not a host range: 'host[9:1]'"),
        ("[a]\nhost[a:1]\n", 2, "not a host range"),
        ("[a]\nhost[1:99999999]\n", 2, "not a host range"),
        ("[a]\nhost[\n", 2, "not a host range"),
        ("[a:children]\nb\n[b:children]\na\n", 0, "is a child of itself"),
    ],
)
def test_ini_errors(tmp_path: Path, text: str, where: int, words: str) -> None:
    """What Ansible would refuse is refused with its line."""
    path = tmp_path / "hosts"
    path.write_text(text)
    with pytest.raises(InventoryError) as caught:
        read_tree(path)
    assert words in str(caught.value)
    assert caught.value.line == where


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("- a\n", "hosts.yml:1:1: expected a mapping"),
        ("all:\n  hots: {}\n", "hosts.yml:2:3: unknown key 'hots' in group all: one of: hosts, children, vars"),
        ("all: [\n", "hosts.yml:2"),
        ("a: &a [x, x, x, x, x, x, x, x]\n" + "".join(
            f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(8)
        ), "aliases make this file too large"),
    ],
)  # fmt: skip
def test_yaml_errors(tmp_path: Path, text: str, words: str) -> None:
    """So is YAML that is none, or that grows."""
    path = tmp_path / "hosts.yml"
    path.write_text(text)
    with pytest.raises(InventoryError) as caught:
        read_tree(path)
    assert words in str(caught.value)


def test_no_inventory_in_a_folder(tmp_path: Path) -> None:
    """A folder with nothing to read says what was looked for."""
    with pytest.raises(InventoryError, match=r"neither clusters\.yml nor an Ansible inventory"):
        read_tree(tmp_path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("hosts", "#!/usr/bin/python3\nprint('{}')\n"),
        ("aws.yml", "plugin: amazon.aws.aws_ec2\nregions: [eu-west-1]\n"),
        ("hosts.json", '{"_meta": {"hostvars": {}}, "all": {}}'),
    ],
)
def test_dynamic(tmp_path: Path, name: str, text: str) -> None:
    """What Ansible asks a program for is not run, and the way to a file that holds the answer is named."""
    (tmp_path / name).write_text(text)
    with pytest.raises(InventoryError, match="none is run here: ansible-inventory -i SOURCE --list --yaml"):
        read_tree(tmp_path / name)

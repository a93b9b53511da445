"""From a path to the tree of an Ansible inventory."""

from __future__ import annotations

import re
from pathlib import Path

from remediate.errors import InventoryError
from remediate.files.ansible.ini import fill_from_ini
from remediate.files.ansible.tree import Tree
from remediate.files.ansible.variables import file_text, parse
from remediate.files.ansible.yaml import fill_from_yaml
from remediate.files.reading import is_file, is_folder, is_there

YAML_ENDINGS = (".yml", ".yaml", ".json")
NAMES = tuple(f"{stem}{ending}" for stem in ("hosts", "inventory") for ending in ("", ".ini", *YAML_ENDINGS))
"""Files of an inventory folder, in the order in which they are looked for."""
DYNAMIC = frozenset({"plugin", "_meta"})
"""Keys at the top of a plugin's settings, and of what an inventory program prints."""
_ASKED = "ansible-inventory -i SOURCE --list --yaml --output hosts.yml keeps what it knows; chmod 600 hosts.yml"
_CLUSTERS = re.compile(r"^clusters *:", re.MULTILINE)
"""The key at the top as it is mostly written, found without parsing a large file twice."""


def read_tree(path: Path) -> Tree:
    """An inventory file, or the one in a folder. Raises InventoryError with the place of what is wrong."""
    file = inventory_file(path)
    tree = Tree(file)
    text = file_text(file)
    groups = parse(text, str(file)) if file.suffix in YAML_ENDINGS else {}
    if text.startswith("#!") or DYNAMIC & groups.keys():
        raise InventoryError(
            "this is for a program or plugin of Ansible's, and none is run here", path=str(file), hint=_ASKED
        )
    if file.suffix in YAML_ENDINGS:
        fill_from_yaml(tree, groups)
    else:
        fill_from_ini(tree, text)
    tree.check()
    return tree


def inventory_file(path: Path) -> Path:
    """Of a folder, the file that Ansible's layout names. Raises InventoryError."""
    if not is_folder(path):
        return path
    for name in NAMES:
        if is_file(path / name):
            return path / name
    raise InventoryError("holds neither clusters.yml nor an Ansible inventory (hosts, hosts.yml)", path=str(path))


def is_ansible(path: Path) -> bool:
    """Whether this is Ansible's form: a folder without clusters.yml, an INI file, or YAML without `clusters:`."""
    if is_folder(path) or path.suffix not in YAML_ENDINGS:
        return is_there(path)
    try:
        text = file_text(path)
        return not _CLUSTERS.search(text) and bool(groups := parse(text, str(path))) and "clusters" not in groups
    except InventoryError:  # our own reader tells better what is wrong
        return False

"""Ansible inventories as somebody else wrote them, and Ansible's own answer to what they say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from ansible.parsing.vault import VaultLib, VaultSecret

PASSWORD = "correct horse"  # of the vault
BIN = Path(sys.executable).parent


def vaulted(text: str, label: str = "") -> str:
    """A text as `ansible-vault encrypt` leaves it."""
    lib = VaultLib([(label or "default", VaultSecret(PASSWORD.encode()))])
    made: bytes = lib.encrypt(text.encode(), vault_id=label or None)
    return made.decode()


def tagged(text: str, indent: int = 4) -> str:
    """A value as `ansible-vault encrypt_string` prints it."""
    return "!vault |\n" + "".join(f"{' ' * indent}{line}\n" for line in vaulted(text).splitlines())


def write(folder: Path, files: dict[str, str]) -> Path:
    """Files by their path; the folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder


def password_file(folder: Path) -> Path:
    """Where the vault password lies."""
    path = folder / "vault-password"
    path.write_text(PASSWORD + "\n")
    path.chmod(0o600)
    return path


def by_ansible(inventory: Path, passwords: Path) -> dict[str, Any]:
    """`ansible-inventory --list`."""
    command = [str(BIN / "ansible-inventory"), "-i", str(inventory), "--list", "--vault-password-file", str(passwords)]
    environment = {**os.environ, "ANSIBLE_HOME": str(passwords.parent / "home"), "ANSIBLE_LOCALHOST_WARNING": "False"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    listed: dict[str, Any] = json.loads(done.stdout)
    return listed

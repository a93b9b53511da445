"""Approvers with OpenSSH keys of their own."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.required import program


@dataclass
class Signers:
    """Key pairs in a folder, and a file of those who are allowed."""

    folder: Path
    file: Path = field(init=False)

    def __post_init__(self) -> None:
        self.file = self.folder / "allowed_signers"
        self.file.touch()

    def key(self, name: str) -> Path:
        """A fresh private key of somebody who may not approve."""
        path = self.folder / f"id_{name}"
        keygen = program("ssh-keygen", "openssh-client")
        subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path], check=True)
        return path

    def allow(self, name: str, key: Path, options: str = 'namespaces="remediate-plan"') -> None:
        """Let a key approve under this name."""
        kind, body, _ = key.with_suffix(".pub").read_text().split(maxsplit=2)
        with self.file.open("a") as file:
            file.write(f"{name} {options} {kind} {body}\n")

    def allowed(self, name: str) -> Path:
        """A fresh key of an approver."""
        key = self.key(name)
        self.allow(f"{name}@example.test", key)
        return key

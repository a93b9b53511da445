"""Ansible's vault: values and files that it encrypted, by its own code (an optional extra, GPL-3).

A vault password is asked for, or its file read, only once a value needs it.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from remediate.errors import SecretError
from remediate.files.ansible.variables import VAULT_HEADER, Vaulted, file_text, parse
from remediate.files.reading import is_file
from remediate.files.secret_places import from_file, from_prompt, one_line
from remediate.files.yaml import Mark, Text

PASSWORD_FILES = ("REMEDIATE_VAULT_PASSWORD_FILE", "ANSIBLE_VAULT_PASSWORD_FILE")
"""Variables of the environment; the first that is set counts."""
PROMPT = "prompt"
_DEFAULT, _CLIENT, _SECONDS = "default", "-client", 60


@dataclass(frozen=True)
class Identity:
    """A label and where its password lies: `prompt`, a file, or a program that prints it."""

    label: str
    source: str


@dataclass
class Vault:
    """Decrypts, with the passwords that it was told of."""

    identities: list[Identity] = field(default_factory=list)
    prompt: Callable[[str], str] = from_prompt
    _passwords: dict[Identity, str] = field(default_factory=dict, repr=False)
    _plain: dict[str, str] = field(default_factory=dict, repr=False)

    def add(self, text: str) -> None:
        """`LABEL@SOURCE`, or `SOURCE` alone, as `--vault-id` takes it."""
        label, at, source = text.rpartition("@")
        self.identities.append(Identity(label if at else _DEFAULT, source))

    @property
    def has_passwords(self) -> bool:
        """Whether anybody said where a vault password lies."""
        return bool(self._known())

    def known_secrets(self) -> tuple[str, ...]:
        """Vault passwords and decrypted values; of a file that is encrypted as a whole, the value of each line."""
        lines = (line for plain in self._plain.values() for line in plain.splitlines())
        values = (line.partition(": ")[2] or line for line in lines)
        return (*self._passwords.values(), *(value.strip(" \"'") for value in values))

    def decrypt(self, value: Vaulted) -> str:
        """The text. Raises SecretError naming where the value stands, never what it holds."""
        if value.value not in self._plain:
            self._plain[value.value] = self._decrypted(value)
        return self._plain[value.value]

    def member(self, name: str) -> str:
        """`FILE#KEY`: one value of a file that is encrypted as a whole, or value by value. Raises InputError."""
        file, _, key = name.rpartition("#")
        if not file:
            raise SecretError("which value of the file?", path=name, hint="write {vault: FILE#KEY}")
        text = file_text(Path(file))
        whole = text.startswith(VAULT_HEADER)
        content = self.decrypt(Vaulted(text, Mark(file, 1, 1))) if whole else text
        value = parse(content, file).get(key)
        if isinstance(value, Vaulted):
            return self.decrypt(value)
        if isinstance(value, Text) and whole:
            return value.value
        what = f"holds no vaulted {key}" if value is None else f"{key} stands there in clear text"
        raise SecretError(what, path=file, hint=f"ansible-vault encrypt_string --name {key}")

    def _decrypted(self, value: Vaulted) -> str:
        try:
            from ansible.errors import AnsibleError  # noqa: PLC0415 - an optional extra, slow to import
            from ansible.parsing.vault import VaultLib, VaultSecret  # noqa: PLC0415
        except ImportError as error:
            raise _error(value, "is vault-encrypted", "pip install 'remediate[ansible]'") from error
        if not self.has_passwords:
            hint = "--vault-password-file FILE, --vault-id LABEL@FILE or -J; or REMEDIATE_VAULT_PASSWORD_FILE"
            raise _error(value, "is vault-encrypted and no vault password was given", hint)
        secrets = [(identity.label, VaultSecret(self._password(identity).encode())) for identity in self._known()]
        try:
            plain: bytes = VaultLib(secrets).decrypt(value.value.strip().encode())
            return plain.decode()
        except (AnsibleError, UnicodeDecodeError) as error:
            raise _error(value, "cannot be decrypted with the vault password that was given", "") from error

    def _known(self) -> list[Identity]:
        told = (os.environ.get(variable) for variable in PASSWORD_FILES)
        return self.identities or [Identity(_DEFAULT, file) for file in told if file][:1]

    def _password(self, identity: Identity) -> str:
        if identity not in self._passwords:
            self._passwords[identity] = _read(identity, self.prompt)
        return self._passwords[identity]


def _error(value: Vaulted, what: str, hint: str) -> SecretError:
    return SecretError(what, path=value.mark.path, line=value.mark.line, hint=hint)


def _read(identity: Identity, prompt: Callable[[str], str]) -> str:
    if identity.source == PROMPT:
        return prompt(f"Vault password ({identity.label})")
    path = Path(identity.source).expanduser()
    if not (is_file(path) and os.access(path, os.X_OK)):
        return from_file(path)
    command = [str(path.absolute()), *(["--vault-id", identity.label] if path.stem.endswith(_CLIENT) else [])]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603 - the operator's
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SecretError(f"the vault password program failed: {type(error).__name__}", path=str(path)) from error
    if done.returncode:
        raise SecretError(f"the vault password program ended with {done.returncode}", path=str(path))
    return one_line(done.stdout.decode(errors="replace"), str(path))

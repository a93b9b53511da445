"""Secrets, fetched where the inventory says they lie, and never shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from remediate.files.ansible.secrets import AnsibleSecrets
from remediate.files.secret_places import from_environment, from_file, from_keyring, from_prompt, one_line
from remediate.files.vault import Vault
from remediate.model.inventory import SecretRef


class Secret:
    """A secret in memory. Only `reveal` gives it; printing it gives nothing."""

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret, for a device that has shown who it is."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"


class SecretSource:
    """Resolves references, each once per process: an operator is asked once."""

    def __init__(self, vault: Vault | None = None, prompt: Callable[[str], str] = from_prompt) -> None:
        self._vault, self._prompt = vault or Vault(), prompt
        self._ansible = AnsibleSecrets(self._vault)
        self._known: dict[SecretRef, Secret] = {}

    def __call__(self, reference: SecretRef) -> Secret:
        """The secret. Raises `SecretError` naming the place, never the content."""
        if reference not in self._known:
            self._known[reference] = Secret(self._fetch(reference))
        return self._known[reference]

    def known_secrets(self) -> tuple[str, ...]:
        """What has been resolved so far, and what the vault holds open, for who hides them."""
        return (*(secret.reveal() for secret in self._known.values()), *self._vault.known_secrets())

    def _fetch(self, reference: SecretRef) -> str:
        match reference.source:
            case "env":
                return from_environment(reference.name)
            case "file":
                return from_file(Path(reference.name))
            case "prompt":
                return self._prompt(reference.name)
            case "keyring":
                return from_keyring(reference.name)
            case "vault":
                return one_line(self._vault.member(reference.name), reference.name)
            case "ansible":
                return one_line(self._ansible.fetch(reference.name), reference.name)

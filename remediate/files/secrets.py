"""Secrets, fetched where the inventory says they lie, and never shown."""

from __future__ import annotations

import getpass
import os
import stat
import sys
from pathlib import Path

from remediate.errors import SecretError
from remediate.model.inventory import SecretRef

MOST_BYTES = 4096


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

    def __init__(self) -> None:
        self._known: dict[SecretRef, Secret] = {}

    def __call__(self, reference: SecretRef) -> Secret:
        """The secret. Raises `SecretError` naming the place, never the content."""
        if reference not in self._known:
            self._known[reference] = Secret(_fetch(reference))
        return self._known[reference]

    def known_secrets(self) -> tuple[str, ...]:
        """What has been resolved so far, for a scrubber."""
        return tuple(secret.reveal() for secret in self._known.values())


def _fetch(reference: SecretRef) -> str:
    match reference.source:
        case "env":
            return _from_environment(reference.name)
        case "file":
            return _from_file(Path(reference.name))
        case "prompt":
            return _from_prompt(reference.name)
        case _:
            raise SecretError(f"{reference.source} is not supported here", hint="use env, file or prompt")


def _from_environment(name: str) -> str:
    value = os.environ.get(name)
    if not value:
        raise SecretError("not set in the environment", path=name, hint=f"export {name}=…")
    return _line(value, name)


def _from_file(path: Path) -> str:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError as error:
        raise SecretError(f"cannot be read: {error.strerror}", path=str(path)) from error
    with os.fdopen(descriptor, "rb") as stream:
        status = os.fstat(descriptor)
        if stat.S_IMODE(status.st_mode) & 0o077:
            raise SecretError("others can read or write this file", path=str(path), hint=f"chmod 600 {path}")
        if status.st_uid not in (os.getuid(), 0):
            raise SecretError("belongs to somebody else", path=str(path))
        data = stream.read(MOST_BYTES + 1)
    try:
        return _line(data.decode(), str(path))
    except UnicodeDecodeError as error:
        raise SecretError("not UTF-8", path=str(path)) from error


def _from_prompt(text: str) -> str:
    if not sys.stdin.isatty():
        raise SecretError("nobody is there to be asked", path=text, hint="use env or file when there is no terminal")
    return _line(getpass.getpass(f"{text}: "), text)


def _line(value: str, place: str) -> str:
    """Exactly one line, its line end removed."""
    line = value.removesuffix("\n").removesuffix("\r")
    if not line or len(line) > MOST_BYTES or any(ord(letter) < 32 for letter in line):
        raise SecretError("must be one line of text", path=place)
    return line

"""Places where a secret may lie. Each reading raises SecretError naming the place, never the content."""

from __future__ import annotations

import getpass
import os
import stat
import sys
from pathlib import Path

from remediate.errors import SecretError

MOST_BYTES = 4096


def from_environment(name: str) -> str:
    """A variable of the environment."""
    value = os.environ.get(name)
    if not value:
        raise SecretError("not set in the environment", path=name, hint=f"export {name}=…")
    return one_line(value, name)


def from_file(path: Path) -> str:
    """The one line of a file that nobody else can read or write."""
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
        return one_line(data.decode(), str(path))
    except UnicodeDecodeError as error:
        raise SecretError("not UTF-8", path=str(path)) from error


def from_prompt(text: str) -> str:
    """What the operator types, unseen."""
    if not sys.stdin.isatty():
        raise SecretError("nobody is there to be asked", path=text, hint="use env or file when there is no terminal")
    return one_line(getpass.getpass(f"{text}: "), text)


def one_line(value: str, place: str) -> str:
    """Exactly one line, its line end removed."""
    line = value.removesuffix("\n").removesuffix("\r")
    if not line or len(line) > MOST_BYTES or any(ord(letter) < 32 for letter in line):
        raise SecretError("must be one line of text", path=place)
    return line


def from_keyring(name: str) -> str:
    """`SERVICE/USER` of the desktop's or server's keyring."""
    try:
        import keyring  # noqa: PLC0415 - an optional extra
        from keyring.errors import KeyringError  # noqa: PLC0415
    except ImportError as error:
        raise SecretError("no keyring here", path=name, hint="pip install 'remediate[keyring]'") from error
    service, _, user = name.rpartition("/")
    if not service or not user:
        raise SecretError("which entry of the keyring?", path=name, hint="write {keyring: SERVICE/USER}")
    try:
        found = keyring.get_password(service, user)
    except KeyringError as error:
        raise SecretError(f"the keyring does not open: {type(error).__name__}", path=name) from error
    if found is None:
        raise SecretError("not in the keyring", path=name, hint=f"keyring set {service} {user}")
    return one_line(found, name)

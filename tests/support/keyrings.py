"""A keyring in a file, for programs that `PYTHON_KEYRING_BACKEND` leads here."""

from __future__ import annotations

import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import PasswordSetError

PLACE = "TEST_KEYRING"
"""Names the file."""
SERVICE, USER = "expressway", "admin"
BACKEND = f"{__name__}.OneEntry"


class OneEntry(KeyringBackend):
    """It holds the one line of that file."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]

    def get_password(self, service: str, username: str) -> str | None:
        """The entry."""
        if (service, username) != (SERVICE, USER):
            return None
        return Path(os.environ[PLACE]).read_text(encoding="utf-8").strip()

    def set_password(self, service: str, username: str, password: str) -> None:
        """It only reads."""
        raise PasswordSetError(service, username, len(password))

"""What the operator agreed to on the command line."""

from __future__ import annotations

import getpass
import socket
from dataclasses import dataclass


@dataclass(frozen=True)
class CommandLineConsent:
    """Implements `engine.ports.Consent`."""

    by_hand: bool

    @property
    def who(self) -> str:
        """`user@machine`, for the journal."""
        return f"{getpass.getuser()}@{socket.gethostname()}"

"""One wrong password must not lock an account on a whole fleet: a secret is tried on one device first."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from remediate.errors import AuthenticationFailed
from remediate.model.inventory import Credentials, Host, SecretRef
from remediate.report.redaction import hidden


class Revealing(Protocol):
    """A secret that shows itself only when asked."""

    def reveal(self) -> str:
        """The text."""
        ...


Resolve = Callable[[SecretRef], Revealing]


@dataclass
class _Trial:
    """What is known of one user name with one secret."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    accepted: bool = False
    refused_on: str = ""


class Gate:
    """Hands out passwords. Until a device has accepted one, one session at a time may try it; once a
    device has refused it, nobody may (MRA126: automated protection bans who fails repeatedly)."""

    def __init__(self, resolve: Resolve) -> None:
        self._resolve = resolve
        self._guard = threading.Lock()
        self._trials: dict[Credentials, _Trial] = {}
        self._secrets: dict[SecretRef, str] = {}

    @contextmanager
    def password(self, host: Host) -> Iterator[tuple[str, str]]:
        """User name and password of `host`, for the length of one login.

        Raises `AuthenticationFailed` when the inventory gives none, or when another device refused it.
        """
        if host.credentials is None:
            raise AuthenticationFailed(host.name, "the inventory gives no credentials", "add `credentials`")
        trial = self._trial(host.credentials)
        password = self._reveal(host.credentials.password)
        if trial.accepted:
            _refuse_repeat(trial, host)
            with _judging(trial, host):
                yield host.credentials.username, password
            return
        with trial.turn:
            _refuse_repeat(trial, host)
            with _judging(trial, host):
                yield host.credentials.username, password

    def hidden(self, text: str) -> str:
        """Words of a device, which may repeat what it was sent, without any password that was handed out."""
        with self._guard:
            known = tuple(self._secrets.values())
        return hidden(text, known)

    def _trial(self, credentials: Credentials) -> _Trial:
        known = self._trials.get(credentials)  # without the guard: a thousand sessions would queue for it
        if known is not None:
            return known
        with self._guard:
            return self._trials.setdefault(credentials, _Trial())

    def _reveal(self, reference: SecretRef) -> str:
        known = self._secrets.get(reference)
        if known is not None:
            return known
        with self._guard:
            if reference not in self._secrets:
                self._secrets[reference] = self._resolve(reference).reveal()
            return self._secrets[reference]


def _refuse_repeat(trial: _Trial, host: Host) -> None:
    if trial.refused_on:
        raise AuthenticationFailed(host.name, f"not tried: the password was refused on {trial.refused_on}")


@contextmanager
def _judging(trial: _Trial, host: Host) -> Iterator[None]:
    try:
        yield
    except AuthenticationFailed:
        trial.refused_on = host.name
        raise
    trial.accepted = True

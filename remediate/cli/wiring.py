"""The one file that knows every room: factories for everything that touches the world.

Each factory imports its room when it is called, so that a command pays only for what it uses.
"""

# ruff: noqa: PLC0415 - a command pays only for the rooms it uses
from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from remediate.cli.output import Output

if TYPE_CHECKING:
    from remediate.cli.progress import Lines
    from remediate.drivers.credentials import Gate
    from remediate.drivers.login.client import Logins
    from remediate.engine.ports import Bundles, Clock, Consent, Ledger, Readers, Writers
    from remediate.files.secrets import SecretSource
    from remediate.files.vault import Vault
    from remediate.model.inventory import SecretRef


@dataclass(frozen=True)
class Wiring:
    """Factories. Only `apply` and `run` ask for writers."""

    readers: Callable[[Clock], Readers]
    writers: Callable[[Clock], Writers]
    ledger: Callable[[str, Clock], Ledger]
    clock: Callable[[threading.Event], Clock]
    consent: Callable[[bool], Consent]
    progress: Callable[[Output, int], Lines]
    output: Output
    vault: Callable[[], Vault]
    """The same one at each call: it asks for a password once."""
    bundles: Callable[[], Bundles]
    logins: Callable[[], Logins]
    """A client from outside, behind the same gate of credentials."""
    secrets: Callable[[], tuple[str, ...]] = tuple
    """What has been resolved so far and must stand in no text."""
    resolve: Callable[[SecretRef], object] = str
    """Fetches one secret, for who only wants to know whether it is there. Raises SecretError."""
    unattended: Callable[[], object] = bool
    """From here on no secret is asked for."""


def production() -> Wiring:
    """Real devices, the real clock, the terminal."""
    devices = _Devices()
    return Wiring(
        readers=devices.readers,
        writers=devices.writers,
        ledger=_ledger,
        clock=_clock,
        consent=_consent,
        progress=_progress,
        output=Output(),
        vault=devices.vault,
        bundles=devices.bundles,
        logins=devices.logins,
        secrets=devices.secrets,
        resolve=devices.resolve,
        unattended=devices.unattended,
    )


class _Devices:
    """Readers and writers behind one gate, so that a refused password is tried once and a prompt asks once."""

    _attended = True

    @cached_property
    def _gate(self) -> Gate:
        from remediate.drivers.registry import gate

        return gate(self._source)

    @cached_property
    def _source(self) -> SecretSource:
        from remediate.files.secrets import SecretSource

        return SecretSource(self.vault(), self._typed)

    def resolve(self, reference: SecretRef) -> object:
        return self._source(reference)

    def secrets(self) -> tuple[str, ...]:
        return self._source.known_secrets()

    @cached_property
    def _vault(self) -> Vault:
        from remediate.files.vault import Vault

        return Vault(prompt=self._typed)

    def _typed(self, text: str) -> str:
        from remediate.errors import SecretError
        from remediate.files.secret_places import from_prompt

        if not self._attended:
            raise SecretError("is not asked for with --input=false", path=text, hint="use env, file, keyring or vault")
        return from_prompt(text)

    def unattended(self) -> None:
        self._attended = False

    def vault(self) -> Vault:
        return self._vault

    def logins(self) -> Logins:
        from remediate.drivers.login.client import Logins

        return Logins(self._gate)

    def readers(self, clock: Clock) -> Readers:
        from remediate.drivers.registry import readers

        return readers(self._gate, clock)

    def bundles(self) -> Bundles:
        from remediate.drivers.registry import bundles

        return bundles(self._gate)

    def writers(self, clock: Clock) -> Writers:
        from remediate.drivers.registry import writers

        return writers(self._gate, clock)


def _ledger(url: str, clock: Clock) -> Ledger:
    from remediate.ledger.store import open_ledger

    return open_ledger(url, clock)


def _clock(stop: threading.Event) -> Clock:
    from remediate.cli.clock import SystemClock

    return SystemClock(stop)


def _consent(by_hand: bool) -> Consent:
    from remediate.cli.consent import CommandLineConsent

    return CommandLineConsent(by_hand)


def _progress(output: Output, verbose: int) -> Lines:
    from remediate.cli.progress import Lines

    return Lines(output, verbose)

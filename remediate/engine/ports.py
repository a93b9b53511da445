"""The seams: what the engine is handed, and nothing else.

A reading command is wired with readers only: no `Writer` exists in its process.
Every method may raise `remediate.errors.DeviceError`; none raises a foreign exception.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from remediate.actions import Action
from remediate.journal.entries import Entry
from remediate.model.fact import Field, FieldReading
from remediate.model.inventory import Cluster, Host
from remediate.model.observed import NodeCertificates, OriginReading, PeerReading, UcReading
from remediate.model.outstanding import Outstanding
from remediate.model.reading import Known, Unknown
from remediate.model.uc_node import NodeReading


class Clock(Protocol):
    """Time, and waiting that a signal can end."""

    def now(self) -> datetime:
        """Aware UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds; never jumps."""
        ...

    def wait(self, seconds: float) -> bool:
        """Wait; True when the wait was cut short because the run is being stopped."""
        ...


class PeerReader(Protocol):
    """One Expressway peer, one session, opened at the first read."""

    def read(self) -> PeerReading:
        """Everything of this peer. What cannot be read is an Unknown inside; a peer that cannot be
        reached gives a reading full of Unknowns."""
        ...

    def lookup(self, names: tuple[str, ...]) -> tuple[tuple[str, Known[tuple[str, ...]] | Unknown], ...]:
        """DNS as the peer sees it: name and addresses, in the order asked."""
        ...

    def field(self, field: Field) -> FieldReading:
        """One field, read now, on this session."""
        ...

    def close(self) -> None:
        """End the session. A second call does nothing."""
        ...


class UcReader(Protocol):
    """The publisher of one CUCM cluster."""

    def read(self) -> UcReading:
        """Version and process nodes."""
        ...

    def field(self, field: Field) -> FieldReading:
        """One field, read now."""
        ...

    def close(self) -> None:
        """End the session."""
        ...


class CertificatesReader(Protocol):
    """What one UC node holds and trusts, by its Certificate Management."""

    def read(self) -> NodeCertificates:
        """Everything of it; what cannot be read is an Unknown."""
        ...

    def close(self) -> None:
        """End the session."""
        ...


class NodeReader(Protocol):
    """One UC node: what it tells clients, its services, and its OS command line."""

    def read(self, *, console: bool, members: bool = False) -> NodeReading:
        """What it says of itself, `console`: with the OS command line, `members`: with its
        cluster's release and nodes; what cannot be read is an Unknown."""
        ...

    def field(self, field: Field) -> FieldReading:
        """One field, read now."""
        ...

    def close(self) -> None:
        """End the session."""
        ...


class OriginReader(Protocol):
    """TLS handshakes with UC servers, from here. Sends no byte of application data."""

    def capture(self, host: Host | None, target: tuple[str, str, str, int], ciphers: tuple[str, ...]) -> OriginReading:
        """`target` = cluster, name, address, port. Probes RSA, ECDSA and, per cipher string, as a client."""
        ...


class Readers(Protocol):
    """Factory of readers; each call opens a new session."""

    def peer(self, cluster: Cluster, host: Host) -> PeerReader:
        """An Expressway peer."""
        ...

    def uc(self, cluster: Cluster, host: Host) -> UcReader:
        """A CUCM publisher."""
        ...

    def certificates(self, cluster: Cluster, host: Host) -> CertificatesReader:
        """A UC node with platform credentials."""
        ...

    def node(self, cluster: Cluster, host: Host) -> NodeReader:
        """A UC node."""
        ...

    def origins(self) -> OriginReader:
        """UC servers' TLS ports."""
        ...


class BundleReader(Protocol):
    """The diagnostic bundle of one Expressway peer."""

    def state(self) -> FieldReading:
        """Whether diagnostic logging runs here: `running` or `stopped`."""
        ...

    def collect(self) -> None:
        """Ask the device for its archive; it takes a while."""
        ...

    def ready(self) -> bool:
        """Whether it can be downloaded."""
        ...

    def download(self, take: Callable[[bytes], object], seconds: int) -> None:
        """Its bytes, piece by piece, within so many seconds."""
        ...

    def close(self) -> None:
        """End the session."""
        ...


class Bundles(Protocol):
    """Factory of bundles' readers."""

    def bundle(self, cluster: Cluster, host: Host) -> BundleReader:
        """Of one peer."""
        ...


class Writer(Protocol):
    """The only thing that can change a device. One action, sent once, never retried."""

    def perform(self, action: Action) -> None:
        """Send it. Returns when the device said yes.

        Raises `Refused` when it said no, `UnexpectedReply` or `DeviceTimeout` or `Unreachable` when
        the outcome is not known: then the field is read, never the action sent again.
        """
        ...

    def close(self) -> None:
        """End the session."""
        ...


class Writers(Protocol):
    """Factory of writers. Only `apply` and `run` hold one."""

    def writer(self, cluster: Cluster, host: Host) -> Writer:
        """For one device."""
        ...


class Ledger(Protocol):
    """The state store. `append` returns once the entry is durable."""

    def prepare(self) -> None:
        """Make it ready to be written. Raises `JournalError` where nothing can be kept."""
        ...

    def append(self, entry: Entry) -> None:
        """Durable on return (fsync of file and directory). Raises `JournalError`: then nothing is sent."""
        ...

    def entries(self, run: str | None = None) -> tuple[Entry, ...]:
        """All entries, or those of one run, in order. Raises `JournalError` when the chain is broken."""
        ...

    def outstanding(self) -> Outstanding:
        """The fold of all entries."""
        ...

    def lock(self, cluster: str, run: str, who: str) -> AbstractContextManager[None]:
        """Sole right to write on a cluster. Raises `Locked`, naming the holder."""
        ...


class Consent(Protocol):
    """What the operator agreed to on the command line; `apply PLAN` never asks."""

    @property
    def by_hand(self) -> bool:
        """Somebody is there to do the steps by hand."""
        ...

    @property
    def who(self) -> str:
        """For the journal: user@machine."""
        ...


class Progress(Protocol):
    """Where events go while work is under way. Must not raise."""

    def event(self, kind: str, cluster: str, node: str, message: str) -> None:
        """One line of progress."""
        ...

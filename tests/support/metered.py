"""A wiring that counts what passes through the ports, and dies at the event that it is told.

An event is a moment right before or right after something durable or something on the wire: an entry (`append`,
`commit`), a lock taken or given back (`lock`, `locked`, `unlock`, `unlocked`), a reading (`ask`, `answer`), a write
(`begin`, `end`), and within a write each piece that leaves the process (`send`, `sent`).
"""

from __future__ import annotations

import os
import signal
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import paramiko

from remediate.actions import Action
from remediate.cli.output import Output
from remediate.cli.progress import Lines
from remediate.cli.wiring import Wiring, production
from remediate.engine.ports import (
    CertificatesReader,
    Ledger,
    NodeReader,
    OriginReader,
    PeerReader,
    Readers,
    UcReader,
    Writer,
    Writers,
)
from remediate.journal.entries import Entry
from remediate.lab.control import send
from remediate.model.fact import Field, FieldReading
from remediate.model.inventory import Cluster, Host
from remediate.model.observed import OriginReading
from remediate.model.outstanding import Outstanding
from remediate.model.reading import Known, Unknown

T = TypeVar("T")


class Meter:
    """Counts events from 1 and writes each down; at number `dies_at` the kernel ends this process at once."""

    def __init__(self, notes: Path, dies_at: int = 0) -> None:
        self._dies_at = dies_at
        self._seen = 0
        self._one_at_a_time = threading.Lock()
        self._writing = threading.local()
        self._notes = os.open(notes, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC, 0o600)

    def event(self, kind: str, what: str) -> None:
        """One more."""
        with self._one_at_a_time:
            self._seen += 1
            os.write(self._notes, f"{self._seen} {kind} {what}\n".encode())
            if self._seen == self._dies_at:
                os.kill(os.getpid(), signal.SIGKILL)

    def around(self, before: str, after: str, what: str, deed: Callable[[], T]) -> T:
        """Do it, with an event on either side; the second one only if it went well."""
        self.event(before, what)
        done = deed()
        self.event(after, what)
        return done

    @contextmanager
    def write(self, host: str) -> Iterator[None]:
        """Until its end, what this thread sends is part of a write."""
        self._writing.host = host
        try:
            yield
        finally:
            self._writing.host = ""

    def watch_the_wire(self) -> None:
        """From now on every piece of a write that leaves this process is two events. Holds for the whole process."""
        paramiko.Channel.sendall = self._watched(paramiko.Channel.sendall)  # type: ignore[method-assign]
        ssl.SSLSocket.sendall = self._watched(ssl.SSLSocket.sendall)  # type: ignore[method-assign]

    def _watched(self, really: Callable[..., Any]) -> Callable[..., Any]:
        def sendall(door: Any, *data: Any) -> Any:
            host = getattr(self._writing, "host", "")
            return self.around("send", "sent", host, lambda: really(door, *data)) if host else really(door, *data)

        return sendall


class LabClock:
    """Time that passes at once: who waits moves the lab's time and his own, so that delays there fall due."""

    def __init__(self, lab: Path, stop: threading.Event) -> None:
        self._lab, self._stop = lab, stop
        self._skipped = self._skip(0)

    def now(self) -> datetime:
        """The lab's."""
        return datetime.now(UTC) + timedelta(seconds=self._skipped)

    def monotonic(self) -> float:
        """Seconds, with those that nobody waited for."""
        return time.monotonic() + self._skipped

    def wait(self, seconds: float) -> bool:
        """At once."""
        if not self._stop.is_set() and seconds > 0:
            self._skipped = self._skip(seconds)
        return self._stop.is_set()

    def _skip(self, seconds: float) -> float:
        return float(send(self._lab, "clock", seconds=seconds)["offset_s"])


class Pressing(Lines):
    """Progress, and a colleague in the lab who presses *Refresh servers* as soon as the screen asks for it."""

    def __init__(self, output: Output, verbose: int, lab: Path) -> None:
        super().__init__(output, verbose)
        self._lab = lab

    def event(self, kind: str, cluster: str, node: str, message: str) -> None:
        """One event."""
        super().event(kind, cluster, node, message)
        if kind == "by-hand":
            send(self._lab, "refresh", cluster=cluster)


@dataclass(frozen=True)
class MeteredLedger:
    """Entries and locks, counted."""

    inner: Ledger
    meter: Meter

    def prepare(self) -> None:
        """Not counted: a file that is empty so far."""
        self.inner.prepare()

    def append(self, entry: Entry) -> None:
        """An event before, and one once it is durable."""
        what = f"{entry.kind} {getattr(entry, 'step', '')}".strip()
        self.meter.around("append", "commit", what, lambda: self.inner.append(entry))

    def entries(self, run: str | None = None) -> tuple[Entry, ...]:
        """Not counted: it changes nothing."""
        return self.inner.entries(run)

    def outstanding(self) -> Outstanding:
        """Not counted."""
        return self.inner.outstanding()

    @contextmanager
    def lock(self, cluster: str, run: str, who: str) -> Iterator[None]:
        """Taken and given back, counted."""
        held: AbstractContextManager[None] = self.inner.lock(cluster, run, who)
        self.meter.around("lock", "locked", cluster, held.__enter__)
        try:
            yield
        finally:
            self.meter.around("unlock", "unlocked", cluster, lambda: held.__exit__(None, None, None))


@dataclass(frozen=True)
class _Reader:
    """A reading session, counted; it stands for any of the four kinds."""

    inner: Any
    meter: Meter
    host: str

    def _asked(self, deed: Callable[[], T]) -> T:
        return self.meter.around("ask", "answer", self.host, deed)

    def read(self, **how: Any) -> Any:
        """All of it."""
        return self._asked(lambda: self.inner.read(**how))

    def field(self, field: Field) -> FieldReading:
        """One field."""
        found: FieldReading = self._asked(lambda: self.inner.field(field))
        return found

    def lookup(self, names: tuple[str, ...]) -> tuple[tuple[str, Known[tuple[str, ...]] | Unknown], ...]:
        """Names."""
        found: tuple[tuple[str, Known[tuple[str, ...]] | Unknown], ...] = self._asked(lambda: self.inner.lookup(names))
        return found

    def capture(self, host: Host | None, target: tuple[str, str, str, int], ciphers: tuple[str, ...]) -> OriginReading:
        """A handshake."""
        found: OriginReading = self._asked(lambda: self.inner.capture(host, target, ciphers))
        return found

    def close(self) -> None:
        """Not counted."""
        self.inner.close()


@dataclass(frozen=True)
class MeteredReaders:
    """Reading sessions, counted."""

    inner: Readers
    meter: Meter

    def peer(self, cluster: Cluster, host: Host) -> PeerReader:
        """An Expressway peer."""
        return _Reader(self.inner.peer(cluster, host), self.meter, host.name)

    def uc(self, cluster: Cluster, host: Host) -> UcReader:
        """A publisher."""
        return _Reader(self.inner.uc(cluster, host), self.meter, host.name)

    def certificates(self, cluster: Cluster, host: Host) -> CertificatesReader:
        """A UC node."""
        return _Reader(self.inner.certificates(cluster, host), self.meter, host.name)

    def node(self, cluster: Cluster, host: Host) -> NodeReader:
        """A UC node's own shell."""
        return _Reader(self.inner.node(cluster, host), self.meter, host.name)

    def origins(self) -> OriginReader:
        """Handshakes."""
        return _Reader(self.inner.origins(), self.meter, "origins")


@dataclass(frozen=True)
class _MeteredWriter:
    inner: Writer
    meter: Meter
    host: str

    def perform(self, action: Action) -> None:
        """Once, with every piece that leaves."""
        with self.meter.write(self.host):
            self.meter.around("begin", "end", f"{action.kind} {self.host}", lambda: self.inner.perform(action))

    def close(self) -> None:
        """Not counted."""
        self.inner.close()


@dataclass(frozen=True)
class MeteredWriters:
    """Writing sessions, counted."""

    inner: Writers
    meter: Meter

    def writer(self, cluster: Cluster, host: Host) -> Writer:
        """For one device."""
        return _MeteredWriter(self.inner.writer(cluster, host), self.meter, host.name)


def metered(lab: Path, meter: Meter) -> Wiring:
    """Real devices of a lab, its time, its ledger and a pair of hands, with everything counted."""
    real = production()
    return replace(
        real,
        readers=lambda clock: MeteredReaders(real.readers(clock), meter),
        writers=lambda clock: MeteredWriters(real.writers(clock), meter),
        ledger=lambda url, clock: MeteredLedger(real.ledger(url, clock), meter),
        clock=lambda stop: LabClock(lab, stop),
        progress=lambda output, verbose: Pressing(output, verbose, lab),
    )

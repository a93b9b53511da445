"""One node is given so many seconds for one reading, however many waits it is made of."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from remediate.engine.ports import CertificatesReader, NodeReader, OriginReader, PeerReader, Readers, UcReader
from remediate.errors import DeviceTimeout
from remediate.model.fact import Field, FieldReading
from remediate.model.inventory import Cluster, Host
from remediate.model.observed import NodeCertificates, PeerReading, UcReading
from remediate.model.reading import Known, Unknown
from remediate.model.uc_node import NodeReading

T = TypeVar("T")


class PatientReaders:
    """Readers whose single waits are no longer than `seconds`, and whose session is closed when they are over."""

    def __init__(self, readers: Readers, seconds: int) -> None:
        self._readers, self._seconds = readers, seconds

    def peer(self, cluster: Cluster, host: Host) -> PeerReader:
        """An Expressway peer."""
        return _PatientPeer(self._readers.peer(self._hurried(cluster), host), host.name, self._seconds)

    def uc(self, cluster: Cluster, host: Host) -> UcReader:
        """A CUCM publisher."""
        return _PatientUc(self._readers.uc(self._hurried(cluster), host), host.name, self._seconds)

    def certificates(self, cluster: Cluster, host: Host) -> CertificatesReader:
        """A UC node."""
        inner = self._readers.certificates(self._hurried(cluster), host)
        return _PatientCertificates(inner, host.name, self._seconds)

    def node(self, cluster: Cluster, host: Host) -> NodeReader:
        """A UC node."""
        return _PatientNode(self._readers.node(self._hurried(cluster), host), host.name, self._seconds)

    def origins(self) -> OriginReader:
        """Handshakes have a deadline of their own."""
        return self._readers.origins()

    def _hurried(self, cluster: Cluster) -> Cluster:
        waits = cluster.durations
        shorter = {name: min(getattr(waits, name), self._seconds) for name in ("connect_timeout", "command_timeout")}
        return cluster.model_copy(update={"durations": waits.model_copy(update=shorter)})


class _Patient:
    """A session that is closed from outside when its time is over."""

    def __init__(self, close: Callable[[], None], host: str, seconds: int) -> None:
        self._end, self._host, self._seconds = close, host, seconds

    @contextmanager
    def _within(self) -> Iterator[None]:
        """Raises DeviceTimeout at the end of a reading that took too long, whatever it gave."""
        over = threading.Event()

        def end() -> None:
            over.set()
            self._end()

        timer = threading.Timer(self._seconds, end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            if over.is_set():
                what = f"not read within {self._seconds} s, which --node-timeout allows one node"
                raise DeviceTimeout(self._host, what)

    def close(self) -> None:
        """End the session."""
        self._end()


class _PatientPeer(_Patient):
    def __init__(self, inner: PeerReader, host: str, seconds: int) -> None:
        super().__init__(inner.close, host, seconds)
        self._inner = inner

    def read(self) -> PeerReading:
        with self._within():
            return self._inner.read()

    def lookup(self, names: tuple[str, ...]) -> tuple[tuple[str, Known[tuple[str, ...]] | Unknown], ...]:
        with self._within():
            return self._inner.lookup(names)

    def field(self, field: Field) -> FieldReading:
        with self._within():
            return self._inner.field(field)


class _PatientUc(_Patient):
    def __init__(self, inner: UcReader, host: str, seconds: int) -> None:
        super().__init__(inner.close, host, seconds)
        self._inner = inner

    def read(self) -> UcReading:
        with self._within():
            return self._inner.read()

    def field(self, field: Field) -> FieldReading:
        with self._within():
            return self._inner.field(field)


class _PatientNode(_Patient):
    def __init__(self, inner: NodeReader, host: str, seconds: int) -> None:
        super().__init__(inner.close, host, seconds)
        self._inner = inner

    def read(self, *, console: bool, members: bool = False) -> NodeReading:
        with self._within():
            return self._inner.read(console=console, members=members)

    def field(self, field: Field) -> FieldReading:
        with self._within():
            return self._inner.field(field)


class _PatientCertificates(_Patient):
    def __init__(self, inner: CertificatesReader, host: str, seconds: int) -> None:
        super().__init__(inner.close, host, seconds)
        self._inner = inner

    def read(self) -> NodeCertificates:
        with self._within():
            return self._inner.read()

"""Readings from files, for devices without an API: the trusted CA page saved as PEM, a pasted xConfiguration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from remediate.engine.ports import CertificatesReader, NodeReader, OriginReader, PeerReader, Readers, UcReader
from remediate.errors import CaptureError
from remediate.files.pem import MOST_BYTES
from remediate.files.reading import decoded, read_bounded
from remediate.model.certificate import TrustStore
from remediate.model.fact import Field, FieldReading, FieldValue, Setting, TrustList
from remediate.model.inventory import Cluster, Host
from remediate.model.observed import PeerReading
from remediate.model.reading import Known, Unknown

_LEAF = re.compile(r'^\s*(?:\*c\s+)?xConfiguration\s+(?P<path>[^:]+):\s*"?(?P<value>[^"\r\n]*)"?\s*$', re.IGNORECASE)


class GivenReaders:
    """The devices, with the named peers' readings replaced by files that are read again each time."""

    def __init__(self, readers: Readers, trust: Mapping[str, Path], xconfig: Mapping[str, Path]) -> None:
        self._readers, self._trust, self._xconfig = readers, trust, xconfig

    def peer(self, cluster: Cluster, host: Host) -> PeerReader:
        """A peer, with its files where there are any."""
        inner = self._readers.peer(cluster, host)
        trust, xconfig = self._trust.get(host.name), self._xconfig.get(host.name)
        return _GivenPeer(inner, trust, xconfig) if trust or xconfig else inner

    def uc(self, cluster: Cluster, host: Host) -> UcReader:
        """The device itself."""
        return self._readers.uc(cluster, host)

    def certificates(self, cluster: Cluster, host: Host) -> CertificatesReader:
        """The device itself."""
        return self._readers.certificates(cluster, host)

    def node(self, cluster: Cluster, host: Host) -> NodeReader:
        """The device itself."""
        return self._readers.node(cluster, host)

    def origins(self) -> OriginReader:
        """The devices themselves."""
        return self._readers.origins()


class _GivenPeer:
    def __init__(self, inner: PeerReader, trust: Path | None, xconfig: Path | None) -> None:
        self._inner, self._trust, self._xconfig = inner, trust, xconfig

    def read(self) -> PeerReading:
        reading = self._inner.read()
        changes: dict[str, object] = {}
        if self._trust:
            changes |= {"trust": Known(value=read_trust_list(self._trust)), "upload_by_api": Known(value=False)}
        if self._xconfig:
            given = read_xconfiguration(self._xconfig)
            changes["settings"] = tuple((path, given.get(path.casefold(), old)) for path, old in reading.settings)
        return reading.model_copy(update=changes)

    def lookup(self, names: tuple[str, ...]) -> tuple[tuple[str, Known[tuple[str, ...]] | Unknown], ...]:
        return self._inner.lookup(names)

    def field(self, field: Field) -> FieldReading:
        if self._trust and isinstance(field, TrustList):
            return Known[FieldValue](value=read_trust_list(self._trust).sha256s)
        if self._xconfig and isinstance(field, Setting):
            given = read_xconfiguration(self._xconfig).get(field.path.casefold())
            return Known[FieldValue](value=given.value) if given is not None else self._inner.field(field)
        return self._inner.field(field)

    def close(self) -> None:
        self._inner.close()


def read_trust_list(path: Path) -> TrustStore:
    """*Show all (PEM file)* of the trusted CA page, byte for byte. Raises `CaptureError`."""
    store = TrustStore(pem=_bytes(path))
    if not store.entries:
        raise CaptureError("no certificate found", path=str(path), hint="save what Show all (PEM file) shows")
    return store


def read_xconfiguration(path: Path) -> dict[str, Known[str | None]]:
    """Leaves of a pasted `xConfiguration`: path in lower case → value. Raises `CaptureError`."""
    text = decoded(_bytes(path), str(path), CaptureError)
    found = (_LEAF.match(line) for line in text.splitlines())
    leaves = {m["path"].strip().casefold(): Known[str | None](value=m["value"].strip()) for m in found if m}
    if not leaves:
        raise CaptureError("no xConfiguration line found", path=str(path))
    return leaves


def _bytes(path: Path) -> bytes:
    return read_bounded(path, MOST_BYTES, CaptureError)

"""What UC servers presented to the peers themselves, from the packets in their bundles, as readings of the servers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from remediate.engine.targets import Target
from remediate.evidence.presented import Presented
from remediate.model.inventory import Inventory
from remediate.model.observed import UC_CLIENT_CIPHERS, OriginReading, PeerReading, Probe
from remediate.model.reading import Known, Unknown

_NOT_SEEN = "no handshake with it is in the packet captures: remediate collect-logs, with a login meanwhile, takes one"
_HIDDEN = "it speaks TLS 1.3, which hides its certificates from a packet capture: collect -i INV shakes hands with it"


@dataclass(frozen=True)
class Vantage:
    """Handshakes of all bundles. Those of clients that are no peer of the inventory count for nothing."""

    inventory: Inventory
    peers: tuple[PeerReading, ...]
    presented: tuple[Presented, ...]

    def origin(self, target: Target, at: datetime) -> OriginReading:
        """One port of one UC server, by what it showed the peers; the latest first."""
        cluster, name, address, port = target.place
        mine = [one for one in self.presented if (one.address, one.port) == (address, port) and self._peer(one.client)]
        mine.sort(key=lambda one: one.last, reverse=True)
        return OriginReading(
            cluster=cluster,
            host=name,
            address=address,
            port=port,
            seen_from=", ".join(dict.fromkeys(self._peer(one.client) for one in mine)),
            read_at=mine[0].last if mine else at,
            probes=self._probes(f"{name}:{port}", mine),
        )

    def _probes(self, server: str, mine: list[Presented]) -> Known[tuple[Probe, ...]] | Unknown:
        shown = [one for one in mine if one.chain]
        if not shown:
            return Unknown(why=f"{server}: {_HIDDEN if mine else _NOT_SEEN}")
        return Known(value=tuple(dict.fromkeys(self._probe(one) for one in shown)))

    def _probe(self, one: Presented) -> Probe:
        return Probe(kind="as-client", ciphers=self._ciphers(one.client), tls=one.tls, chain=one.chain)

    def _ciphers(self, address: str) -> str:
        """Of the peer at an address, as its dump has it: with them it asked."""
        host = self._peer(address)
        reading = next((p.setting(UC_CLIENT_CIPHERS) for p in self.peers if p.host == host), Unknown(why="not read"))
        return reading.value or "" if isinstance(reading, Known) else ""

    def _peer(self, address: str) -> str:
        hosts = (h for cluster in self.inventory.of_role("expressway-c") for h in cluster.hosts)
        return next((h.name for h in hosts if h.address == address), "")

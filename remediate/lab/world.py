"""The simulated fleet's state: mutable, owned by one event loop, changed only through its methods.

Nothing here knows `remediate`'s own types: the lab must not share our misunderstandings.
Defaults of every switch follow the documented form; each other value is a form that the
vendor's texts leave open.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from remediate.lab.uc_state import Identity, PortBinding, UcCluster, UcNode, UcSwitches

if TYPE_CHECKING:
    from remediate.lab.pki import Workshop

__all__ = [
    "MAINTENANCE",
    "UC_CIPHERS",
    "VERIFY_ORIGIN",
    "ExpresswayCluster",
    "Identity",
    "OnOff",
    "Owned",
    "Peer",
    "Policy",
    "PortBinding",
    "Switches",
    "UcCluster",
    "UcNode",
    "UcSwitches",
    "World",
    "release",
]

OnOff = Literal["On", "Off"]
Policy = Literal["ENFORCED", "PERMISSIVE", "DISABLED"]

VERIFY_ORIGIN = "EdgeConfigServer VerifyOriginServer"
UC_CIPHERS = "Ciphers UcClientTLSCiphers Value"
MAINTENANCE = "SystemUnit Maintenance Mode"


def release(version: str) -> tuple[int, ...]:
    """`X14.2.5` as numbers that compare: (14, 2, 5)."""
    return tuple(int(part) for part in version.lstrip("Xx").split("."))


@dataclass
class Peer:
    """One Expressway peer. `listed` is the trusted CA list as raw PEM; `loaded` is what runs.

    `version` is its own release where it was upgraded by itself. `starting` stands from the moment it goes
    down for a restart until it is up; `killed` keeps it down until somebody revives it.
    `packets` is the pcap file of the last diagnostic logging; empty where none was taken.
    """

    name: str
    fqdn: str
    address: str
    index: int
    serial: str
    started_at: float
    listed: bytes
    loaded: bytes
    tls: Identity
    settings: dict[str, str] = field(default_factory=dict)
    pending: dict[str, tuple[str, float]] = field(default_factory=dict)
    alarms: list[tuple[str, str]] = field(default_factory=list)
    logging: bool = False
    packets: bytes = b""
    restart_needed: bool = False
    alive: bool = True
    host_key: bytes = b""
    collected_at: float | None = None
    refused_logins: int = 0
    version: str | None = None
    starting: bool = False
    killed: bool = False
    calls: int = 0
    sessions: int = 0
    """Of MRA. Both as a hand set them: the lab's own clients hold neither."""

    @property
    def maintenance(self) -> bool:
        """Whether the peer takes no new calls or logins."""
        return self.settings.get(MAINTENANCE) == "On"


@dataclass
class Switches:
    """Each form that the vendor's texts leave open, one switch each (first value is the default).

    `max_sessions`, `idle_s` and `ban_after` (refused SSH and REST logins) hold from 1 on; 0 is without limit.
    """

    ca_effective: Literal["after-restart", "at-once"] = "after-restart"
    verify_scope: Literal["replicated", "per-peer"] = "replicated"
    certs_root: Literal["on", "absent"] = "on"
    same_subject: Literal["keep", "refuse", "replace"] = "keep"
    trust_add: Literal["append", "prepend"] = "append"
    prompt: bool = False
    batch: Literal["accepted", "first-line-only"] = "accepted"
    casing: Literal["any", "upper", "title"] = "any"
    refresh_s: float = 0.5
    restart_s: float = 1.0
    verify_exists_from: str = "X14.2"
    enforced_from: str = "X14.2"
    verify_listed: bool = True
    off_policy: Literal["DISABLED", "PERMISSIVE"] = "DISABLED"
    upload_checked: bool = True
    duplicates: Literal["ignored", "kept"] = "ignored"
    csrf: Literal["documented", "all", "none"] = "documented"
    exec_channel: Literal["refused", "banner"] = "refused"
    echo: bool = True
    banner_ok: bool = False
    max_sessions: int = 0
    idle_s: float = 0.0
    ban_after: int = 0
    log_openssl: Literal["1.1.1", "3"] = "1.1.1"
    reply_end: Literal["", "blank", "** end"] = ""
    diagnostic_key: Literal["DownLoadStatus", "Status"] = "DownLoadStatus"
    diagnostic_method: Literal["PUT", "POST"] = "PUT"
    archive: Literal["tar.gz", "zip"] = "tar.gz"
    ciphers: Literal["ecdsa-first", "rsa-first"] = "ecdsa-first"
    upgrade_ciphers: Literal["documented", "kept"] = "documented"
    tls_verify_mode: Literal["On", "Off"] = "On"
    uc_server_pages: Literal["cucm", "all", "absent"] = "cucm"
    uc_server_json: Literal["array", "object"] = "array"
    edge_choice: Literal["round-robin", "first"] = "round-robin"
    ntp: Literal["Active", "Failed", "absent"] = "Active"


@dataclass
class ExpresswayCluster:
    """Peers of one cluster; `settings` live per peer and follow the primary after a delay.

    `allow_list` holds rules as URL prefixes, `https://NAME:PORT/…`, as the traffic server logs
    them; `zones` holds zone names such as `CEtcp-NAME`. Both follow the UC nodes' names at
    Refresh only, and while `refreshing` no MRA client gets through.
    """

    name: str
    role: Literal["C", "E"]
    version: str
    primary: int
    peers: list[Peer]
    user: str
    password: str
    serves: list[str]
    replication_s: float
    mra_domain: str
    allow_list: set[str] = field(default_factory=set)
    zones: list[str] = field(default_factory=list)
    switches: Switches = field(default_factory=Switches)
    refreshing: bool = False
    editable_rules: list[str] = field(default_factory=list)

    @property
    def leader(self) -> Peer:
        """The configuration primary."""
        return self.peers[self.primary - 1]

    def allows(self, url: str) -> bool:
        """Whether some rule is a prefix of `url`."""
        return any(url.startswith(rule) for rule in self.allow_list)

    def release_of(self, peer: Peer) -> str:
        """The release that a peer runs."""
        return peer.version or self.version

    def replicates(self, peer: Peer) -> bool:
        """Whether a peer follows the primary: both up, and of one release (RN X14.2.5, clustering)."""
        leader = self.leader
        return peer.alive and leader.alive and self.release_of(peer) == self.release_of(leader)

    def policy(self, peer: Peer) -> Policy:
        """What this peer's traffic server does about an origin's certificate."""
        if release(self.release_of(peer)) < release(self.switches.enforced_from):
            return "DISABLED"
        return "ENFORCED" if peer.settings.get(VERIFY_ORIGIN, "On") == "On" else self.switches.off_policy


@dataclass(frozen=True)
class Owned:
    """A certificate that the operator owns as a file, with the words the inventory accepts for it."""

    name: str
    der: bytes
    accept: tuple[str, ...]


@dataclass
class World:
    """The whole fleet, its DNS, its clock and its own record."""

    scenario: str
    domain: str
    network: str
    expressways: list[ExpresswayCluster]
    ucs: list[UcCluster]
    dns: dict[str, str]
    latency_s: float = 0.0
    clock_offset_s: float = 0.0
    openssl_texts: Literal["1.1.1", "3"] = "1.1.1"
    record: Callable[..., None] = lambda **_: None
    failpoints: dict[str, dict[str, object]] = field(default_factory=dict)
    owned: list[Owned] = field(default_factory=list)
    workshop: Workshop | None = None

    def uc_of(self, node: UcNode) -> UcCluster:
        """The cluster of a UC node."""
        return next(uc for uc in self.ucs if any(one is node for one in uc.nodes))

    def now(self) -> float:
        """Seconds since the epoch on the lab's own clock."""
        return time.time() + self.clock_offset_s

    def trips(self, point: str, host: str) -> bool:
        """Whether an armed failpoint fires for this event: the nth one (from 1) on its host, or on any."""
        armed = self.failpoints.get(point)
        if armed is None or armed.get("host") not in {None, host}:
            return False
        seen = int(str(armed.get("seen", 0))) + 1
        armed["seen"] = seen
        return bool(armed.get("every")) or seen == int(str(armed.get("nth", 1)))

    def delay(self, point: str, host: str) -> float:
        """Seconds by which an armed failpoint holds this event up; 0 where it does not."""
        return float(str(self.failpoints[point].get("seconds", 1))) if self.trips(point, host) else 0.0

"""Which clusters and nodes there are, how to reach them and how to know them again."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from typing import Literal

from remediate.model.base import Sha256, Value, Words
from remediate.model.certificate import EncodedCertificate, TrustedCertificate


class Role(StrEnum):
    """What a node is."""

    EXPRESSWAY_C = "expressway-c"
    EXPRESSWAY_E = "expressway-e"
    CUCM_PUBLISHER = "cucm-publisher"
    CUCM_SUBSCRIBER = "cucm-subscriber"
    IM_AND_PRESENCE = "im-and-presence"
    UNITY_CONNECTION = "unity-connection"


ClusterRole = Literal["expressway-c", "expressway-e", "cucm", "im-and-presence", "unity-connection"]


SecretSourceName = Literal["env", "file", "prompt", "keyring", "vault", "ansible"]


class SecretRef(Value):
    """Where a secret lies; never the secret."""

    source: SecretSourceName
    name: str
    """`FILE#KEY` for `vault`, `INVENTORY#HOST#VARIABLE` for `ansible`, `SERVICE/USER` for `keyring`."""


class Credentials(Value):
    """A user name and where its password lies."""

    username: str
    password: SecretRef


class Durations(Value):
    """Every wait, named, in seconds."""

    replication_interval: int = 60
    restart_deadline: int = 900
    refresh_deadline: int = 300
    connect_timeout: int = 10
    command_timeout: int = 30


class Host(Value):
    """One node: an Expressway peer or a UC server."""

    name: str
    address: str
    """IP address or name to connect to."""
    fqdn: str
    """The node's own FQDN."""
    role: Role
    cluster: str
    ports: tuple[tuple[str, int], ...] = ()
    """Port names to numbers: `ssh`, `https`, `tftp`, …"""
    credentials: Credentials | None = None
    platform_credentials: Credentials | None = None
    """Of the OS administrator, a realm of its own on UC nodes: Certificate Management and the OS CLI."""
    ssh_host_key: str = ""
    """`ssh-ed25519 AAAA…`; more than one separated by newlines; empty: not pinned, so not connected to."""
    tls_certificates: tuple[EncodedCertificate, ...] = ()
    """The node's own HTTPS certificates: each is a pin."""
    tls_sha256: tuple[Sha256, ...] = ()

    def port(self, name: str, default: int) -> int:
        """The number of a named port."""
        return dict(self.ports).get(name, default)


class SystemServerConsent(Value):
    """The operator's words for changing names under CUCM *System > Server*."""

    accept: Words = frozenset()
    """`endpoints-learn-name`: phones keep what they learned, even after a way back. `phones-resolve-names`: DHCP
    gives them a DNS server. The rest: what was seen to by hand, and `sql-update`; see `docs/inventory.md`."""
    refresh_by: str = ""
    """Who presses *Refresh servers* in the window."""
    allow_list_rules: Literal["in-place", ""] = ""
    """`in-place`: editable inbound rules for the new names exist already."""


class Cluster(Value):
    """Peers or nodes that share one configuration database."""

    name: str
    role: ClusterRole
    hosts: tuple[Host, ...]
    groups: tuple[str, ...] = ()
    primary: str = ""
    """Configuration primary (Expressway) or publisher (UC): a host name."""
    serves: tuple[str, ...] = ()
    """UC clusters whose MRA traffic this Expressway-C cluster carries."""
    durations: Durations = Durations()
    system_server: SystemServerConsent = SystemServerConsent()


class Inventory(Value):
    """Everything we may talk to, and the certificates the operator vouches for."""

    clusters: tuple[Cluster, ...]
    trusted_certificates: tuple[TrustedCertificate, ...] = ()

    def cluster(self, name: str) -> Cluster:
        """By name; KeyError where the files room let an unknown name through, which is a bug."""
        return self._clusters[name]

    def host(self, name: str) -> Host:
        """By name, over all clusters."""
        return self._hosts[name]

    def of_role(self, role: ClusterRole) -> tuple[Cluster, ...]:
        """Clusters of one role, in the order of the inventory."""
        return tuple(c for c in self.clusters if c.role == role)

    @cached_property
    def _clusters(self) -> dict[str, Cluster]:
        return {c.name: c for c in self.clusters}

    @cached_property
    def _hosts(self) -> dict[str, Host]:
        return {h.name: h for c in self.clusters for h in c.hosts}

"""What a UC node says of itself, and what a CUCM database holds beside names."""

from __future__ import annotations

from remediate.model.base import Moment, Value
from remediate.model.reading import Known, Unknown

NOT_READ = Unknown(why="not read")


class Network(Value):
    """`show status` and `show network eth0`. No DNS servers: the node uses none."""

    host_name: str
    domain: str
    dns_servers: tuple[str, ...]

    @property
    def fqdn(self) -> str:
        """The node's own FQDN, by its own word."""
        return f"{self.host_name}.{self.domain}"


class OwnName(Value):
    """How the node itself resolves its FQDN and its address (`utils network host`)."""

    name: str
    local: tuple[str, ...]
    external: tuple[str, ...]
    reverse: tuple[str, ...]


class Service(Value):
    """One service by Control Center. `since` is its start in the node's own words, `started_at` by our clock."""

    name: str
    status: str
    since: str
    started_at: Moment | None = None


class Member(Value):
    """One node of a cluster, as another tells it. Empty text: not told."""

    name: str
    address: str = ""
    state: str = ""
    """`primary`, `secondary`, `down`, …"""


class Membership(Value):
    """A cluster's release and nodes, by its own word."""

    version: str
    members: tuple[Member, ...]


class NodeReading(Value):
    """One node, by its own sessions."""

    cluster: str
    host: str
    listed: Known[tuple[str, ...]] | Unknown = NOT_READ
    """Names of the CUCM servers, as this node's UDS gives them to clients."""
    services: Known[tuple[Service, ...]] | Unknown = NOT_READ
    network: Known[Network] | Unknown = NOT_READ
    own_name: Known[OwnName] | Unknown = NOT_READ
    replication: Known[tuple[tuple[str, str], ...]] | Unknown = NOT_READ
    """Server and replication setup, `(2) Setup Completed` when all is well."""
    network_valid: Known[bool] | Unknown = NOT_READ
    """`utils diagnose module validate_network` passed."""
    membership: Known[Membership] | Unknown = NOT_READ
    """Unity Connection by CUPI, IM and Presence by its own AXL."""


class UcService(Value):
    """A *UC Service* of CUCM: where clients are sent for voicemail, or for IM and Presence."""

    name: str
    kind: str
    host: str


class ClusterFacts(Value):
    """What thin AXL tells of a cluster, as far as a change of names touches it."""

    parameters: tuple[tuple[str, str], ...]
    """Enterprise parameters: URLs given to phones, and `ClusterSecurityMode` (0 non-secure, 1 mixed)."""
    sip_peers: tuple[str, ...]
    """Destinations of its SIP trunks: systems whose own trunks may name a node of this cluster."""
    uc_services: tuple[UcService, ...]
    sso: bool
    """SAML SSO is on, on some node."""

    @property
    def mixed_mode(self) -> bool:
        """Whether the CTL must be updated when CallManager's certificate changes."""
        return dict(self.parameters).get("ClusterSecurityMode", "0") == "1"

"""The state of CUCM, IM and Presence and Unity Connection nodes, as `remediate.lab.world` holds it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

TFTP, CALL_MANAGER, TOMCAT, HAPROXY = "Cisco Tftp", "Cisco CallManager", "Cisco Tomcat", "Cisco HAProxy"
SERVICES: dict[str, tuple[str, ...]] = {
    "cucm": (CALL_MANAGER, TFTP, "Cisco CTIManager", HAPROXY, TOMCAT, "Cisco AXL Tomcat", "Cisco UDS Tomcat"),
    "imp": (TOMCAT, "Cisco XCP Router", "Cisco Sync Agent"),
    "cuc": (TOMCAT, HAPROXY),
}
"""Services of a node by role; names are case-sensitive on the device, and here."""
CONTAINERS = frozenset({"Cisco AXL Tomcat", "Cisco UDS Tomcat"})
"""What runs apart from Cisco Tomcat from release 14 on (release notes 14)."""
SPLIT_SINCE = 14


@dataclass(frozen=True)
class Identity:
    """A key and the chain a server sends with it, leaf first, as DER."""

    key_pem: bytes
    chain: tuple[bytes, ...]


@dataclass
class PortBinding:
    """What one TLS port of an origin serves: which of the node's certificates, RSA and ECDSA."""

    port: int
    rsa: str | None
    ecdsa: str | None
    asks_client_certificate: bool = False
    cipher_preference: Literal["client", "server"] = "client"
    ciphers: str = "ALL:@SECLEVEL=0"
    tls13: bool = False


@dataclass
class UcNode:
    """One CUCM, IM&P or Unity Connection node.

    `certificates` are those installed; `serving` holds older ones that a service still shows until its restart;
    `requested` the key of a certificate that was asked for, as PEM.
    `tftp_names` are the names under System > Server as Cisco Tftp knew them when it last started. `started` holds
    when each service of the node last started, or will have, on the lab's clock. `phones` are registered here, except
    before `phones_back`; `registrations` counts how often one registered again.
    """

    key: str
    role: Literal["cucm", "imp", "cuc"]
    publisher: bool
    os_hostname: str
    os_domain: str
    address: str
    pkid: str
    db_name: str
    certificates: dict[str, Identity]
    bindings: list[PortBinding]
    alive: bool = True
    host_key: bytes = b""
    dns_server: str = ""
    serving: dict[str, Identity] = field(default_factory=dict)
    requested: dict[str, bytes] = field(default_factory=dict)
    tftp_names: dict[str, str] = field(default_factory=dict)
    started: dict[str, float] = field(default_factory=dict)
    phones: int = 0
    phones_back: float = 0.0
    registrations: int = 0
    earlier_name: str = ""
    renamed_at: float = 0.0
    restarts_until: float = 0.0

    @property
    def fqdn(self) -> str:
        """Host name and domain, as the operating system knows them."""
        return f"{self.os_hostname}.{self.os_domain}"

    def served(self, name: str) -> Identity:
        """What is shown under a certificate's name at this moment."""
        return self.serving.get(name, self.certificates[name])

    def name_seen(self, now: float, lag_s: float) -> str:
        """The node's name in a database that follows with that lag."""
        return self.earlier_name if self.earlier_name and now < self.renamed_at + lag_s else self.db_name


@dataclass
class UcSwitches:
    """What the vendor's texts leave open about a UC cluster (first value is the default)."""

    thick_rename: Literal["effective", "accepted-no-effect", "fault"] = "effective"
    certificate_api: Literal["on", "absent", "odd"] = "on"
    rename_regenerates_certs: bool = False
    imp_rename_restarts_node: bool = True
    certificate_in_force: Literal["at-once", "after-restart"] = "at-once"
    replication_lag_s: float = 0.0
    sync_agent_lag_s: float = 0.0
    replication: Literal["good", "broken"] = "good"
    validate_network: Literal["Passed", "Failed"] = "Passed"
    dns_split: Literal["agree", "external-missing", "reverse-missing", "not-configured"] = "agree"
    write_throttle: int = 0
    axl_restart_window: int = 0
    read_limit: bool = False
    ssh_auth: Literal["both", "keyboard-interactive", "password"] = "both"
    first_prompt_s: float = 0.0
    service_restart_s: float = 0.2
    phones_return_s: float = 0.2
    cluster_security_mode: Literal["0", "1"] = "0"
    sso: bool = False
    cert_sharing: Literal["separate", "multi-san", "reuse"] = "separate"
    san_source: Literal["os_fqdn", "processnode"] = "os_fqdn"
    tomcat_split: Literal["by-release", "split", "one"] = "by-release"
    https_ciphers: Literal["ec-and-rsa", "rsa-only"] = "ec-and-rsa"
    mtls_port: Literal["none", "6971", "6972"] = "none"
    unity_nodes: int = 1
    unity_blanks: bool = False
    unity_form: Literal["as-asked", "json"] = "as-asked"
    single_record_json: Literal["array", "object"] = "array"
    imp_names: Literal["list", "elements"] = "list"


@dataclass
class UcCluster:
    """Nodes that share one publisher and one database. UDS follows `db_name`, subscribers after a lag.

    `trusts` holds DER by store (`tomcat-trust`, `CallManager-trust`): who may present a client certificate.
    `parameters` are enterprise parameters, `uc_services` rows of (name, type, host), `trunks` the destinations of
    SIP trunks.
    """

    name: str
    kind: Literal["cucm", "imp", "cuc"]
    version: str
    nodes: list[UcNode]
    axl_user: str
    axl_password: str
    platform_user: str = "osadmin"
    platform_password: str = ""
    trusts: dict[str, list[bytes]] = field(default_factory=dict)
    switches: UcSwitches = field(default_factory=UcSwitches)
    parameters: dict[str, str] = field(default_factory=dict)
    uc_services: list[tuple[str, str, str]] = field(default_factory=list)
    trunks: list[str] = field(default_factory=list)


def bindings_of(kind: str, switches: UcSwitches) -> list[PortBinding]:
    """What the TLS ports of a node serve; 6971 is there where it is the port that asks for a client certificate."""
    found = [PortBinding(8443, "tomcat", "tomcat-ECDSA" if switches.https_ciphers == "ec-and-rsa" else None)]
    if kind != "cucm":
        return found
    names, asking = ("CallManager", "CallManager-ECDSA"), switches.mtls_port
    ports = (6971, 6972) if asking == "6971" else (6972,)
    return found + [PortBinding(port, *names, asks_client_certificate=str(port) == asking) for port in ports]


def services_of(kind: str, version: str, switches: UcSwitches) -> tuple[str, ...]:
    """Services of a node; whether some run apart from Cisco Tomcat may be left to the release."""
    split = switches.tomcat_split
    if split == "by-release":
        split = "split" if int(version.split(".", maxsplit=1)[0]) >= SPLIT_SINCE else "one"
    return tuple(name for name in SERVICES[kind] if split == "split" or name not in CONTAINERS)

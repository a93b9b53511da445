"""What to restart, and which trust store takes the CA chain first, once a UC server has a new certificate. By hand.

Sec-14 (CUCM and IM and Presence, 14 and later), TAC 118731 (before), TAC 225476 (UDS Tomcat), IMP-12.5 (XCP Router),
CUC-Sec-15 (HAProxy does the TLS of Unity Connection).
"""

from __future__ import annotations

from collections.abc import Iterator

from remediate.model.inventory import Cluster
from remediate.model.observed import ObservedState
from remediate.model.reading import Known

TOMCAT, CALL_MANAGER, XMPP, CUP = "tomcat", "CallManager", "cup-xmpp", "cup"
WEB, AXL_TOMCAT = "Cisco Tomcat", "Cisco AXL Tomcat"
_SPLIT_FROM, _NEWEST = 14, 15
_WEB = "Cisco Tomcat (CLI: utils service restart Cisco Tomcat)"
_CONTAINERS = f"{_WEB}, Cisco AXL Tomcat and Cisco UDS Tomcat"
_BACKUP = "Cisco DRF Local on every node and Cisco DRF Master on the publisher"
_RSA_TOO = (
    "Cisco Intercluster Lookup Service, Cisco Location Bandwidth Manager and Cisco Extension Mobility where activated"
)
_CALLS = "Cisco HAProxy, Cisco CallManager and Cisco CTIManager (the upper bound that the vendor's texts give)"
_OLD_CALLS = "Cisco Tftp, Cisco CallManager, Cisco CTIManager and Cisco Trust Verification Service"
_ROUTER = "Cisco XCP Router"
_SYNC = "after the CA chain Cisco Intercluster Sync Agent"
_UNTOLD = "what the vendor's texts name for cup: none is known here"
_HAPROXY = "Cisco HAProxy too where 8443 then still shows the old one"


def restarts(observed: ObservedState, uc: Cluster, purpose: str) -> str:
    """Services of each node concerned, for this certificate purpose (`tomcat`, or `tomcat and CallManager`)."""
    match uc.role:
        case "im-and-presence":
            return "; ".join(_presence(purpose))
        case "unity-connection":
            return f"{_WEB}; {_HAPROXY}" if _major(observed, uc) >= _NEWEST else _WEB
    return "; ".join(_cucm(purpose, split=_split(observed, uc)))


def stores(purpose: str) -> str:
    """Where the CA chain goes: `tomcat-trust`, or several joined by `and`."""
    words = [word.removesuffix("-ECDSA") for word in purpose.split(" and ")]
    return " and ".join(f"{word}-trust" for word in dict.fromkeys(words))


def _cucm(purpose: str, *, split: bool) -> Iterator[str]:
    if TOMCAT in purpose:
        yield _CONTAINERS if split else _WEB
        if split:
            yield f"then {_BACKUP}"
        if split and TOMCAT in purpose.split():
            yield _RSA_TOO
    if CALL_MANAGER in purpose:
        yield _CALLS if split else _OLD_CALLS


def _presence(purpose: str) -> Iterator[str]:
    words = purpose.split()
    if any(word.startswith(TOMCAT) for word in words):
        yield _WEB
    if any(word.startswith(XMPP) for word in words):
        yield _ROUTER
    if CUP in words or f"{CUP}-ECDSA" in words:
        yield _UNTOLD
    yield _SYNC


def _split(observed: ObservedState, uc: Cluster) -> bool:
    """Whether AXL and UDS run apart from Cisco Tomcat: by the services of a node that told them, else by release."""
    told = (n.services.value for n in observed.nodes if n.cluster == uc.name and isinstance(n.services, Known))
    names = {service.name for services in told for service in services}
    return AXL_TOMCAT in names if WEB in names else _major(observed, uc) >= _SPLIT_FROM


def _major(observed: ObservedState, uc: Cluster) -> int:
    """Of the release that the cluster tells, CUCM by its publisher, the others by a node; the newest form where none
    does."""
    publisher = observed.publisher(uc.name)
    members = (n.membership for n in observed.nodes if n.cluster == uc.name)
    versions = [m.value.version for m in members if isinstance(m, Known)]
    if publisher is not None and isinstance(publisher.version, Known):
        versions.insert(0, publisher.version.value)
    majors = (version.partition(".")[0] for version in versions)
    return next((int(major) for major in majors if major.isdigit()), _NEWEST)

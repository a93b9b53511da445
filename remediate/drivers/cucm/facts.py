"""What thin AXL tells of a cluster: read only, named columns only (their number grows with releases)."""

from __future__ import annotations

from remediate.drivers.cucm.wire import Axl
from remediate.model.uc_node import ClusterFacts, UcService

URLS = (
    "URLAuthentication",
    "URLDirectories",
    "URLIdle",
    "URLInformation",
    "URLMessages",
    "URLServices",
    "SecureAuthenticationURL",
    "SecureDirectoryURL",
    "SecureInformationURL",
    "SecureServicesURL",
    "SecureUDSUsersAccessURL",
)
"""Enterprise parameters that hold addresses (names: third-party)."""

SECURITY_MODE = "ClusterSecurityMode"
KINDS = {"1": "voicemail", "5": "im-and-presence"}
"""`tkucservice`, as third-party dictionaries number it; another stands as it is."""


def facts_of(axl: Axl) -> ClusterFacts:
    """Parameters, SIP peers, UC Services, SSO. Raises `DeviceError`."""
    wanted = {SECURITY_MODE, *URLS}
    parameters = axl.select("select paramname,paramvalue from processconfig")
    peers = axl.select("select address from siptrunkdestination")
    services = axl.select("select name,tkucservice,hostnameorip from ucservice")
    modes = axl.select("select name,tkssomode from processnode where systemnode='f'")
    return ClusterFacts(
        parameters=tuple(sorted((p["paramname"], p["paramvalue"]) for p in parameters if p["paramname"] in wanted)),
        sip_peers=tuple(sorted({peer["address"] for peer in peers})),
        uc_services=tuple(
            UcService(name=s["name"], kind=KINDS.get(s["tkucservice"], s["tkucservice"]), host=s["hostnameorip"])
            for s in sorted(services, key=lambda s: s["name"])
        ),
        sso=any(mode["tkssomode"] not in {"", "0"} for mode in modes),
    )

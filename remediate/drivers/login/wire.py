"""The form of a client's requests to Expressway-E port 8443 (CVD12; the seed's trace)."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from lxml import etree

PORT = 8443
TFTP_PORT = 6972
UDS, CUP = "_cisco-uds", "_cuplogin"


class NotConfiguration(ValueError):
    """The answer is no edge configuration."""


@dataclass(frozen=True)
class Asked:
    """A request behind the first segment: an origin's name and port, a path, and what it is in words."""

    origin: str
    port: int
    path: str
    what: str


def configuration_path(domain: str) -> str:
    """`get_edge_config` for an MRA domain."""
    return f"/{_segment(domain)}/get_edge_config?service_name={UDS}&service_name={CUP}"


def origin_path(domain: str, asked: Asked) -> str:
    """The path of a request that is passed on to an origin."""
    return f"/{_segment(f'{domain}/https/{asked.origin}/{asked.port}')}{asked.path}"


def requests_for(body: bytes, user: str, voicemail: tuple[str, ...]) -> tuple[Asked, ...]:
    """What a client asks after its configuration, in its order. Raises `NotConfiguration`."""
    servers = _servers(body)
    uds = [
        asked
        for name in servers.get(UDS, ())
        for asked in (
            Asked(name, PORT, f"/cucm-uds/user/{user}/devices", "devices"),
            Asked(name, TFTP_PORT, f"/CSF{user}.cnf.xml", "phone configuration"),
        )
    ]
    cup = [Asked(name, PORT, "/EPASSoap/service/v105", "IM and Presence") for name in servers.get(CUP, ())]
    mail = [Asked(name, PORT, "/vmrest/version", "voicemail") for name in voicemail]
    return (*uds, *cup, *mail)


def _segment(text: str) -> str:
    """URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _servers(body: bytes) -> dict[str, tuple[str, ...]]:
    """Addresses by service, in the order given."""
    try:
        root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError as error:
        raise NotConfiguration(f"not XML: {error}") from error
    found: dict[str, tuple[str, ...]] = {}
    for service in root.iter("{*}service"):
        name = (service.findtext("{*}name") or "").strip()
        addresses = [address for node in service.iter("{*}address") if (address := (node.text or "").strip())]
        found[name] = tuple(dict.fromkeys(addresses))
    if not found:
        raise NotConfiguration("no service in it")
    return found

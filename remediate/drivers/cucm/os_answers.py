"""What the OS command line prints, as values. Spacing is not documented, so labels count and columns do not."""

from __future__ import annotations

import re
from collections.abc import Callable

from remediate.model.certificate import EncodedCertificate, TrustStore
from remediate.model.uc_node import Network, OwnName

NOT_CONFIGURED = "not configured"
_LABEL = re.compile(r"(?P<label>[A-Z][A-Za-z ]*?)\s*:\s+(?P<value>\S(?:.*?\S)?)(?=\s{2,}\S|\s*$)")
_LOCAL = re.compile(r"resolves locally to (\S+)")
_ADDRESS = re.compile(r"has (?:IPv6 )?address (\S+)")
_POINTER = re.compile(r"domain name pointer (\S+?)\.?(?:\s|$)")
_SETUP = re.compile(r"^(?P<server>\S+)\s.*?(?P<setup>\(\d\)\s+[A-Za-z ]+?)\s*$", re.MULTILINE)
_LISTED = re.compile(r"^(?P<service>[A-Za-z][A-Za-z-]*)/\S+\.pem:", re.MULTILINE)
_VALIDATED = re.compile(r"test - validate_network\s*:\s*(?P<said>\w+)")


def network_of(status: str, eth0: str) -> Network | None:
    """`show status` and `show network eth0`; None where either lacks what it should say."""
    told, card = _labels(status), _labels(eth0)
    host, domain = told.get("Host Name", ""), card.get("Domain", "")
    if not host or not domain:
        return None
    servers = [card.get(name, "") for name in ("Primary", "Secondary")]
    return Network(host_name=host, domain=domain, dns_servers=tuple(s for s in servers if _set(s)))


def own_name_of(name: str, forward: str, back: str) -> OwnName:
    """`utils network host` for a name and for an address."""
    return OwnName(
        name=name,
        local=tuple(_LOCAL.findall(forward)),
        external=tuple(_ADDRESS.findall(forward)),
        reverse=tuple(_POINTER.findall(back)),
    )


def replication_of(text: str) -> tuple[tuple[str, str], ...]:
    """`utils dbreplication runtimestate`: server and setup, one each; empty where the table is not there."""
    return tuple((found["server"], " ".join(found["setup"].split())) for found in _SETUP.finditer(text))


def validated(text: str) -> bool | None:
    """`utils diagnose module validate_network`; None where it does not say."""
    found = _VALIDATED.search(text)
    return found["said"].casefold() == "passed" if found else None


def services_listed(text: str) -> tuple[str, ...]:
    """`show cert list own`: names of the services that have a certificate."""
    return tuple(found["service"] for found in _LISTED.finditer(text))


def own_certificates(ask: Callable[[str], str]) -> tuple[tuple[str, EncodedCertificate], ...]:
    """Every own certificate by service, through the command line that `ask` types on. Raises what that raises."""
    held = ((name, certificate_of(ask(f"show cert own {name}"))) for name in services_listed(ask("show cert list own")))
    return tuple(sorted((name, one) for name, one in held if one is not None))


def certificate_of(text: str) -> EncodedCertificate | None:
    """`show cert own`: the PEM block alone counts."""
    held = TrustStore(pem=text.encode()).entries
    return held[0] if held else None


def _labels(text: str) -> dict[str, str]:
    return {found["label"].strip(): found["value"] for line in text.splitlines() for found in _LABEL.finditer(line)}


def _set(value: str) -> bool:
    return bool(value) and value.casefold() != NOT_CONFIGURED

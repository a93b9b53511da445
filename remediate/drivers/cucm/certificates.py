"""Certificate Management of a UC node, read with the platform account (release 14 and later).

The handshake is what a port really serves; this says what the node holds and trusts, and says it over HTTPS
that is pinned and authenticated. Its JSON is known from third-party code only: what does not look so is "not read".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from remediate.drivers.credentials import Gate
from remediate.drivers.cucm import os_answers
from remediate.drivers.http import Https, refused
from remediate.drivers.oscli import OsCli
from remediate.errors import DeviceError, Refused, UnexpectedReply
from remediate.model.certificate import Chain, EncodedCertificate, TrustStore
from remediate.model.inventory import Cluster, Host
from remediate.model.observed import NodeCertificates
from remediate.model.reading import Known, Unknown

SNAPSHOT = "/platformcom/api/v1/certmgr/config/snapshot/server"
PORT = 8443
STORE = "-trust"


class CertificatesReader:
    """Implements `engine.ports.CertificatesReader` for one CUCM, IM&P or Unity Connection node."""

    def __init__(self, cluster: Cluster, host: Host, gate: Gate) -> None:
        self._cluster = cluster
        self._host = host.model_copy(update={"credentials": host.platform_credentials})
        self._console = OsCli(self._host, gate, cluster.durations)
        self._https = Https(self._host, gate, cluster.durations, host.port("https", PORT))

    def read(self) -> NodeCertificates:
        """What it serves and trusts; never raises a `DeviceError`."""
        try:
            tree = self._snapshot()
            identities, trusts = _identities(self._host, tree), _trusts(self._host, tree)
        except DeviceError as error:
            unread = Unknown(why=str(error))
            identities_too = self._by_console(error) or unread
            return NodeCertificates(
                cluster=self._cluster.name, host=self._host.name, identities=identities_too, trusts=unread
            )
        return NodeCertificates(
            cluster=self._cluster.name,
            host=self._host.name,
            identities=Known(value=identities),
            trusts=Known(value=trusts),
        )

    def close(self) -> None:
        """End both sessions."""
        self._https.close()
        self._console.close()

    def _by_console(self, refusal: DeviceError) -> Known[tuple[tuple[str, EncodedCertificate], ...]] | None:
        """Its own certificates by `show cert own`, where the API is not there or of another form (before 14)."""
        if not isinstance(refusal, Refused | UnexpectedReply) or not self._host.ssh_host_key:
            return None
        try:
            return Known(value=os_answers.own_certificates(self._console.ask))
        except DeviceError:
            return None

    def _snapshot(self) -> dict[str, Any]:
        page = self._https.get(SNAPSHOT)
        if page.status != 200:
            raise refused(self._host, page, f"GET {SNAPSHOT}")
        try:
            tree = json.loads(page.body)
        except (ValueError, RecursionError) as error:
            raise UnexpectedReply(self._host.name, f"{SNAPSHOT} is not JSON") from error
        if not isinstance(tree, dict):
            raise UnexpectedReply(self._host.name, f"{SNAPSHOT} is not the object it should be")
        return tree


def _identities(host: Host, tree: dict[str, Any]) -> tuple[tuple[str, EncodedCertificate], ...]:
    found = []
    for entry in _entries(host, tree, "identities"):
        chain = _certificates(entry.get("certificate"))
        if chain:
            found.append((str(entry.get("service")), chain[0]))
    return tuple(sorted(found))


def _trusts(host: Host, tree: dict[str, Any]) -> tuple[tuple[str, Chain], ...]:
    """Stores by their usual name, `tomcat-trust`, whichever way the node spells it."""
    found = []
    for entry in _entries(host, tree, "trusts"):
        held = [c for one in _list(entry.get("certificate_data")) for c in _certificates(one.get("certificate"))]
        found.append((str(entry.get("service")).removesuffix(STORE) + STORE, tuple(held)))
    return tuple(sorted(found))


def _entries(host: Host, tree: dict[str, Any], key: str) -> Iterator[dict[str, Any]]:
    if not isinstance(tree.get(key), list):
        raise UnexpectedReply(host.name, f"{SNAPSHOT} has no list of {key}")
    yield from _list(tree[key])


def _list(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _certificates(text: object) -> Chain:
    return TrustStore(pem=text.encode()).entries if isinstance(text, str) else ()

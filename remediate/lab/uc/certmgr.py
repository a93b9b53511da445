"""Certificate Management of a UC node (14 and later): what it serves and what it trusts, behind the platform account.

Paths and bodies are those of code said to run against real nodes; each call is about the node that is asked.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Iterable
from typing import Any

from aiohttp import web
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding

from remediate.lab.pki import pem
from remediate.lab.uc import certmgr_write
from remediate.lab.world import UcCluster, UcNode, World, release

ROOT = "/platformcom/api/v1/certmgr/config"
FIRST = (14, 0)
"""The first release that has it."""
STORE = "-trust"


async def answer(world: World, cluster: UcCluster, node: UcNode, request: web.BaseRequest) -> web.Response:
    """Answer one request below `ROOT`: 404 on a release without it, 401 for anybody but the platform account."""
    if release(cluster.version.partition("-")[0])[:2] < FIRST or cluster.switches.certificate_api == "absent":
        return web.Response(status=404, text="no such resource")
    if not _known(cluster, request.headers.get("Authorization", "")):
        return web.Response(
            status=401, text="HTTP Status 401", headers={"WWW-Authenticate": 'Basic realm="CMPlatform Realm"'}
        )
    path = request.rel_url.path.removeprefix(ROOT)
    if request.method == "GET":
        return _read(cluster, node, path, request.rel_url.query.get("service", ""))
    if request.method != "POST":
        return web.Response(status=405, text="only GET and POST")
    text = await request.text()
    try:
        answered = certmgr_write.take(cluster, node, path, json.loads(text))
    except (ValueError, AttributeError):
        answered = web.json_response({"error": "the body is no JSON object"}, status=400)
    world.record(host=node.key, connection="certmgr", verb=f"certmgr {path}", text=text, result=str(answered.status))
    return answered


def _read(cluster: UcCluster, node: UcNode, path: str, service: str) -> web.Response:
    identities = [{"service": name, "certificate": _text(held.chain[0])} for name, held in node.certificates.items()]
    if path == "/snapshot/server":
        tree: dict[str, Any] = {
            "trackingId": f"lab-{node.key}",
            "server": node.fqdn,
            "identities": identities,
            "trusts": [_trust(store, ders) for store, ders in cluster.trusts.items()],
            "revokedCertificates": [],
        }
        return web.json_response({"snapshot": "elsewhere"} if cluster.switches.certificate_api == "odd" else tree)
    if path == "/options":
        return web.json_response({"services": list(node.certificates), "keyTypes": ["rsa", "ec"]})
    if path == "/identity/certificate":
        found = [entry for entry in identities if entry["service"] == service]
        return web.json_response(found[0]) if found else web.Response(status=404, text="no such service")
    if path == "/trust/certificate":
        ders = cluster.trusts.get(service + STORE, [])
        return web.json_response({"certificates": [{"certificate": _text(der)} for der in ders]})
    return web.Response(status=404, text="no such resource")


def _trust(store: str, ders: Iterable[bytes]) -> dict[str, Any]:
    held = [{"filename": f"{store}-{index}.pem", "certificate": _text(der)} for index, der in enumerate(ders)]
    return {"service": store.removesuffix(STORE), "certificate_data": held}


def _text(der: bytes) -> str:
    return pem(der).decode()


def _known(cluster: UcCluster, authorization: str) -> bool:
    scheme, _, encoded = authorization.partition(" ")
    try:
        given = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return False
    wanted = f"{cluster.platform_user}:{cluster.platform_password}".encode()
    return scheme.lower() == "basic" and hmac.compare_digest(given, wanted)


def accepted(cluster: UcCluster, port: int, chain: tuple[bytes, ...]) -> bool:
    """Whether the store that guards a port (CallManager-trust on 6971 and 6972, else tomcat-trust) leads from
    this client chain to a root that it holds."""
    held = [x509.load_der_x509_certificate(der) for der in cluster.trusts.get(store_of(port), [])]
    sent = [x509.load_der_x509_certificate(der) for der in chain]
    roots = {one.public_bytes(Encoding.DER) for one in held if one.issuer == one.subject}
    path = [sent[0]]
    while path[-1].public_bytes(Encoding.DER) not in roots:
        issuer = next((one for one in (*held, *sent[1:]) if one not in path and _issued(path[-1], one)), None)
        if issuer is None:
            return False
        path.append(issuer)
    return True


def store_of(port: int) -> str:
    """The trust store behind a port."""
    return "CallManager-trust" if port in {6971, 6972} else "tomcat-trust"


def _issued(child: x509.Certificate, parent: x509.Certificate) -> bool:
    try:
        child.verify_directly_issued_by(parent)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True

"""What Certificate Management of a UC node takes: requests, certificates for them, and CAs to trust.

Bodies and answers are those of third-party code said to run against real nodes; what is said to be 400 or 500 there is
so here. Only `this-server` is known of `distribution`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

from remediate.lab.pki import private_pem
from remediate.lab.uc.services import install
from remediate.lab.world import Identity, UcCluster, UcNode

Body = Mapping[str, Any]


def take(cluster: UcCluster, node: UcNode, path: str, body: Body) -> web.Response:
    """Answer one POST; 400 for a body that lacks something, 404 for a resource that the lab lacks."""
    done = POSTS.get(path)
    if done is None:
        return _refused(404, "no such resource")
    try:
        return done(cluster, node, body)
    except (KeyError, TypeError, ValueError) as error:
        return _refused(400, f"the request lacks something or holds what is no certificate: {error!r}")


def _request(_: UcCluster, node: UcNode, body: Body) -> web.Response:
    """A new key and a request for it; the key waits for its certificate."""
    service, names = str(body["service"]), [str(name) for name in body.get("altNames", ())]
    if service not in node.certificates or body.get("distribution", "this-server") != "this-server":
        return _refused(400, "service or distribution is not known")
    elliptic = body.get("keyType") == "ec"
    key = ec.generate_private_key(ec.SECP256R1()) if elliptic else rsa.generate_private_key(65537, 2048)
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, str(body.get("commonName", node.fqdn)))])
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False)
    node.requested[service] = private_pem(key)
    asked = builder.sign(key, hashes.SHA256())
    return web.json_response({"csr": asked.public_bytes(Encoding.PEM).decode()})


def _identity(cluster: UcCluster, node: UcNode, body: Body) -> web.Response:
    """500 where it is not for the present request, 400 where an issuer is not trusted yet."""
    service, chain = str(body["service"]), _certificates(body)
    waiting = node.requested.get(service)
    if waiting is None or _public(load_pem_private_key(waiting, None).public_key()) != _public(chain[0].public_key()):
        return _refused(500, "the certificate does not match the current CSR")
    trusted = cluster.trusts.get(f"{service.removesuffix('-ECDSA')}-trust", [])
    if any(_der(one) not in trusted for one in chain[1:]):
        return _refused(400, "a CA certificate of the chain is not in the trust store")
    del node.requested[service]
    sent = tuple(_der(one) for one in chain if one is chain[0] or one.issuer != one.subject)
    install(cluster, node, service, Identity(waiting, sent))
    return web.json_response({"message": "installed"})


def _trust(cluster: UcCluster, _: UcNode, body: Body) -> web.Response:
    """In the stores of every service named; what is there already stays."""
    added = [_der(one) for one in _certificates(body)]
    for service in body["service"]:
        held = cluster.trusts.setdefault(f"{service}-trust", [])
        held.extend(der for der in added if der not in held)
    return web.json_response({"message": "uploaded"}, status=201)


POSTS: dict[str, Callable[[UcCluster, UcNode, Body], web.Response]] = {
    "/csr": _request,
    "/identity/certificates": _identity,
    "/trust/certificates": _trust,
}


def _certificates(body: Body) -> list[x509.Certificate]:
    found = [x509.load_pem_x509_certificate(str(one).encode()) for one in body["certificates"]]
    if not found:
        raise ValueError("certificates is empty")
    return found


def _public(key: Any) -> bytes:
    held: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return held


def _der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def _refused(status: int, why: str) -> web.Response:
    return web.json_response({"error": why}, status=status)

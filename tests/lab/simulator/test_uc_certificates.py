"""Certificate Management of the lab's UC nodes, by stock requests and the bodies that third-party code sends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from remediate.lab.pki import Authority, pem
from tests.lab.simulator.running import Running, client, handshake, lab

Post = Callable[[str, Any], requests.Response]
BASE = "/platformcom/api/v1/certmgr/config"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A running world in which nothing is wrong."""
    directory: Path = tmp_path_factory.mktemp("certmgr")
    with lab("healthy", directory) as made:
        yield made


@pytest.fixture
def session(running: Running) -> requests.Session:
    """The platform account's."""
    session = running.session()
    session.auth = (running.cucm.platform_user, running.cucm.platform_password)
    return session


@pytest.fixture
def post(running: Running, session: requests.Session) -> Post:
    """One POST below the base."""
    return lambda path, body: session.post(running.url(BASE + path), json=body, timeout=20)


def asked(post: Post, running: Running) -> x509.CertificateSigningRequest:
    """A request for the publisher's tomcat certificate."""
    body = {
        "service": "tomcat",
        "distribution": "this-server",
        "commonName": running.publisher.fqdn,
        "keyType": "rsa",
        "keyLength": 2048,
        "hashAlgorithm": "sha256",
        "altNames": [running.publisher.fqdn, "uc.example.test"],
    }
    answer = post("/csr", body)
    assert answer.status_code == 200
    return x509.load_pem_x509_csr(answer.json()["csr"].encode())


def signed(csr: x509.CertificateSigningRequest, issuer: Authority) -> str:
    """What a CA makes of it, as PEM."""
    names = csr.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    made = (
        x509.CertificateBuilder()
        .subject_name(csr.subject)
        .issuer_name(issuer.certificate.subject)
        .public_key(csr.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(issuer.certificate.not_valid_before_utc)
        .not_valid_after(issuer.certificate.not_valid_after_utc)
        .add_extension(names, critical=False)
        .sign(issuer.key, hashes.SHA256())
    )
    return pem(made.public_bytes(Encoding.DER)).decode()


def test_reads(running: Running, session: requests.Session) -> None:
    """The snapshot, the options, one identity and one trust store; nothing for the account of AXL."""

    def told(path: str) -> Any:
        return session.get(running.url(BASE + path), timeout=20).json()

    whole = told("/snapshot/server")
    assert {"trackingId", "server", "identities", "trusts", "revokedCertificates"} <= set(whole)
    assert set(told("/options")["services"]) == {one["service"] for one in whole["identities"]}
    assert told("/identity/certificate?service=tomcat") in whole["identities"]
    assert told("/trust/certificate?service=tomcat")["certificates"]
    session.auth = (running.cucm.axl_user, running.cucm.axl_password)
    refused = session.get(running.url(f"{BASE}/snapshot/server"), timeout=20)
    assert (refused.status_code, "CMPlatform Realm" in refused.headers["WWW-Authenticate"]) == (401, True)


def test_a_new_certificate_from_request_to_handshake(running: Running, post: Post) -> None:
    """Not before its CA is trusted (400) and not for another request (500); then the port serves it."""
    assert running.world.workshop is not None
    second = running.world.workshop.forge.root("Another Root")
    other, root = signed(asked(post, running), second), pem(second.der).decode()
    leaf = signed(asked(post, running), second)
    upload = {"service": "tomcat", "certificates": [leaf, root]}
    assert post("/identity/certificates", {**upload, "certificates": [other, root]}).status_code == 500
    assert post("/identity/certificates", upload).status_code == 400
    trust = {"service": ["tomcat"], "certificates": [root], "description": "by a test"}
    assert post("/trust/certificates", trust).status_code == 201
    assert post("/identity/certificates", upload).status_code == 200
    served = handshake(running.publisher.address, 8443, client("ECDHE-RSA-AES256-GCM-SHA384"))
    assert pem(served).decode() == leaf
    assert post("/identity/certificates", upload).status_code == 500, "the request was answered"
    assert {line["verb"] for line in running.written} >= {"certmgr /csr", "certmgr /identity/certificates"}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/csr", {"service": "nothing"}, 400),
        ("/csr", {"service": "tomcat", "distribution": "multi-server"}, 400),
        ("/identity/certificates", {"service": "tomcat"}, 400),
        ("/trust/certificates", {"service": ["tomcat"], "certificates": ["no PEM"]}, 400),
        ("/trust/certificates", [], 400),
        ("/reuse", {}, 404),
    ],
)
def test_what_it_refuses(post: Post, path: str, body: Any, status: int) -> None:
    """An unknown service, a distribution or resource that nobody knows, and bodies that lack something."""
    assert post(path, body).status_code == status

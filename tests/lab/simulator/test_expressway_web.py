"""The HTTPS pages of a peer, asked by requests."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pytest
import requests
from cryptography import x509
from lxml import etree

from remediate.lab.pki import Forge, Request, blocks, pem, sha256
from tests.lab.simulator.stock_clients import RunningLab, until

ROOT = "/api/provisioning/certs/root"
LOGS = "/api/provisioning/common/diagnosticlogging"
CUCM = "/api/provisioning/controller/server/cucm"
BROKEN = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


def owned(lab: RunningLab, name: str = "cucm-pub-tomcat-ecdsa") -> bytes:
    """A certificate file beside the inventory."""
    return (lab.directory / "inventory" / "trust" / f"{name}.pem").read_bytes()


def digests(bundle: str) -> list[str]:
    """SHA-256 of each entry, in order."""
    return [sha256(entry) for entry in blocks(bundle.encode())]


def test_trusted_list(lab: RunningLab) -> None:
    """The list is concatenated PEM, called text/html, with the factory CA first."""
    reply = lab.web("exp-c-1").call("GET", ROOT)
    assert reply.headers["Content-Type"].startswith("text/html")
    assert "Temporary CA" in blocks(reply.content)[0].subject.rfc4514_string()
    assert len(blocks(reply.content)) == 3


def test_upload_is_listed_and_not_loaded(lab: RunningLab) -> None:
    """An upload is at the end of that peer's list at once, and in use after its restart only."""
    page, sent = lab.web("exp-c-1"), owned(lab)
    reply = page.upload(sent)
    assert (reply.status_code, reply.json()) == (200, {"Message": "Root Certificate updated."})
    new = sha256(x509.load_pem_x509_certificate(sent))
    assert digests(page.trusted())[-1] == new
    assert digests(page.trusted()) != digests(lab.web("exp-c-2").trusted())
    assert new not in lab.state("exp-c-1")["loaded"]
    lab.hand("restart", peer="exp-c-1")
    assert lab.state("exp-c-1")["loaded"][-1] == new


def test_restart_notice(lab: RunningLab) -> None:
    """A changed list raises an alarm that the restart takes away."""
    page = lab.web("exp-c-1")
    page.upload(owned(lab))
    alarms = "/api/v1/provisioning/common/alarm"
    assert "Restart required" in page.call("GET", alarms).text
    lab.hand("restart", peer="exp-c-1")
    assert "Restart required" not in page.call("GET", alarms).text


def test_effective_at_once(lab: RunningLab) -> None:
    """With the switch an upload needs no restart."""
    lab.hand("edit", cluster="exp-c", switch="ca_effective", value="at-once")
    lab.web("exp-c-1").upload(owned(lab))
    state = lab.state("exp-c-1")
    assert state["loaded"] == state["listed"]
    assert not state["restart_needed"]


def test_upload_twice(lab: RunningLab) -> None:
    """The same certificate is listed once."""
    page = lab.web("exp-c-1")
    page.upload(owned(lab))
    page.upload(owned(lab))
    assert len(digests(page.trusted())) == 4


@pytest.mark.parametrize(("switch", "status", "count"), [("keep", 200, 5), ("refuse", 400, 4), ("replace", 200, 4)])
def test_same_subject(lab: RunningLab, switch: str, status: int, count: int) -> None:
    """A second certificate of one subject is kept, refused or takes the first one's place."""
    lab.hand("edit", cluster="exp-c", switch="same_subject", value=switch)
    page = lab.web("exp-c-1")
    forge = Forge(x509.load_pem_x509_certificate(owned(lab)).not_valid_before_utc)
    first, second = (pem(forge.leaf(Request("twin.example.test"), "ec").chain[0]) for _ in range(2))
    assert page.upload(first).status_code == 200
    assert page.upload(second).status_code == status
    assert len(digests(page.trusted())) == count


def test_prepend(lab: RunningLab) -> None:
    """With the switch the newest entry comes first."""
    lab.hand("edit", cluster="exp-c", switch="trust_add", value="prepend")
    page = lab.web("exp-c-1")
    page.upload(owned(lab))
    assert digests(page.trusted())[0] == sha256(x509.load_pem_x509_certificate(owned(lab)))


@pytest.mark.parametrize("body", [b"", b"no certificate", BROKEN])
def test_broken_upload(lab: RunningLab, body: bytes) -> None:
    """What is no certificate is refused and changes nothing."""
    page = lab.web("exp-c-1")
    assert page.upload(body).status_code == 400
    assert len(digests(page.trusted())) == 3


def test_unchecked_upload(lab: RunningLab) -> None:
    """With the switch a broken block is stored as it came: the outage that a bad upload can be."""
    lab.hand("edit", cluster="exp-c", switch="upload_checked", value="off")
    page = lab.web("exp-c-1")
    assert page.upload(BROKEN).status_code == 200
    assert page.trusted().endswith(BROKEN.decode())
    assert lab.state("exp-c-1")["listed"][-1] == "broken"


def test_upload_of_another_form(lab: RunningLab) -> None:
    """A body that is not a form with a file is a bad request."""
    page = lab.web("exp-c-1")
    assert page.call("POST", ROOT, json={"file": "x"}).status_code == 400
    assert page.call("POST", ROOT, files={"other": b"x"}).status_code == 400


def test_absent_page(lab: RunningLab) -> None:
    """With the switch a release has no such page."""
    lab.hand("edit", cluster="exp-c", switch="certs_root", value="absent")
    assert lab.web("exp-c-1").call("GET", ROOT).status_code == 404


def test_record_of_an_upload(lab: RunningLab) -> None:
    """The record holds the digest of what was uploaded, not the text."""
    lab.web("exp-c-1").upload(owned(lab))
    (line,) = lab.record(host="exp-c-1", verb="https-POST", sha256=hashlib.sha256(owned(lab)).hexdigest())[-1:]
    assert line["text"] == ROOT
    assert line["result"] == "200"


@pytest.mark.parametrize(("point", "listed"), [("upload-dropped", 3), ("upload-lost", 4)])
def test_lost_reply(lab: RunningLab, point: str, listed: int) -> None:
    """A connection may break before or after the upload took effect."""
    lab.hand("fail", point=point, host="exp-c-1")
    page = lab.web("exp-c-1")
    with pytest.raises(requests.ConnectionError):
        page.upload(owned(lab))
    assert len(digests(page.trusted())) == listed
    assert lab.record(host="exp-c-1", verb="https-POST")[-1]["result"] == point.removeprefix("upload-")


@pytest.mark.parametrize(("point", "status"), [("upload-refused", 400), ("upload-ignored", 200)])
def test_upload_without_effect(lab: RunningLab, point: str, status: int) -> None:
    """An upload may be refused, or taken and ignored."""
    lab.hand("fail", point=point)
    page = lab.web("exp-c-1")
    assert page.upload(owned(lab)).status_code == status
    assert len(digests(page.trusted())) == 3


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/api/provisioning/nothing", 404), ("DELETE", ROOT, 405), ("PUT", "/api/provisioning/sysinfo", 405)],
)
def test_error_bodies(lab: RunningLab, method: str, path: str, status: int) -> None:
    """Errors are JSON with one message."""
    reply = lab.web("exp-c-1").call(method, path)
    assert reply.status_code == status
    assert set(reply.json()) == {"Message"}


def test_wrong_password(lab: RunningLab) -> None:
    """A wrong password is 401, recorded, and kept nowhere."""
    page = lab.web("exp-c-1")
    page.session.auth = ("admin", "wr0ng-Secret")
    reply = page.call("GET", ROOT)
    assert reply.status_code == 401
    assert reply.headers["WWW-Authenticate"].startswith("Basic")
    assert lab.record(host="exp-c-1", result="401")
    assert "wr0ng-Secret" not in (lab.directory / "record.ndjson").read_text()


def test_restart_wants_its_header(lab: RunningLab) -> None:
    """Without the CSRF header a restart is refused; with it the peer goes and comes back."""
    page = lab.web("exp-c-1")
    assert page.call("POST", "/api/provisioning/restart", json={}).status_code == 403
    started = lab.state("exp-c-1")["started_at"]
    headers = {"X-CSRF-Header": "nocheck"}
    assert page.call("POST", "/api/provisioning/restart", json={}, headers=headers).status_code == 200
    until(lambda: lab.state("exp-c-1")["started_at"] > started, "the peer never restarted")
    until(lambda: page.uptime() is not None, "the peer never answered again")


def test_restart_that_gets_stuck(lab: RunningLab) -> None:
    """A peer may fail to come back."""
    lab.hand("fail", point="restart-stuck", host="exp-c-1")
    lab.hand("restart", peer="exp-c-1")
    assert lab.web("exp-c-1").uptime() is None


def test_status_xml(lab: RunningLab) -> None:
    """Version, serial and uptime stand where py-expressway reads them."""
    tree = etree.fromstring(lab.web("exp-c-1").call("GET", "/status.xml").content)
    space = {"t": "http://www.tandberg.no/XML/CUIL/1.0"}
    assert tree.findtext("t:SystemUnit/t:Software/t:Version", namespaces=space) == "X14.2.5"
    assert tree.findtext("t:SystemUnit/t:Hardware/t:SerialNumber", namespaces=space)
    assert int(tree.findtext("t:SystemUnit/t:Uptime", "0", namespaces=space)) > 1000


def test_cluster_peers(lab: RunningLab) -> None:
    """Both prefixes answer, and a dead peer reads Failed."""
    lab.hand("kill", host="exp-c-2")
    page = lab.web("exp-c-1")
    for prefix in ("/api", "/api/v1"):
        found = page.call("GET", f"{prefix}/provisioning/common/cluster/peers").json()
        assert [(peer["PeerAddress"], peer["Status"]) for peer in found] == [
            ("exp-c-1.example.test", "Active"),
            ("exp-c-2.example.test", "Failed"),
        ]


@pytest.mark.parametrize("path", ["/api/raml", "/api/provisioning/common/mra", CUCM])
def test_other_pages(lab: RunningLab, path: str) -> None:
    """The pages that a first contact reads answer."""
    assert lab.web("exp-c-1").call("GET", path).status_code == 200


@pytest.mark.parametrize("form", ["tar.gz", "zip"])
def test_diagnostic_logs(lab: RunningLab, form: str) -> None:
    """Start and stop reach all peers, collect takes a while, download gives an archive."""
    lab.hand("edit", cluster="exp-c", switch="archive", value=form)
    first, second = lab.web("exp-c-1"), lab.web("exp-c-2")
    assert first.call("PUT", LOGS, json={"Mode": "start", "TCPDump": "off"}).status_code == 200
    assert second.call("PUT", LOGS, json={"Mode": "start"}).status_code == 400
    assert first.call("PUT", LOGS, json={"Mode": "stop"}).status_code == 200
    assert second.call("PUT", LOGS, json={"Mode": "download"}).status_code == 400
    assert second.call("PUT", LOGS, json={"Mode": "collect"}).status_code == 200
    until(lambda: second.call("GET", LOGS).json()["DownLoadStatus"] == "Ready to download", "never ready")
    archive = second.call("PUT", LOGS, json={"Mode": "download"})
    assert form in archive.headers["Content-Disposition"]
    kinds = {name.partition("_exp-c-2")[0] for name in _names(archive.content)}
    assert {"xconf_dump", "xstat_dump", "ca", "server"} <= kinds


def _names(body: bytes) -> list[str]:
    if body.startswith(b"PK"):
        return zipfile.ZipFile(io.BytesIO(body)).namelist()
    return [Path(name).name for name in tarfile.open(fileobj=io.BytesIO(body)).getnames()]

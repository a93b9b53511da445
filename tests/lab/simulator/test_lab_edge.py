"""Logins through Expressway-E: stock HTTPS clients outside, the log lines of both sides inside."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from lxml import etree

from remediate.lab.login import render
from tests.lab.simulator.stock_clients import DEADLINE_S, Named, RunningLab, running

SERVICES = "service_name=_cisco-uds&service_name=_cuplogin"
PORT = 8443


def b64(text: str) -> str:
    """Unpadded URL-safe base64."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


CONFIG = f"/{b64('example.test')}/get_edge_config?{SERVICES}"
DEVICES = f"/{b64('example.test/https/cucm-pub.example.test/8443')}/cucm-uds/user/emusk/devices"
TFTP = f"/{b64('example.test/https/cucm-pub.example.test/6972')}/CSFemusk.cnf.xml"


class Outside:
    """A client on the internet that trusts the lab's root and checks the peer's name."""

    def __init__(self, lab: RunningLab) -> None:
        entry = lab.peer("exp-e-1")
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.verify = str(lab.directory / "inventory" / "trust" / "lab-root.pem")
        self.session.mount("https://", Named(entry["fqdn"]))
        self.base = f"https://{entry['address']}:{PORT}"

    def get(self, path: str, **headers: str) -> requests.Response:
        """One request."""
        return self.session.get(self.base + path, headers=headers, timeout=DEADLINE_S)


@pytest.fixture
def outside(lab: RunningLab) -> Outside:
    """A client of the shared lab."""
    return Outside(lab)


@pytest.fixture
def healthy(tmp_path: Path) -> Iterator[RunningLab]:
    """Three peers, nothing wrong."""
    with running(tmp_path / "lab", "healthy", peers=3) as made:
        yield made


def log(lab: RunningLab, peer: str) -> str:
    """A peer's traffic server log."""
    path = lab.directory / "logs" / peer / "traffic_server.log"
    return path.read_text() if path.exists() else ""


def via_e(lab: RunningLab) -> list[dict[str, Any]]:
    """The steps of a login through Expressway-E."""
    return list(lab.hand("login", via_e=True)["steps"])


def test_configuration(lab: RunningLab, outside: Outside) -> None:
    """The first answer names the servers of each service as their database does at that moment."""
    lab.hand("edit", node="cucm-pub", name="10.1.1.2")
    reply = outside.get(CONFIG)
    assert (reply.status_code, reply.headers["Content-Type"]) == (200, "text/xml; charset=utf-8")
    root = etree.fromstring(reply.content)
    found = {service.findtext("name"): service.xpath("server/address/text()") for service in root.iter("service")}
    assert found == {"_cisco-uds": ["10.1.1.2", "cucm-sub.example.test"], "_cuplogin": ["imp-1.example.test"]}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/{b64('other.test')}/get_edge_config?{SERVICES}", 403),
        (f"/{b64('example.test')}/get_edge_config", 400),
        ("/ZeW50LXBhLmNvbQ/get_edge_config?service_name=_cisco-uds", 400),
        ("/", 400),
        (f"/{b64('example.test/https/elsewhere.test/8443')}/", 403),
    ],
)
def test_refusals(lab: RunningLab, outside: Outside, path: str, status: int) -> None:
    """What is not in the form, or not of this domain, or not allowed, is refused, and Expressway-E logs it so."""
    assert outside.get(path, TrackingID=f"refused-{status}").status_code == status
    last = log(lab, "exp-e-1").splitlines()[-2]
    assert f'Event="Sending HTTP error response" Status="{status}" Reason="' in last
    assert 'Dst-ip="127.0.0.1" Dst-port="' in last


def test_log_lines_of_both(lab: RunningLab, outside: Outside) -> None:
    """One tracking id joins the lines of Expressway-E and of the Expressway-C peer that served the request."""
    assert outside.get(DEVICES, TrackingID="joined-1").status_code == 200
    mine = [line for line in log(lab, "exp-e-1").splitlines() if "joined-1" in line]
    assert ['Detail="Receive Request"' in mine[0], 'Detail="Sending Request"' in mine[1]] == [True, True]
    assert "exp-e-1 traffic_server[" in mine[0]
    served = [peer for peer in ("exp-c-1", "exp-c-2") if "joined-1" in log(lab, peer)]
    assert len(served) == 1
    assert f'Dst-ip="{lab.peer(served[0])["address"]}" Dst-port="8444"' in mine[1]


def test_a_session_keeps_to_its_peer(healthy: RunningLab) -> None:
    """Each session goes to the next live peer and stays there; its cookie is in no log."""
    served = []
    for number in range(3):
        client = Outside(healthy)
        client.get(CONFIG)
        token = client.session.cookies.get("X-Auth")
        assert token
        for path in (DEVICES, TFTP):
            assert client.get(path, TrackingID=f"kept-{number}").status_code == 200
        peers = [f"exp-c-{index}" for index in (1, 2, 3) if f"kept-{number}" in log(healthy, f"exp-c-{index}")]
        assert len(peers) == 1
        served += peers
        assert not any(token in path.read_text() for path in (healthy.directory / "logs").rglob("*.log"))
    assert sorted(served) == ["exp-c-1", "exp-c-2", "exp-c-3"]


def test_login_names_the_peer(lab: RunningLab) -> None:
    """A login through Expressway-E is told per Expressway-C peer that served it, with that peer's WARNING."""
    steps = via_e(lab)
    assert {step["via"] for step in steps} == {"exp-e-1"}
    assert {step["peer"] for step in steps if step["path"].startswith("/get_edge")} == {""}
    failed = {(step["peer"], step["name"], step["port"], step["status"]) for step in steps if step["status"] != 200}
    nodes = ("cucm-pub.example.test", "cucm-sub.example.test")
    assert failed == {(peer, node, 6972, 502) for peer in ("exp-c-1", "exp-c-2") for node in nodes}
    shown = render(steps)  # type: ignore[arg-type]
    assert "exp-e-1 → exp-c-1" in shown
    assert "WARNING: Core server certificate verification failed for (cucm-pub.example.test)" in shown


def test_dead_peers(lab: RunningLab) -> None:
    """Only live peers are given requests; without one the client has 502, without Expressway-E nothing."""
    lab.hand("kill", host="exp-c-1")
    assert {step["peer"] for step in via_e(lab)} == {"", "exp-c-2"}
    lab.hand("kill", host="exp-c-2")
    assert [step["status"] for step in via_e(lab)] == [502]
    lab.hand("kill", host="exp-e-1")
    assert via_e(lab) == []
    with pytest.raises(requests.ConnectionError):
        Outside(lab).get(CONFIG)


def test_first_choice(lab: RunningLab) -> None:
    """With `edge_choice` first every session goes to the first live peer."""
    lab.hand("edit", cluster="exp-e", switch="edge_choice", value="first")
    assert {step["peer"] for step in via_e(lab)} == {"", "exp-c-1"}


def test_clusters_apart(tmp_path: Path) -> None:
    """In a lab of several clusters each host's requests go to the cluster that serves it."""
    with running(tmp_path / "lab", "mixed", peers=1) as lab:
        steps = via_e(lab)
    assert all(not step["peer"] or step["peer"] == f"{step['cluster']}-1" for step in steps)
    assert {step["cluster"] for step in steps if step["status"] == 502} == {"amber-exp-c", "birch-exp-c", "cedar-exp-c"}

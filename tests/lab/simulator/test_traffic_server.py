"""The traffic servers of the lab: the real one, and the proxy that stands in for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from remediate.lab import login, traffic
from remediate.lab.errors import LabError
from remediate.lab.pki import Forge, Request, pem
from remediate.lab.traffic import ats
from remediate.lab.traffic.front import PORT, Front
from remediate.lab.traffic.request import CONTROL, encode
from remediate.lab.world import UC_CIPHERS, VERIFY_ORIGIN, PortBinding
from tests.lab.simulator.running import Running, lab

ENGINES = ("ats", "proxy")
OLD_ERROR = "error:1416F086:SSL routines:tls_process_server_certificate:certificate verify failed"
Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts a scenario with one engine; the lab ends with the test."""
    opened = []

    def one(scenario: str, engine: str, *, peers: int = 1) -> Running:
        monkeypatch.setenv(traffic.CHOICE, engine)
        running = lab(scenario, tmp_path, fronts=True, peers=peers)
        opened.append(running)
        return running.__enter__()

    yield one
    for running in reversed(opened):
        running.__exit__(None, None, None)


def statuses(steps: list[login.Step]) -> dict[tuple[str, int], int]:
    """Status by name and port."""
    return {(step["name"], step["port"]): step["status"] for step in steps}


def objections(steps: list[login.Step]) -> list[str]:
    """The WARNING and ERROR texts of all steps."""
    lines = [line for step in steps for line in step["log"] if "[ET_NET" in line]
    return [line.split("] ", 1)[1] for line in lines]


def publisher_alone(running: Running) -> None:
    """Serve the publisher only, so that a login makes two requests."""
    running.edge.serves = [running.cucm.name]
    running.cucm.nodes = running.cucm.nodes[:1]


def test_the_real_traffic_server_is_installed() -> None:
    """These tests judge nothing without Apache Traffic Server: its absence is a failure."""
    assert ats.find() is not None, "apt-get install trafficserver"


@pytest.mark.parametrize("engine", ENGINES)
def test_the_seeds_first_case_and_its_mend(start: Start, engine: str) -> None:
    """A self-signed ECDSA certificate on 6972 earns the seed's 502 and lines; once trusted, 200."""
    running = start("seed-untrusted-ca", engine)
    node, peer = running.publisher, running.edge.peers[0]
    steps = running.login()
    assert statuses(steps)[node.fqdn, 8443] == 200
    assert statuses(steps)[node.fqdn, 6972] == 502
    warning = f"WARNING: Core server certificate verification failed for ({node.fqdn}). Action=Terminate "
    warning += f"Error=self signed certificate server={node.fqdn}({node.address}) depth=0"
    assert objections(steps)[:2] == [warning, f"ERROR: SSL connection failed for '{node.fqdn}': {OLD_ERROR}"]

    def trust() -> None:
        peer.loaded += pem(*(one.certificates["tomcat-ECDSA"].chain[0] for one in running.cucm.nodes))

    running.change(trust)
    again = running.login()
    assert set(statuses(again).values()) == {200}
    assert objections(again) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_the_seeds_second_case_and_its_mend(start: Start, engine: str) -> None:
    """A server asked for by IP is not in its certificate: 502; renamed and refreshed, 200."""
    running = start("seed-server-by-ip", engine)
    node = running.publisher
    publisher_alone(running)
    address = node.address
    warning = f"WARNING: SNI ({address}) not in certificate. Action=Terminate server={address}({address})"
    error = f"ERROR: SSL connection failed for '{address}': {OLD_ERROR}"
    steps = running.login()
    assert set(statuses(steps).values()) == {502}
    assert objections(steps) == [warning, error, warning, error]
    running.change(lambda: setattr(node, "db_name", node.fqdn))
    assert set(statuses(running.login()).values()) == {403}
    running.change(lambda: running.edge.allow_list.update({f"https://{node.fqdn}:{port}/" for port in (8443, 6972)}))
    assert set(statuses(running.login()).values()) == {200}


@pytest.mark.parametrize("engine", ENGINES)
def test_verification_off_lets_everything_pass(start: Start, engine: str) -> None:
    """With VerifyOriginServer Off there is no 502 and no line; with On again it is back."""
    running = start("seed-untrusted-ca", engine)
    publisher_alone(running)
    settings = running.edge.peers[0].settings
    running.change(lambda: settings.update({VERIFY_ORIGIN: "Off"}))
    steps = running.login()
    assert (set(statuses(steps).values()), objections(steps)) == ({200}, [])
    running.change(lambda: settings.update({VERIFY_ORIGIN: "On"}))
    assert sorted(statuses(running.login()).values()) == [200, 502]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_release_before_verification_verifies_nothing(start: Start, engine: str) -> None:
    """Below the release that enforces, a stranger's certificate passes."""
    running = start("seed-untrusted-ca", engine)
    publisher_alone(running)
    running.change(lambda: setattr(running.edge, "version", "X14.0.7"))
    assert set(statuses(running.login()).values()) == {200}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_permissive_policy_continues_and_says_so(start: Start, engine: str) -> None:
    """PERMISSIVE answers 200 and still logs, with Action=Continue and no ERROR line."""
    running = start("seed-untrusted-ca", engine)
    publisher_alone(running)

    def permissive() -> None:
        running.edge.switches.off_policy = "PERMISSIVE"
        running.edge.peers[0].settings[VERIFY_ORIGIN] = "Off"

    running.change(permissive)
    steps = running.login()
    assert set(statuses(steps).values()) == {200}
    assert ["Action=Continue" in line for line in objections(steps)] == [True]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("trust", [b"", b"-----BEGIN CERTIFICATE-----\nbroken\n-----END CERTIFICATE-----\n"])
def test_a_broken_trust_list_is_an_outage(start: Start, engine: str, trust: bytes) -> None:
    """One broken block or an empty list answers 502 to everything, whatever the policy."""
    running = start("healthy", engine)
    publisher_alone(running)
    peer = running.edge.peers[0]
    running.change(lambda: setattr(peer, "loaded", trust))
    assert set(statuses(running.login()).values()) == {502}
    running.change(lambda: peer.settings.update({VERIFY_ORIGIN: "Off"}))
    assert set(statuses(running.login()).values()) == {502}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("scenario", "error"),
    [
        ("missing-intermediate", "unable to get local issuer certificate"),
        ("expired", "certificate has expired"),
        ("subscriber-only", "unable to get local issuer certificate"),
    ],
)
def test_both_engines_give_the_same_line(start: Start, engine: str, scenario: str, error: str) -> None:
    """On paths the proxy agrees with the real server in text and depth."""
    running = start(scenario, engine)

    def serve_rsa() -> None:
        for binding in (one for uc in running.world.ucs for node in uc.nodes for one in node.bindings):
            binding.ecdsa = None

    running.change(serve_rsa)
    steps = running.login()
    warnings = [line for line in objections(steps) if line.startswith("WARNING")]
    assert warnings
    assert all(f"Error={error} " in line and line.endswith("depth=0") for line in warnings)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_root_that_was_sent_fails_above_the_leaf(start: Start, engine: str) -> None:
    """A chain that brings its own unknown root fails with error 19's text at depth 1."""
    running = start("healthy", engine)
    publisher_alone(running)
    forge, node = Forge(datetime.now(UTC)), running.publisher
    root = forge.root("Unknown Root")
    made = forge.leaf(Request(node.fqdn, (node.fqdn,)), "rsa", root, root)

    def serve() -> None:
        node.certificates["tomcat"] = made
        node.bindings[0].ecdsa = None

    running.change(serve)
    line = objections(running.login())[0]
    assert "Error=self signed certificate in certificate chain " in line
    assert line.endswith("depth=1")


@pytest.mark.parametrize("engine", ENGINES)
def test_the_cipher_string_chooses_the_certificate(start: Start, engine: str) -> None:
    """With RSA suites first the self-signed ECDSA certificate is not asked for, and 6972 passes."""
    running = start("seed-untrusted-ca", engine)
    publisher_alone(running)
    settings = running.edge.peers[0].settings
    prefix = "ECDHE-RSA-AES256-GCM-SHA384:"
    running.change(lambda: settings.update({UC_CIPHERS: f"{prefix}EECDH:HIGH:!aNULL"}))
    assert set(statuses(running.login()).values()) == {200}


@pytest.mark.parametrize("engine", ENGINES)
def test_the_peer_presents_its_certificate_where_asked(start: Start, engine: str) -> None:
    """A node that asks for a client certificate accepts the peer's own; one it does not know ends in 502."""
    running = start("healthy", engine)
    publisher_alone(running)
    peer = running.edge.peers[0]
    running.change(lambda: setattr(running.binding(6972), "asks_client_certificate", True))
    assert set(statuses(running.login()).values()) == {200}
    stranger = running.world.ucs[1].nodes[0].certificates["tomcat"]
    front = next(one for one in running.opened if isinstance(one, Front))
    running.change(lambda: setattr(front, "peer", replace(peer, tls=stranger)))
    assert sorted(statuses(running.login()).values()) == [200, 502]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_node_that_is_down_is_a_502_without_a_warning(start: Start, engine: str) -> None:
    """A connection refused is not a verdict: 502, and no line about certificates."""
    running = start("healthy", engine)
    publisher_alone(running)
    running.change(lambda: setattr(running.publisher, "alive", False))
    steps = running.login()
    assert set(statuses(steps).values()) == {502}
    assert not any("certificate" in line for line in objections(steps))


@pytest.mark.parametrize("engine", ENGINES)
def test_an_unknown_name_is_a_502(start: Start, engine: str) -> None:
    """A name that DNS does not know is answered soon, with 502."""
    running = start("healthy", engine)
    publisher_alone(running)

    def rename() -> None:
        running.publisher.db_name = "nowhere.example.test"
        running.edge.allow_list.add("https://nowhere.example.test:")

    running.change(rename)
    assert set(statuses(running.login()).values()) == {502}


def test_only_the_proxy_reads_ip_addresses_in_a_certificate(start: Start) -> None:
    """An iPAddress entry does not help with the real server; the proxy says at its start that it is approximate."""
    running = start("seed-server-by-ip", "ats")
    publisher_alone(running)
    node = running.publisher
    forge = Forge(datetime.now(UTC))
    made = forge.leaf(Request(node.fqdn, (node.fqdn, node.address)), "rsa")

    def serve() -> None:
        node.certificates["tomcat"] = made
        node.bindings = [PortBinding(8443, "tomcat", None), *node.bindings[1:]]
        running.edge.peers[0].loaded += pem(made.chain[0])

    running.change(serve)
    assert objections(running.login())[0].startswith(f"WARNING: SNI ({node.address}) not in certificate.")


def test_the_proxy_says_aloud_that_it_is_one(start: Start, capfd: pytest.CaptureFixture[str]) -> None:
    """Starting without the real server writes one notice to stderr."""
    start("healthy", "proxy", peers=2)
    assert capfd.readouterr().err.count("names approximately") == 1


def test_each_peer_judges_by_its_own_list(start: Start) -> None:
    """With the certificate loaded on one peer only, that peer answers 200 and the other 502."""
    running = start("seed-untrusted-ca", "ats", peers=2)
    publisher_alone(running)
    first = running.edge.peers[0]

    def trust() -> None:
        first.loaded += pem(running.publisher.certificates["tomcat-ECDSA"].chain[0])

    running.change(trust)
    found = {(step["peer"], step["port"]): step["status"] for step in running.login()}
    assert [found[peer.name, 6972] for peer in running.edge.peers] == [200, 502]


def test_the_real_servers_lines_stand_in_a_log_of_their_own(start: Start) -> None:
    """The raw log keeps OpenSSL 3's words; with texts 3 the envelope does too, without an ERROR line."""
    running = start("seed-untrusted-ca", "ats")
    publisher_alone(running)
    running.change(lambda: setattr(running.world, "openssl_texts", "3"))
    lines = objections(running.login())
    assert len(lines) == 1
    assert "Error=self-signed certificate " in lines[0]
    assert lines[0] in (running.directory / "logs" / running.edge.peers[0].name / "diags.log").read_text()


def test_the_envelope_has_the_seeds_order(start: Start) -> None:
    """Receive, Allowed, Sending Request, the verdict, Sending Response; 502 in the seed's words."""
    running = start("seed-untrusted-ca", "ats")
    publisher_alone(running)
    good, bad = (step["log"] for step in running.login())
    marks = ['"Receive Request"', '"Request Allowed"', '"Sending Request"']
    for line, mark in zip(good, [*marks, '"Receive Response"', '"Sending Response"'], strict=True):
        assert mark in line
    for line, mark in zip(bad, [*marks, "WARNING: Core", "ERROR: SSL", '"Sending Response"'], strict=True):
        assert mark in line
    assert bad[-1].endswith('Msg="HTTP/1.1 502 connect failed"')


def test_the_allow_list_and_the_form_have_their_status(start: Start) -> None:
    """403 for an origin without a rule or another domain, 400 for what is not in the form, 503 in a refresh."""
    running = start("healthy", "ats")
    base = f"http://{running.edge.peers[0].address}:{PORT}"
    host = {"Host": f"{CONTROL}.{running.edge.mra_domain}:8443"}

    def get(path: str) -> int:
        return requests.get(base + path, headers=host, timeout=20).status_code

    def segment(domain: str, name: str) -> str:
        return f"/{encode(domain, name, 8443)}/cucm-uds/servers"

    domain, name = running.edge.mra_domain, running.publisher.fqdn
    assert get(segment(domain, name)) == 200
    assert get(segment(domain, "elsewhere.example.test")) == 403
    assert get(segment("other.test", name)) == 403
    assert get("/%%%/x") == 400
    running.change(lambda: setattr(running.edge, "refreshing", True))
    assert get(segment(domain, name)) == 503


def test_a_dead_peer_gives_no_answer_and_its_engine_ends(start: Start) -> None:
    """Login leaves a dead peer out; what speaks to it directly is cut off."""
    running = start("healthy", "ats")
    peer = running.edge.peers[0]
    running.login()
    running.change(lambda: setattr(peer, "alive", False))
    running.wait(traffic.peer_changed(peer))
    assert running.login() == []
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://{peer.address}:{PORT}/", timeout=20)


def test_a_changed_peer_is_followed_before_the_next_request(start: Start) -> None:
    """`peer_changed` restarts a running engine with the new list."""
    running = start("seed-untrusted-ca", "ats")
    publisher_alone(running)
    peer = running.edge.peers[0]
    before = running.login()[0]["log"][0]

    def trust() -> None:
        peer.loaded += pem(running.publisher.certificates["tomcat-ECDSA"].chain[0])

    running.change(trust)
    running.wait(traffic.peer_changed(peer))
    after = running.login()
    assert set(statuses(after).values()) == {200}
    assert before.split("traffic_server[")[1].split("]")[0] not in after[0]["log"][0].split(" UTCTime")[0]


def test_the_table_shows_each_refusal_under_its_row(start: Start) -> None:
    """People read peer, origin, path and status, and why."""
    running = start("seed-server-by-ip", "ats")
    publisher_alone(running)
    lines = login.render(running.login()).splitlines()
    address = running.publisher.address
    assert lines[0].split() == [
        running.edge.peers[0].name,
        f"{address}:8443",
        "/cucm-uds/user/emusk/devices",
        "502",
    ]
    assert lines[1].strip().startswith(f"WARNING: SNI ({address}) not in certificate.")
    assert login.render([]).startswith("no Expressway-C peer is up")


def test_a_wrong_choice_of_engine_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable takes two words; another is named in the error, as is an engine that is not there."""
    with lab("healthy", tmp_path) as running:
        monkeypatch.setenv(traffic.CHOICE, "nginx")
        with pytest.raises(LabError, match="'nginx'"):
            asyncio.run(traffic.start(running.world, tmp_path))
        monkeypatch.setenv(traffic.CHOICE, "ats")
        monkeypatch.setattr(ats, "find", lambda: None)
        with pytest.raises(LabError, match="apt-get install trafficserver"):
            asyncio.run(traffic.start(running.world, tmp_path))

"""The inventory that a lab writes, held against what its devices show to stock clients."""

from __future__ import annotations

import hashlib
import os
import signal
import ssl
import subprocess
import sys
from pathlib import Path

import paramiko
import pytest
from cryptography import x509

from remediate.lab.control import NAME
from remediate.lab.pki import blocks, sha256
from tests.lab.simulator.stock_clients import RunningLab, until

ROLES = {
    "exp-c": "expressway-c",
    "exp-e": "expressway-e",
    "cucm": "cucm",
    "imp": "im-and-presence",
    "cuc": "unity-connection",
}


def test_clusters(lab: RunningLab) -> None:
    """Every cluster stands there with its role, and Expressway-C names what it serves."""
    clusters = lab.inventory["clusters"]
    assert {name: cluster["role"] for name, cluster in clusters.items()} == ROLES
    assert clusters["exp-c"]["serves"] == ["cucm", "imp", "cuc"]
    assert clusters["cucm"]["publisher"] == "cucm-pub"


@pytest.mark.parametrize("name", ["exp-c-1", "exp-c-2"])
def test_pins_of_a_peer(lab: RunningLab, name: str) -> None:
    """Host key and certificate are those that the peer shows."""
    entry = lab.peer(name)
    transport = paramiko.Transport((entry["address"], entry["ports"]["ssh"]))
    transport.start_client()
    key = transport.get_remote_server_key()
    transport.close()
    assert f"{key.get_name()} {key.get_base64()}" == entry["ssh_host_key"]
    shown = ssl.get_server_certificate((entry["address"], entry["ports"]["https"]))
    assert hashlib.sha256(ssl.PEM_cert_to_DER_cert(shown)).hexdigest() == entry["tls_sha256"]


@pytest.mark.parametrize(
    ("cluster", "node"),
    [("cucm", "cucm-pub"), ("cucm", "cucm-sub"), ("imp", "imp-1"), ("cuc", "cuc-1")],
)
def test_pin_of_a_node(lab: RunningLab, cluster: str, node: str) -> None:
    """What 8443 shows is among the pins, and the pinned file holds exactly the pinned certificates."""
    entry = lab.inventory["clusters"][cluster]["nodes"][node]
    pins = entry["tls_sha256"] if isinstance(entry["tls_sha256"], list) else [entry["tls_sha256"]]
    shown = ssl.get_server_certificate((entry["address"], entry["ports"]["https"]))
    assert hashlib.sha256(ssl.PEM_cert_to_DER_cert(shown)).hexdigest() in pins
    held = blocks((lab.directory / "inventory" / entry["tls_certificate"]).read_bytes())
    assert [sha256(certificate) for certificate in held] == pins


def test_owned_certificates(lab: RunningLab) -> None:
    """Each trusted certificate is a file whose digest is written beside it; a leaf has no word for a CA."""
    for owned in lab.inventory["trusted_certificates"].values():
        (held,) = blocks((lab.directory / "inventory" / owned["file"]).read_bytes())
        constraints = [one for one in held.extensions if isinstance(one.value, x509.BasicConstraints)]
        assert sha256(held) == owned["sha256"]
        assert ("certificate-authority" in owned["accept"]) is bool(constraints)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_foreground(tmp_path: Path, number: signal.Signals) -> None:
    """In the foreground a lab tells where its inventory is and ends well on a signal."""
    directory = tmp_path / "lab"
    with subprocess.Popen(
        [sys.executable, "-m", "remediate.lab", "up", "--scenario", "healthy", "--dir", str(directory), "--peers", "1"],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        until(lambda: (directory / NAME).exists() or process.poll() is not None, "it never started")
        process.send_signal(number)
        said, _ = process.communicate()
    assert process.returncode == 0
    assert str(directory / "inventory") in said
    assert not (directory / NAME).exists()


def test_left_behind(tmp_path: Path) -> None:
    """A lab whose process was killed leaves a directory that another can use."""
    command = [sys.executable, "-m", "remediate.lab", "up", "--scenario", "healthy", "--dir", str(tmp_path / "lab")]
    for _ in range(2):
        with subprocess.Popen([*command, "--peers", "1"], stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert "is up" in process.stdout.readline()
            os.kill(process.pid, signal.SIGKILL)

"""Clients that any operator has, pointed at a lab: paramiko for the shell, requests for the pages."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import paramiko
import requests
from requests.adapters import HTTPAdapter
from ruamel.yaml import YAML

from remediate.lab.control import send
from remediate.lab.serve import Order, down, up

DEADLINE_S = 15.0
LAST = ("OK", "ERROR", "Command not recognized.")


def until(condition: Callable[[], bool], what: str) -> None:
    """Poll until the condition holds; fail with `what` at the deadline."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, what


class Named(HTTPAdapter):
    """Checks the certificate against a name while connecting to an address."""

    def __init__(self, name: str) -> None:
        self._name = name
        super().__init__()

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        """Every connection of the pool asks for the one name."""
        super().init_poolmanager(*args, **more, assert_hostname=self._name, server_hostname=self._name)


@dataclass(frozen=True)
class RunningLab:
    """A lab that runs in `directory`."""

    directory: Path

    @cached_property
    def inventory(self) -> dict[str, Any]:
        """The inventory as written."""
        return dict(YAML(typ="safe").load(self.directory / "inventory" / "clusters.yml"))

    def peer(self, name: str) -> dict[str, Any]:
        """A peer's entry in the inventory."""
        cluster = name.rsplit("-", 1)[0]
        return dict(self.inventory["clusters"][cluster]["peers"][name])

    def password(self, cluster: str = "exp-c") -> str:
        """The cluster's password."""
        return (self.directory / "inventory" / "secrets" / f"{cluster}-admin").read_text().strip()

    def hand(self, verb: str, **arguments: Any) -> dict[str, Any]:
        """Do something by hand."""
        return send(self.directory, verb, **arguments)

    def state(self, peer: str) -> dict[str, Any]:
        """What the lab itself knows of a peer."""
        return dict(self.hand("state")["peers"][peer])

    def record(self, **wanted: str) -> list[dict[str, Any]]:
        """The record's lines that hold these values."""
        lines = [json.loads(line) for line in (self.directory / "record.ndjson").read_text().splitlines()]
        return [line for line in lines if all(line.get(key) == value for key, value in wanted.items())]

    @contextmanager
    def shell(self, name: str) -> Iterator[StockShell]:
        """A paramiko shell on a peer, its host key checked against the inventory."""
        with self.connected(name, self.password()) as client:
            yield StockShell(client.invoke_shell())

    @contextmanager
    def connected(self, name: str, password: str) -> Iterator[paramiko.SSHClient]:
        """A paramiko client on a peer."""
        entry = self.peer(name)
        client = paramiko.SSHClient()
        kind, key = entry["ssh_host_key"].split()
        known = f"[{entry['address']}]:{entry['ports']['ssh']}"
        client.get_host_keys().add(known, kind, paramiko.ECDSAKey(data=base64.b64decode(key)))
        client.connect(
            entry["address"],
            entry["ports"]["ssh"],
            "admin",
            password,
            look_for_keys=False,
            allow_agent=False,
        )
        try:
            yield client
        finally:
            client.close()

    def web(self, name: str) -> StockWeb:
        """A requests session on a peer, its certificate verified."""
        entry = self.peer(name)
        session = requests.Session()
        session.trust_env = False
        session.auth = ("admin", self.password())
        session.verify = str(self.directory / "inventory" / "trust" / "lab-root.pem")
        session.mount("https://", Named(entry["fqdn"]))
        return StockWeb(session, f"https://{entry['address']}:{entry['ports']['https']}")


@dataclass
class StockShell:
    """A shell that reads a reply up to its last line, as netmiko does."""

    channel: paramiko.Channel

    def __post_init__(self) -> None:
        self.channel.settimeout(DEADLINE_S)

    def ask(self, *lines: str) -> list[str]:
        """Send lines in one write and read as many replies, each without its echo."""
        self.channel.sendall(("".join(f"{line}\r\n" for line in lines)).encode())
        return [self._reply(line) for line in lines]

    def read_until(self, wanted: str) -> str:
        """Read until some text has come."""
        text = ""
        while wanted not in text:
            text += self._some()
        return text

    def _reply(self, line: str) -> str:
        text = ""
        while not text.rstrip("\r\n").endswith(LAST) or not text.endswith("\n"):
            text += self._one_line()
        return text.split(f"{line}\r\n", 1)[-1].replace("\r\n", "\n").strip()

    def _one_line(self) -> str:
        line = b""
        while not line.endswith(b"\n"):
            byte = self.channel.recv(1)
            assert byte, "the shell closed in the middle of a reply"
            line += byte
        return line.decode()

    def _some(self) -> str:
        data = self.channel.recv(4096)
        assert data, "the shell closed"
        return data.decode()


@dataclass(frozen=True)
class StockWeb:
    """Requests to one peer."""

    session: requests.Session
    base: str

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        """One request."""
        return self.session.request(method, self.base + path, timeout=DEADLINE_S, **more)

    def upload(self, pem: bytes) -> requests.Response:
        """A trusted CA as multipart form field `file`."""
        return self.call("POST", "/api/provisioning/certs/root", files={"file": ("ca.pem", pem)})

    def trusted(self) -> str:
        """The trusted CA list."""
        return self.call("GET", "/api/provisioning/certs/root").text

    def uptime(self) -> int | None:
        """Seconds since start; None while the peer does not answer."""
        try:
            return int(self.call("GET", "/api/provisioning/sysinfo").json()["Uptime"])
        except requests.ConnectionError:
            return None


@contextmanager
def running(directory: Path, scenario: str = "seed-untrusted-ca", **more: Any) -> Iterator[RunningLab]:
    """A detached lab, taken down at the end."""
    up(Order(scenario, directory, **more), detach=True)
    try:
        yield RunningLab(directory)
    finally:
        down(directory)

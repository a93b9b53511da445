"""A small world whose UC nodes and traffic servers run on a loop of their own, for tests that use stock clients."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import requests
from lxml import etree
from requests.adapters import HTTPAdapter

from remediate.lab import login, traffic, uc
from remediate.lab.build import Shape
from remediate.lab.network import take
from remediate.lab.pki import pem
from remediate.lab.scenarios import named
from remediate.lab.traffic.front import Front
from remediate.lab.world import ExpresswayCluster, PortBinding, UcCluster, UcNode, World

T = TypeVar("T")
LIMIT_S = 20.0


class Running:
    """One world and its loop. `written` collects what the lab recorded; `opened` its listeners."""

    def __init__(self, world: World, directory: Path) -> None:
        self.world, self.directory = world, directory
        self.written: list[dict[str, Any]] = []
        world.record = lambda **line: self.written.append(line)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self.opened: list[uc.Door | Front] = []

    def start(self, *, fronts: bool) -> None:
        """Open the UC nodes, and the traffic servers too where asked."""
        self._thread.start()
        self.opened += self.wait(uc.start(self.world, self.directory / "keys"))
        if fronts:
            self.opened += self.wait(traffic.start(self.world, self.directory))

    def stop(self) -> None:
        """Close everything and end the loop."""
        for one in reversed(self.opened):
            self.wait(one.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the lab's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(LIMIT_S)

    def change(self, what: Callable[[], object]) -> None:
        """Change the world where it is owned: on its loop."""

        async def now() -> None:
            what()

        self.wait(now())

    def login(self) -> list[login.Step]:
        """One login through every peer."""
        return self.wait(login.login(self.world, self.directory))

    @property
    def edge(self) -> ExpresswayCluster:
        """The Expressway-C cluster."""
        return next(one for one in self.world.expressways if one.role == "C")

    @property
    def cucm(self) -> UcCluster:
        """The CUCM cluster."""
        return next(one for one in self.world.ucs if one.kind == "cucm")

    @property
    def publisher(self) -> UcNode:
        """The CUCM publisher."""
        return self.cucm.nodes[0]

    def binding(self, port: int) -> PortBinding:
        """A port of the publisher."""
        return next(one for one in self.publisher.bindings if one.port == port)

    def session(self, node: UcNode | None = None) -> requests.Session:
        """A stock HTTPS client that trusts the lab's authorities and checks the node's FQDN."""
        session = requests.Session()
        bundle = self.directory / "authorities.pem"
        bundle.write_bytes(pem(*(owned.der for owned in self.world.owned)))
        session.verify = str(bundle)
        session.trust_env = False
        session.mount("https://", _Named((node or self.publisher).fqdn))
        return session

    def url(self, path: str, port: int = 8443, node: UcNode | None = None) -> str:
        """A URL of a node, by its address."""
        return f"https://{(node or self.publisher).address}:{port}{path}"


class _Named(HTTPAdapter):
    """Checks one name, whatever address the URL holds."""

    def __init__(self, name: str) -> None:
        self._name = name
        super().__init__()

    def init_poolmanager(self, *args: Any, **settings: Any) -> None:
        super().init_poolmanager(*args, assert_hostname=self._name, server_hostname=self._name, **settings)


@contextmanager
def lab(scenario: str, directory: Path, *, fronts: bool = False, peers: int = 1) -> Iterator[Running]:
    """A running lab of one scenario on addresses of its own."""
    network = take(Shape(peers=peers).hosts)
    try:
        running = Running(named(scenario).build(scenario, Shape(network=network.prefix, peers=peers)), directory)
        try:
            running.start(fronts=fronts)
            yield running
        finally:
            running.stop()
    finally:
        network.release()


def handshake(address: str, port: int, context: ssl.SSLContext) -> bytes:
    """The leaf that a server sends to a client that checks nothing: only what is sent matters here."""
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection((address, port), LIMIT_S) as raw, context.wrap_socket(raw) as tls:
        found = tls.getpeercert(binary_form=True)
    assert found is not None
    return found


def client(ciphers: str = "", *, tls13: bool = False) -> ssl.SSLContext:
    """A TLS client of one cipher list, in TLS 1.2 unless told otherwise."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.maximum_version = ssl.TLSVersion.TLSv1_3 if tls13 else ssl.TLSVersion.TLSv1_2
    if ciphers:
        context.set_ciphers(ciphers)
    return context


def texts(answer: requests.Response, name: str) -> list[str]:
    """The texts of all elements with this local name."""
    return [item.text or "" for item in etree.fromstring(answer.content).iter() if etree.QName(item).localname == name]

"""Labs for the driver contract: one per form that the vendor's texts leave open."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from remediate.drivers import registry
from remediate.lab.control import send
from remediate.lab.serve import Order, down, up
from remediate.model.inventory import Cluster, Host, Inventory
from remediate.model.observed import NodeCertificates
from tests.support import tiny_inventory
from tests.support.tiny_clock import SystemClock


class Lab:
    """A running lab, its inventory, and drivers wired to it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.inventory: Inventory = tiny_inventory.load(directory / "inventory")
        self.clock = SystemClock()
        self.readers = registry.readers(registry.gate(tiny_inventory.resolve), self.clock)
        self.writers = registry.writers(registry.gate(tiny_inventory.resolve), self.clock)

    def node(self, name: str) -> tuple[Cluster, Host]:
        """A host and its cluster."""
        host = self.inventory.host(name)
        return self.inventory.cluster(host.cluster), host

    def certificates(self, name: str) -> NodeCertificates:
        """What a UC node says of its certificates."""
        with closing(self.readers.certificates(*self.node(name))) as reader:
            return reader.read()

    def hand(self, verb: str, **arguments: str) -> dict[str, object]:
        """What a hand does to the fleet."""
        return send(self.directory, verb, **arguments)

    def recorded(self, verb: str, host: str = "") -> list[dict[str, str]]:
        """Lines of the lab's own record."""
        lines = (self.directory / "record.ndjson").read_text(encoding="utf-8").splitlines()
        found = [json.loads(line) for line in lines]
        return [line for line in found if line["verb"].startswith(verb) and host in {"", line["host"]}]

    def switch(self, cluster: str, **values: str) -> None:
        """Give switches of a cluster other values."""
        for name, value in values.items():
            self.hand("edit", cluster=cluster, switch=name, value=value)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One lab for the whole suite."""
    directory = tmp_path_factory.mktemp("lab")
    up(Order("healthy", directory), detach=True)
    lab = Lab(directory)
    lab.hand("snapshot", name="fresh")
    yield lab
    down(directory)


@pytest.fixture
def lab(running: Lab) -> Lab:
    """The lab in its first state, with drivers that remember nothing."""
    running.hand("restore", name="fresh")
    return Lab(running.directory)


@pytest.fixture(scope="session")
def old_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab of a release before X14.2."""
    directory = tmp_path_factory.mktemp("old")
    up(Order("healthy", directory, peers=1, version="X12.7"), detach=True)
    yield Lab(directory)
    down(directory)

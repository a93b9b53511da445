"""Logs in through every peer of an Expressway-E cluster, as often as asked. Reads only; keeps no answer."""

from __future__ import annotations

import uuid
from contextlib import closing
from dataclasses import dataclass

from remediate.drivers.credentials import Gate
from remediate.drivers.http import Https, Page
from remediate.drivers.login import wire
from remediate.errors import DeviceError
from remediate.model.inventory import Cluster, Host, Inventory
from remediate.model.login import Login, Request
from remediate.model.policy import LoginTest


@dataclass(frozen=True)
class Logins:
    """The client, behind the gate of all credentials: a refused test account is tried once."""

    gate: Gate

    def login(self, inventory: Inventory, test: LoginTest) -> Login:
        """`test.repeat` logins through each peer. What fails is in the result, with the reason; nothing is raised."""
        assert test.credentials is not None, "files.policy lets no test without an account through"
        edge = inventory.cluster(test.edge)
        requests = (
            request
            for turn in range(1, test.repeat + 1)
            for host in edge.hosts
            for request in _Session(self.gate, edge, host, test, turn).login(_voicemail(inventory))
        )
        return Login(requests=tuple(requests))


@dataclass(frozen=True)
class _Session:
    """One client at one Expressway-E peer: its cookie ties it to one Expressway-C peer."""

    gate: Gate
    edge: Cluster
    host: Host
    test: LoginTest
    turn: int

    def login(self, voicemail: tuple[str, ...]) -> list[Request]:
        """The configuration, then all that it names. A client without a configuration goes no further."""
        account = self.host.model_copy(update={"credentials": self.test.credentials})
        with closing(Https(account, self.gate, self.edge.durations, wire.PORT)) as https:
            first, page = self._get(
                https, wire.configuration_path(self.test.domain), wire.Asked("", 0, "", "configuration")
            )
            if page is None or not first.good:
                return [first]
            assert self.test.credentials is not None
            try:
                asked = wire.requests_for(page.body, self.test.credentials.username, voicemail)
            except wire.NotConfiguration as error:
                return [first.model_copy(update={"status": 0, "why": f"no edge configuration came: {error}"})]
            return [first, *(self._get(https, wire.origin_path(self.test.domain, one), one)[0] for one in asked)]

    def _get(self, https: Https, path: str, asked: wire.Asked) -> tuple[Request, Page | None]:
        tracking = str(uuid.uuid4())
        headers = {"Host": f"{self.host.fqdn}:{wire.PORT}", "TrackingID": tracking}
        page, why = None, ""
        try:
            page = https.request("GET", path, headers=headers)
        except DeviceError as error:
            why = str(error)
        status = page.status if page else 0
        request = Request(
            edge=self.host.name,
            round=self.turn,
            origin=asked.origin,
            port=asked.port,
            path=asked.path or "/get_edge_config",
            what=asked.what,
            status=status,
            why=why or ("" if status == 200 else f"HTTP {status}"),
            tracking=tracking,
        )
        return request, page


def _voicemail(inventory: Inventory) -> tuple[str, ...]:
    """Unity Connection servers: Expressway-E does not name them, CUCM's UC Service does."""
    return tuple(host.fqdn for cluster in inventory.of_role("unity-connection") for host in cluster.hosts)

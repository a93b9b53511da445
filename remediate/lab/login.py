"""A client's login through every Expressway-C peer: the seed's requests, and what became of each."""

from __future__ import annotations

import asyncio
import re
import ssl
import uuid
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from typing import TypedDict

from remediate.lab import edge
from remediate.lab.pki import pem
from remediate.lab.traffic import exchange
from remediate.lab.traffic.envelope import LOG
from remediate.lab.traffic.front import PORT
from remediate.lab.traffic.request import CONTROL, encode, segment
from remediate.lab.world import ExpresswayCluster, Peer, UcCluster, World

USER = "emusk"
SERVICES = "&".join(f"service_name={name}" for name in edge.SERVICES)
_NUMBER = re.compile(r'Txn-id="(\d+)"')


class Step(TypedDict):
    """One request. `status` is HTTP's, 0 where the peer gave no answer; `log` its lines on that peer.

    `via` is the Expressway-E peer that it went through, empty where it went straight; then `peer` is the one
    that served it as the Expressway-E log tells, empty where none did.
    """

    cluster: str
    via: str
    peer: str
    name: str
    port: int
    path: str
    status: int
    log: list[str]


async def login(world: World, directory: Path, user: str = USER, *, via_e: bool = False) -> list[Step]:
    """Go through every live peer of every Expressway-C cluster, towards each node it serves.

    With `via_e` through each live Expressway-E peer instead, one session per live Expressway-C peer: which of
    them serves it is the choice of the Expressway-E (see `edge.EdgeFront`).

    CUCM nodes are asked for by the name that UDS publishes, on 8443 and 6972; IM and Presence and
    Unity Connection on 8443. `directory` is the lab's own, with the peers' logs.
    """
    steps: list[Step] = []
    for cluster in (one for one in world.expressways if one.role == "C"):
        requests = [request for uc in world.ucs if uc.name in cluster.serves for request in _requests(uc, user)]
        if via_e:
            steps += await _sessions(world, directory, cluster, requests)
            continue
        for peer in (one for one in cluster.peers if one.alive):
            log = directory / "logs" / peer.name / LOG
            steps += [await _step(cluster, peer, request, log) for request in requests]
    return steps


def render(steps: list[Step]) -> str:
    """The steps as a table for people, with each refusal's WARNING under its row."""
    if not steps:
        return "no Expressway-C peer is up, or it serves no UC cluster\n"
    rows = [(_through(one), f"{one['name']}:{one['port']}", one["path"], str(one["status"] or "none")) for one in steps]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines: list[str] = []
    for row, step in zip(rows, steps, strict=True):
        lines.append("  ".join([*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[3]]))
        lines += [f"    {text}" for line in step["log"] if (text := _objection(line))]
    return "\n".join(lines) + "\n"


def _through(step: Step) -> str:
    return f"{step['via']} → {step['peer'] or '-'}" if step["via"] else step["peer"]


def _requests(cluster: UcCluster, user: str) -> list[tuple[str, int, str]]:
    """(name, port, path) of each request that a login makes of this cluster."""
    paths = {
        "cucm": ((8443, f"/cucm-uds/user/{user}/devices"), (6972, f"/CSF{user}.cnf.xml")),
        "imp": ((8443, "/EPASSoap/service/v105"),),
        "cuc": ((8443, "/vmrest/version"),),
    }[cluster.kind]
    return [(node.db_name, port, path) for node in cluster.nodes for port, path in paths]


async def _step(cluster: ExpresswayCluster, peer: Peer, request: tuple[str, int, str], log: Path) -> Step:
    name, port, path = request
    control, tracking = f"{CONTROL}.{cluster.mra_domain}:8443", str(uuid.uuid4())
    target = f"http://{control}/{encode(cluster.mra_domain, name, port)}{path}"
    begin = _size(log)
    try:
        reply = await exchange.get(peer.address, PORT, target, {"Host": control, "TrackingID": tracking})
        status = reply.status
    except exchange.NoAnswer:
        status = 0
    return Step(
        cluster=cluster.name, via="", peer=peer.name, name=name, port=port, path=path, status=status,
        log=_block(log, begin, tracking),
    )  # fmt: skip


@dataclass
class _Session:
    """A client outside, at one Expressway-E peer; `cookie` is what `get_edge_config` gave it."""

    world: World
    directory: Path
    cluster: ExpresswayCluster
    edge: Peer
    cookie: str = ""

    async def login(self, requests: list[tuple[str, int, str]]) -> list[Step]:
        """`get_edge_config`, then every request; a client that gets no configuration goes no further."""
        domain = self.cluster.mra_domain
        first = await self._step(self.edge.fqdn, edge.PORT, f"/{segment(domain)}", f"/get_edge_config?{SERVICES}")
        if first["status"] != 200:
            return [first]
        return [first] + [
            await self._step(name, port, f"/{encode(domain, name, port)}", path) for name, port, path in requests
        ]

    async def _step(self, name: str, port: int, prefix: str, path: str) -> Step:
        tracking, log = str(uuid.uuid4()), self._log(self.edge)
        begins = {peer.name: _size(self._log(peer)) for peer in (self.edge, *self.cluster.peers)}
        status = await self._get(prefix + path, tracking)
        lines = _block(log, begins[self.edge.name], tracking)
        core = next((peer for peer in self.cluster.peers if any(_sent_to(line, peer) for line in lines)), None)
        if core is not None:
            lines += _block(self._log(core), begins[core.name], tracking)
        return Step(
            cluster=self.cluster.name, via=self.edge.name, peer=core.name if core else "", name=name, port=port,
            path=path, status=status, log=lines,
        )  # fmt: skip

    async def _get(self, target: str, tracking: str) -> int:
        headers = {"Host": f"{self.edge.fqdn}:{edge.PORT}", "TrackingID": tracking}
        if self.cookie:
            headers["Cookie"] = f"{edge.COOKIE}={self.cookie}"
        roots = pem(*(owned.der for owned in self.world.owned if owned.name == "lab-root")).decode()
        try:
            async with asyncio.timeout(exchange.LIMIT_S):
                stream = await asyncio.open_connection(
                    self.edge.address, edge.PORT, ssl=ssl.create_default_context(cadata=roots),
                    server_hostname=self.edge.fqdn,
                )  # fmt: skip
                reply = await exchange.over(*stream, target, headers)
        except (OSError, TimeoutError, exchange.NoAnswer):
            return 0
        given = SimpleCookie(reply.headers.get("set-cookie", "")).get(edge.COOKIE)
        self.cookie = given.value if given else self.cookie
        return reply.status

    def _log(self, peer: Peer) -> Path:
        return self.directory / "logs" / peer.name / LOG


async def _sessions(
    world: World, directory: Path, cluster: ExpresswayCluster, requests: list[tuple[str, int, str]]
) -> list[Step]:
    """One login per live peer of the cluster, through each live Expressway-E peer."""
    edges = [peer for one in world.expressways if one.role == "E" for peer in one.peers if peer.alive]
    count = sum(peer.alive for peer in cluster.peers) or 1
    return [
        step for peer in edges for _ in range(count)
        for step in await _Session(world, directory, cluster, peer).login(requests)
    ]  # fmt: skip


def _sent_to(line: str, peer: Peer) -> bool:
    return 'Detail="Sending Request"' in line and f'Dst-ip="{peer.address}"' in line


def _size(log: Path) -> int:
    return log.stat().st_size if log.exists() else 0


def _block(log: Path, begin: int, tracking: str) -> list[str]:
    """The lines from the request with this tracking id to its response."""
    if not log.exists():
        return []
    with log.open("rb") as file:
        file.seek(begin)
        lines = file.read().decode("utf-8", "replace").splitlines()
    first = next((at for at, line in enumerate(lines) if f'TrackingID="{tracking}"' in line), None)
    if first is None:
        return []
    number = _NUMBER.search(lines[first])
    end = f'Detail="Sending Response" Txn-id="{number[1] if number else ""}"'
    last = next((at for at in range(first, len(lines)) if end in lines[at]), len(lines) - 1)
    return lines[first : last + 1]


def _objection(line: str) -> str:
    at = max(line.find("WARNING: "), line.find('Event="Request Denied"'))
    return line[at:] if at >= 0 else ""

"""A client's login through every Expressway-C peer: the seed's requests, and what became of each."""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import TypedDict

from remediate.lab.traffic import exchange
from remediate.lab.traffic.envelope import LOG
from remediate.lab.traffic.front import PORT
from remediate.lab.traffic.request import CONTROL, encode
from remediate.lab.world import ExpresswayCluster, Peer, UcCluster, World

USER = "emusk"
_NUMBER = re.compile(r'Txn-id="(\d+)"')


class Step(TypedDict):
    """One request. `status` is HTTP's, 0 where the peer gave no answer; `log` its lines on that peer."""

    cluster: str
    peer: str
    name: str
    port: int
    path: str
    status: int
    log: list[str]


async def login(world: World, directory: Path, user: str = USER) -> list[Step]:
    """Go through every live peer of every Expressway-C cluster, towards each node it serves.

    CUCM nodes are asked for by the name that UDS publishes, on 8443 and 6972; IM and Presence and
    Unity Connection on 8443. `directory` is the lab's own, with the peers' logs.
    """
    steps: list[Step] = []
    for cluster in (one for one in world.expressways if one.role == "C"):
        requests = [
            request for uc in world.ucs if uc.name in cluster.serves for request in _requests(uc, user)
        ]
        for peer in (one for one in cluster.peers if one.alive):
            log = directory / "logs" / peer.name / LOG
            steps += [await _step(cluster, peer, request, log) for request in requests]
    return steps


def render(steps: list[Step]) -> str:
    """The steps as a table for people, with each refusal's WARNING under its row."""
    if not steps:
        return "no Expressway-C peer is up, or it serves no UC cluster\n"
    rows = [
        (one["peer"], f"{one['name']}:{one['port']}", one["path"], str(one["status"] or "none"))
        for one in steps
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines: list[str] = []
    for row, step in zip(rows, steps, strict=True):
        lines.append(
            "  ".join([*(text.ljust(width) for text, width in zip(row, widths, strict=False)), row[3]])
        )
        lines += [f"    {text}" for line in step["log"] if (text := _objection(line))]
    return "\n".join(lines) + "\n"


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
        cluster=cluster.name, peer=peer.name, name=name, port=port, path=path, status=status,
        log=_block(log, begin, tracking),
    )  # fmt: skip


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

"""Accounts: what each could read, and what it needs for each change. Whether it may write shows at the write only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from remediate.model.condition import Condition, State
from remediate.model.inventory import Cluster, Credentials, Host
from remediate.model.observed import VERIFY_ORIGIN_SERVER, ObservedState
from remediate.model.reading import Known, Unknown
from remediate.report.as_text.words import names

AREA = "privileges"
Reading = Known[Any] | Unknown
_WRITES = {
    "expressway": "changes need a read-write administrator with API access",
    "cucm": "a new name needs Standard AXL API Access; a service restart Standard Serviceability",
    "platform": "privilege level 1 is enough: nothing is changed by it",
}


class _Right(NamedTuple):
    """One thing that one node let its account read, or did not."""

    kind: str
    account: Credentials
    host: str
    what: str
    reading: Reading


def rights(observed: ObservedState, nodes: Iterable[tuple[Cluster, Host]]) -> Iterator[Condition]:
    """One condition per account and kind that may read all, and one per thing that a node did not let it read."""
    groups: dict[tuple[str, Credentials], list[_Right]] = {}
    for right in _all(observed, tuple(nodes)):
        groups.setdefault((right.kind, right.account), []).append(right)
    for (kind, account), found in groups.items():
        subject = told(account)
        read = dict.fromkeys(r.what for r in found if isinstance(r.reading, Known))
        hosts = names(tuple(dict.fromkeys(r.host for r in found if isinstance(r.reading, Known))))
        if read:
            what = f"reads {', '.join(read)} on {hosts}; {_WRITES[kind]}"
            yield Condition(area=AREA, subject=subject, state="good", what=what)
        yield from _refused(subject, kind, found)


def told(account: Credentials) -> str:
    """User name, and where the password lies: two accounts of one name are two."""
    return f"{account.username} ({account.password.source} {account.password.name.rpartition('/')[2]})"


def _refused(subject: str, kind: str, found: Iterable[_Right]) -> Iterator[Condition]:
    together: dict[str, list[_Right]] = {}
    for right in found:
        if isinstance(right.reading, Unknown):
            together.setdefault(right.reading.why, []).append(right)
    for why, alike in together.items():
        things = ", ".join(dict.fromkeys(right.what for right in alike))
        hosts = names(tuple(dict.fromkeys(right.host for right in alike)))
        then = f"see that this account is right there, and not locked; {_WRITES[kind]}"
        what = f"cannot read {things} on {hosts}: {why}"
        state: State = "stops" if kind == "expressway" else "unknown"
        yield Condition(area=AREA, subject=subject, state=state, what=what, next=then)


def _all(observed: ObservedState, nodes: tuple[tuple[Cluster, Host], ...]) -> Iterator[_Right]:
    hosts = {host.name: host for _, host in nodes}
    for peer in observed.peers:
        account = hosts[peer.host].credentials if peer.host in hosts else None
        if account is not None:
            yield _Right("expressway", account, peer.host, "settings", peer.setting(VERIFY_ORIGIN_SERVER))
            yield _Right("expressway", account, peer.host, "status", peer.zones)
            yield _Right("expressway", account, peer.host, "the trusted CA list", peer.trust)
    for cluster, host in nodes:
        first = host.name in (cluster.primary, cluster.hosts[0].name if not cluster.primary else "")
        if cluster.role == "cucm" and first and host.credentials is not None:
            said = observed.publisher(cluster.name)
            reading = said.process_nodes if said else Unknown(why="not asked: no Expressway-C cluster here serves it")
            yield _Right("cucm", host.credentials, host.name, "System > Server (AXL)", reading)
    for held in observed.certificates:
        owner = hosts.get(held.host)
        if owner is not None and owner.platform_credentials is not None:
            yield _Right("platform", owner.platform_credentials, held.host, "certificates", held.identities)
    for node in observed.nodes:
        teller = hosts.get(node.host)
        if teller is not None and teller.credentials is not None and teller.role.value.startswith("cucm"):
            yield _Right("cucm", teller.credentials, node.host, "services", node.services)

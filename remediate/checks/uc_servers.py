"""What the entries of UC servers on Expressway-C promise, and what they do not."""

from __future__ import annotations

from collections.abc import Iterable

from remediate.checks.links import stands_for
from remediate.checks.scene import Scene
from remediate.model.finding import Connection, Finding, Severity
from remediate.model.inventory import Cluster
from remediate.model.observed import ObservedState
from remediate.model.reading import Known
from remediate.model.uc_server import UcServer
from remediate.model.verdict import Rejected


class TlsVerifyModeIsNotEnough:
    """The TLS verify mode of a UC server entry on Expressway-C says something else than what the traffic server does.

    On does not protect: it checks one certificate, that of the publisher's address as it was typed, and only when the
    servers are discovered or refreshed. Subscribers, and every request of an MRA client, are checked by the traffic
    server alone, by `VerifyOriginServer` from X14.2. Off does not exempt: from X14.2 the traffic server verifies every
    UC server whatever this mode says.

    What mends it: what mends the connections that the finding names; `remediate plan` shows it. Changing the TLS verify
    mode mends none of them. Keep it On once the publisher's own connection is good: with Off the account of the entry
    goes to whoever answers at the next Refresh servers.

    Source: TAC 225476; MRA deployment guides X12.6 and X15.0; X14.2 release notes.
    """

    id = "tls-verify-mode-is-not-enough"

    def findings(self, scene: Scene) -> Iterable[Finding]:
        """One per Expressway-C cluster and entry that some connection belies."""
        for cluster in scene.clusters:
            for server in entries_of(scene.observed, cluster.name):
                concerned = _connections(scene, cluster, server)
                belied = tuple(c for c in concerned if _belies(server, c))
                if belied:
                    yield _finding(self.id, cluster.name, server, belied)


def entries_of(observed: ObservedState, cluster: str) -> tuple[UcServer, ...]:
    """Every entry that some peer of the cluster shows, each once: the entries are replicated."""
    pages = (page for p in observed.peers if p.cluster == cluster for _, page in p.uc_servers)
    found = (server for page in pages if isinstance(page, Known) for server in page.value)
    return tuple(dict.fromkeys(found))


def words_of(server: UcServer) -> str:
    """`cucm-pub.example.com: TLS verify mode On, status Active`."""
    mode = f"TLS verify mode {server.tls_verify or 'not told'}"
    return f"{server.address}: {mode}, status {server.status or 'not told'}"


def _connections(scene: Scene, cluster: Cluster, server: UcServer) -> tuple[Connection, ...]:
    """Those to the nodes of the UC cluster whose node the entry names."""
    of_kind = (c for c in scene.desired.inventory.of_role(server.kind) if c.name in cluster.serves)
    meant = {c.name for c in of_kind if any(stands_for(host, server.address) for host in c.hosts)}
    return tuple(c for c in scene.of(cluster.name) if c.link.origin_cluster in meant)


def _belies(server: UcServer, connection: Connection) -> bool:
    """On: refused, or checked by nobody. Off: refused all the same."""
    if server.tls_verify == "On":
        return connection.state in ("fails", "good-unverified")
    return server.tls_verify == "Off" and connection.state == "fails"


def _finding(identity: str, cluster: str, server: UcServer, belied: tuple[Connection, ...]) -> Finding:
    failing = sum(c.state == "fails" for c in belied)
    unverified = len(belied) - failing
    return Finding(
        id=identity,
        severity=Severity.WARNING if unverified else Severity.NOTE,
        cluster=cluster,
        subject=server.address,
        summary=_summary(server, failing, unverified),
        evidence=(words_of(server), *(f"{c.link}: {_outcome(c)}" for c in belied)),
    )


def _summary(server: UcServer, failing: int, unverified: int) -> str:
    if server.tls_verify == "Off":
        return f"TLS verify mode Off exempts nothing: the traffic server refuses {_count(failing)} to this cluster"
    what = " and ".join(
        words
        for number, words in (
            (failing, f"the traffic server refuses {_count(failing)}"),
            (unverified, f"nobody verifies {_count(unverified)}"),
        )
        if number
    )
    return f"TLS verify mode On checks this address at discovery only: {what} to its cluster"


def _count(number: int) -> str:
    return f"{number} connection{'' if number == 1 else 's'}"


def _outcome(connection: Connection) -> str:
    if connection.state == "fails":
        return "refused"
    return "not verified, and would be refused" if isinstance(connection.verdict, Rejected) else "not verified"

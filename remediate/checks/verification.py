"""Whether verification is on, and by whose word it is not."""

from __future__ import annotations

from collections.abc import Iterable

from remediate.checks.connections import connections_for
from remediate.checks.scene import Scene
from remediate.model.finding import Finding, Severity
from remediate.model.observed import VERIFY_ORIGIN_SERVER
from remediate.model.outstanding import Lease
from remediate.model.reading import Known

PROPOSAL = "; every connection would be accepted now: remediate workaround retire"


def _value(reading: object) -> str:
    return str(reading.value) if isinstance(reading, Known) and reading.value is not None else ""


class VerificationOff:
    """VerifyOriginServer is Off: the traffic server accepts any certificate of any UC server.

    As long as it is Off, whoever stands between Expressway-C and the UC servers can take the credentials of
    every MRA user. It is a temporary workaround with an owner, a ticket, a reason and an end, or it is
    nobody's. `remediate workaround retire` ends it as soon as every connection would be accepted.

    What mends it: `remediate workaround retire` as soon as every connection would be accepted.

    Source: X14.2 release notes.
    """

    id = "verification-off"

    def findings(self, scene: Scene) -> Iterable[Finding]:
        """One per cluster."""
        leases = {lease.cluster: lease for lease in scene.observed.outstanding.leases}
        for cluster in scene.clusters:
            values = {p.host: _value(p.setting(VERIFY_ORIGIN_SERVER)) for p in scene.peers(cluster.name)}
            off = tuple(host for host, value in values.items() if value.casefold() == "off")
            if off:
                severity, summary = _worded(leases.get(cluster.name), scene)
                summary += PROPOSAL if _would_hold(scene, cluster.name) else ""
                yield Finding(
                    id=self.id,
                    severity=severity,
                    cluster=cluster.name,
                    subject=", ".join(off),
                    summary=summary,
                    evidence=tuple(f"{host}: {VERIFY_ORIGIN_SERVER}: {value}" for host, value in values.items()),
                )


def _would_hold(scene: Scene, cluster: str) -> bool:
    """Whether every connection would be good with the check On, by what is loaded now."""
    checked = connections_for(scene.desired, scene.observed, "enforced", [cluster])
    return bool(checked) and all(connection.state == "good" for connection in checked)


def _worded(lease: Lease | None, scene: Scene) -> tuple[Severity, str]:
    if lease is None:
        return Severity.ERROR, "verification is Off and nobody owns it"
    until = f"temporary workaround until {lease.expires:%Y-%m-%d %H:%M}Z, {lease.owner}, {lease.ticket}"
    if lease in scene.observed.outstanding.expired(scene.observed.taken_at):
        return Severity.ERROR, f"EXPIRED {until}"
    return Severity.WARNING, until


class VerificationDiffers:
    """The peers of one cluster disagree on VerifyOriginServer.

    It should follow the configuration primary within about a minute. Where it does not, replication is
    broken (see the cluster database status), or on this release the setting is kept per peer.

    What mends it: mend the cluster first; then `remediate plan` writes the peers that did not follow.

    Source: Expressway cluster guide X14, on replication; TAC's note speaks of nodes in the plural.
    """

    id = "verification-differs"

    def findings(self, scene: Scene) -> Iterable[Finding]:
        """One per cluster."""
        for cluster in scene.clusters:
            values = {p.host: _value(p.setting(VERIFY_ORIGIN_SERVER)) for p in scene.peers(cluster.name)}
            stated = {v.casefold() for v in values.values() if v}
            if len(stated) > 1:
                yield Finding(
                    id=self.id,
                    severity=Severity.ERROR,
                    cluster=cluster.name,
                    subject=cluster.name,
                    summary="peers disagree on VerifyOriginServer",
                    evidence=tuple(f"{host}: {value}" for host, value in values.items()),
                )


class WorkaroundEndedElsewhere:
    """The ledger holds a temporary workaround and the devices say On: somebody else, or an upgrade, ended it.

    Nothing is wrong with the devices.

    What mends it: `remediate workaround retire` closes the entry.

    Source: this tool's ledger.
    """

    id = "workaround-ended-elsewhere"

    def findings(self, scene: Scene) -> Iterable[Finding]:
        """One per cluster."""
        for lease in scene.observed.outstanding.leases:
            values = [_value(p.setting(VERIFY_ORIGIN_SERVER)).casefold() for p in scene.peers(lease.cluster)]
            if values and all(value == "on" for value in values):
                yield Finding(
                    id=self.id,
                    severity=Severity.NOTE,
                    cluster=lease.cluster,
                    subject=lease.cluster,
                    summary=f"verification is On although {lease.ticket} is still open in the ledger",
                )

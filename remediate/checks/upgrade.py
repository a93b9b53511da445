"""What an upgrade to X14.2 would break."""

from __future__ import annotations

from collections.abc import Iterable

from remediate.checks.connections import connections_for
from remediate.checks.scene import Scene, reasons
from remediate.checks.served import after_upgrade, served_lines
from remediate.model.finding import Finding, Severity


class NotReadyForUpgrade:
    """After an upgrade to X14.2 or later this connection would fail, or might.

    From X14.2 the traffic server verifies every UC server, subscribers included, and depending on the
    upgrade path an origin may serve its ECDSA certificate where it served the RSA one before (release note
    X14.2.5). A connection is ready only if each certificate that the origin can serve passes.

    What mends it: `playbooks/mra-readiness.yml` plans the uploads before the upgrade; they change nothing until then.

    Source: X14.2.5 release notes, on ECDSA; TAC 225476.
    """

    id = "not-ready-for-upgrade"

    def findings(self, scene: Scene) -> Iterable[Finding]:
        """One per connection of the clusters whose play asks for `upgrade_ready`."""
        wanted = [name for play in scene.desired.plays if play.upgrade_ready for name in play.clusters]
        if not wanted:
            return
        for connection in connections_for(scene.desired, scene.observed, "upgraded", wanted):
            if connection.state != "good":
                why = [r.error for r in reasons(connection)] or list(connection.missing)
                yield Finding(
                    id=self.id,
                    severity=Severity.WARNING,
                    cluster=connection.link.cluster,
                    subject=str(connection.link),
                    summary=f"at risk after an upgrade to X14.2 ({'; '.join(why)}): {connection.impact}",
                    evidence=(*served_lines(scene, connection), *after_upgrade(scene, connection)),
                    links=(connection.link,),
                )

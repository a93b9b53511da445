"""What a playbook declares and the devices do not show."""

from __future__ import annotations

from collections.abc import Iterable

from remediate.checks.scene import Scene, listed
from remediate.model.finding import Finding, Severity
from remediate.model.observed import VERIFY_ORIGIN_SERVER
from remediate.model.reading import Known


class TrustedCertificateMissing:
    """A peer does not list a certificate that the playbook wants on every peer.

    What mends it: apply the plan of that playbook; each peer keeps its own list.

    Source: Expressway cluster guide X14, on what is not replicated.
    """

    id = "trusted-certificate-missing"

    def findings(self, scene: Scene) -> Iterable[Finding]:
        """One per peer and certificate."""
        vouched = {t.name: t for t in scene.desired.inventory.trusted_certificates}
        for play in scene.desired.plays:
            for peer in (p for name in play.clusters for p in scene.peers(name)):
                store = listed(peer)
                for name in play.trusted_certificates if store else ():
                    if store and vouched[name].sha256 not in store.sha256s:
                        yield Finding(
                            id=self.id,
                            severity=Severity.ERROR,
                            cluster=peer.cluster,
                            subject=peer.host,
                            summary=f"{name} is not in the trusted CA list",
                            evidence=(vouched[name].sha256,),
                        )


class VerificationNotAsDeclared:
    """VerifyOriginServer has another value than the playbook declares, or this release has no such setting
    (it exists from X14.2).

    What mends it: apply the plan of that playbook.

    Source: X14.2 release notes.
    """

    id = "verification-not-as-declared"

    def findings(self, scene: Scene) -> Iterable[Finding]:
        """One per peer."""
        for play in scene.desired.plays:
            for peer in (p for name in play.clusters for p in scene.peers(name)):
                reading = peer.setting(VERIFY_ORIGIN_SERVER)
                if play.verify_origin_server is None or not isinstance(reading, Known):
                    continue
                if (reading.value or "absent").casefold() != play.verify_origin_server.casefold():
                    yield Finding(
                        id=self.id,
                        severity=Severity.ERROR,
                        cluster=peer.cluster,
                        subject=peer.host,
                        summary=f"VerifyOriginServer is {reading.value or 'not available'}, "
                        f"declared {play.verify_origin_server}",
                    )

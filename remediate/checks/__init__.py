"""One file = one thing that can be wrong. Pure: readings in, findings out."""

from remediate.checks.client_certificate import ClientCertificateRefused
from remediate.checks.connections import connections_for
from remediate.checks.desired_state import TrustedCertificateMissing, VerificationNotAsDeclared
from remediate.checks.expiry import CertificateExpiresSoon
from remediate.checks.membership import UcNodeNotInInventory
from remediate.checks.origin_refused import (
    OriginCertificateDate,
    OriginCertificateUnusable,
    OriginNameMismatch,
    OriginNotTrusted,
    OriginUndetermined,
    SameNameCertificates,
    TrustedListDamaged,
)
from remediate.checks.readings import PeerUnreachable, PendingAction, SystemServerUnread, TrustedListsDiffer
from remediate.checks.scene import Check, Scene
from remediate.checks.uc_certificates import SelfSignedTwins
from remediate.checks.uc_servers import TlsVerifyModeIsNotEnough
from remediate.checks.upgrade import NotReadyForUpgrade
from remediate.checks.verification import VerificationDiffers, VerificationOff, WorkaroundEndedElsewhere
from remediate.model.desired import DesiredState
from remediate.model.finding import Connection, Finding
from remediate.model.observed import ObservedState

ALL: tuple[Check, ...] = (
    TrustedListDamaged(),
    PeerUnreachable(),
    SystemServerUnread(),
    OriginNotTrusted(),
    OriginCertificateDate(),
    OriginCertificateUnusable(),
    OriginNameMismatch(),
    OriginUndetermined(),
    ClientCertificateRefused(),
    VerificationOff(),
    VerificationDiffers(),
    VerificationNotAsDeclared(),
    TrustedCertificateMissing(),
    TrustedListsDiffer(),
    SameNameCertificates(),
    SelfSignedTwins(),
    TlsVerifyModeIsNotEnough(),
    UcNodeNotInInventory(),
    CertificateExpiresSoon(),
    NotReadyForUpgrade(),
    PendingAction(),
    WorkaroundEndedElsewhere(),
)


def findings_for(
    desired: DesiredState, observed: ObservedState, connections: tuple[Connection, ...] | None = None
) -> tuple[Finding, ...]:
    """Everything that is not as it should be, worst kinds first, each kind in inventory order.

    `connections`: all of them as they are now, where they have been judged already.
    """
    scene = Scene(desired, observed, connections_for(desired, observed) if connections is None else connections)
    return tuple(finding for check in ALL for finding in check.findings(scene))


__all__ = ["ALL", "Check", "Scene", "connections_for", "findings_for"]

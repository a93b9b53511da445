"""Which certificates a port can serve, and which of them would pass."""

from __future__ import annotations

from remediate.checks.connections import served_verdicts
from remediate.checks.scene import Scene
from remediate.model.finding import Connection
from remediate.model.observed import UC_CLIENT_CIPHERS
from remediate.model.verdict import Accepted

RSA_FIRST = "ECDHE-RSA-AES256-GCM-SHA384:"
ADVICE = (
    f"advice: {RSA_FIRST} in front of xConfiguration {UC_CLIENT_CIPHERS} makes the port serve its RSA certificate over "
    "TLS 1.2 (X14.2 release notes: an upgrade from X14.0 or later leaves that prefix there, one from before does not)"
)


def served_lines(scene: Scene, connection: Connection) -> tuple[str, ...]:
    """Each certificate of a port that can serve several, and the documented advice where only the RSA one passes."""
    verdicts = served_verdicts(scene.desired, scene.observed, connection.link)
    if len(verdicts) < 2:
        return ()
    lines = tuple(f"{label}: {'passes' if isinstance(v, Accepted) else 'is refused'}" for label, v in verdicts)
    rsa = [isinstance(v, Accepted) for label, v in verdicts if label.startswith("RSA")]
    other = [isinstance(v, Accepted) for label, v in verdicts if not label.startswith("RSA")]
    advised = rsa and all(rsa) and other and not all(other)
    return (*lines, ADVICE) if advised else lines

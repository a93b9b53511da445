"""What a trusted CA list is for besides the traffic server's connections to UC servers."""

from __future__ import annotations

from typing import Literal

from remediate.model.base import Value

Service = Literal[
    "SIP TLS", "XMPP", "cluster TLS", "traversal zone", "LDAP over TLS", "certificate login of administrators"
]
Standing = Literal["trusted", "not trusted", "undetermined"]


class OtherUse(Value):
    """One service of the peers of a cluster, and how the servers that it meets stand before and after a plan.

    Only the path to an anchor of the peers' lists is judged: names and ciphers of these services are not known.
    """

    service: Service
    cluster: str
    peers: tuple[str, ...]
    """Whose lists, alike in this."""
    servers: tuple[str, ...]
    """Whose certificates, alike in this; empty where nobody knows them."""
    before: Standing
    after: Standing
    missing: str = ""
    """Why it is `undetermined`."""

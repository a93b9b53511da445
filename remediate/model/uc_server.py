"""UC server entries of Expressway-C (*Configuration > Unified Communications*): one per publisher."""

from __future__ import annotations

from typing import Literal, get_args

from remediate.model.base import Value
from remediate.model.reading import Known, Unknown

UcServerKind = Literal["cucm", "im-and-presence", "unity-connection"]
UC_SERVER_KINDS: tuple[UcServerKind, ...] = get_args(UcServerKind)


class UcServer(Value):
    """One entry as the peer shows it. Empty text: the peer does not say."""

    kind: UcServerKind
    address: str
    """The publisher's address as it was typed: an FQDN, a short name or an IP address."""
    tls_verify: Literal["On", "Off", ""] = ""
    """Whether the publisher's certificate is checked at discovery (*TLS verify mode*)."""
    status: str = ""
    """In the peer's own words, such as `Active`."""


UcServers = tuple[tuple[UcServerKind, Known[tuple[UcServer, ...]] | Unknown], ...]
"""Entries by kind; each kind is a page of its own, which a release may lack."""

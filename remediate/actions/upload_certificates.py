"""Append certificates to the trusted CA list of one peer (per peer, never replicated: AG14-CL)."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from remediate.actions.base import Owed, Risk, Stated, Undo
from remediate.model.base import Value
from remediate.model.certificate import Chain, Provenance
from remediate.model.fact import Fact, TrustList
from remediate.model.observed import ObservedState, PeerReading
from remediate.model.reading import Known
from remediate.tls.describe import describe

CLICKS = "Maintenance > Security > Trusted CA certificate"


class UploadCertificates(Value):
    """All certificates in one upload, so that no prefix of a chain is ever in force alone."""

    kind: Literal["upload-certificates"] = "upload-certificates"
    cluster: str
    host: str
    certificates: Chain
    names: tuple[str, ...]
    """Names the operator knows them by, one per certificate."""
    provenances: tuple[Provenance, ...] = Field(default=(), exclude_if=operator.not_)
    """How it is known that they are genuine, one per certificate; left out where nobody says."""

    @property
    def risk(self) -> Risk:
        """Nothing that was trusted ceases to be."""
        return Risk.ADDITIVE

    @property
    def title(self) -> str:
        """One line for people."""
        return f"upload {', '.join(self.names)} to the trusted CA list of {self.host}"

    @property
    def cautions(self) -> tuple[str, ...]:
        """What to bear in mind."""
        return (
            "the same list serves SIP TLS, XMPP, traversal zones, cluster TLS, LDAP and certificate login of "
            "administrators: whoever holds a key that it trusts can impersonate a server there too",
            *self._renewals(),
        )

    def _renewals(self) -> Iterator[str]:
        """A server's own certificate is trusted by itself alone, so its successor is not."""
        own = ((name, describe(c.der)) for name, c in zip(self.names, self.certificates, strict=True))
        ends = [(name, d.not_after) for name, d in own if d.self_signed and not d.is_ca and d.not_after]
        for day in dict.fromkeys(f"{end:%Y-%m-%d}" for _, end in ends):
            named = ", ".join(name for name, end in ends if f"{end:%Y-%m-%d}" == day)
            yield (
                f"{named}: a server's own certificate, trusted until it is renewed ({day} at the latest): "
                "upload its successor before, or have it signed by a CA"
            )

    @property
    def sha256s(self) -> tuple[str, ...]:
        """Of the certificates, in order."""
        return tuple(c.sha256 for c in self.certificates)

    def effect(self, observed: ObservedState) -> ObservedState:
        """The list as it would be listed. It is loaded only after a restart (MRA15)."""
        return observed.model_copy(update={"peers": tuple(self._on(p) for p in observed.peers)})

    def _on(self, peer: PeerReading) -> PeerReading:
        if peer.host != self.host or not isinstance(peer.trust, Known):
            return peer
        trust = Known(value=peer.trust.value.with_added(self.certificates))
        return peer.model_copy(update={"trust": trust})

    def stated(self, observed: ObservedState) -> Stated | None:
        """Expect the very list that was judged; confirm that the new entries are in it."""
        peer = observed.peer(self.host)
        if peer is None or not isinstance(peer.trust, Known):
            return None
        field = TrustList(host=self.host)
        before = Fact(field=field, relation="digest", value=peer.trust.value.digest)
        return Stated(expect=before, confirm=(Fact(field=field, relation="holds", value=self.sha256s),))

    def undo(self, observed: ObservedState) -> Undo:  # noqa: ARG002 - one signature for all actions
        """No API deletes one CA (REST142 names none); a correct CA may stay."""
        marks = ", ".join(f"{n} (SHA-256 {s[:16]}…)" for n, s in zip(self.names, self.sha256s, strict=True))
        return Undo(kind="left-in-place", how=f"{self.host}: {CLICKS}: tick {marks}, press Delete")

    def inverse(self, observed: ObservedState) -> None:
        """There is none."""

    @property
    def owes(self) -> tuple[Owed, ...]:
        """A restart of this peer (MRA15, MRA126)."""
        return (Owed(kind="restart", cluster=self.cluster, host=self.host, certificates=self.sha256s),)

    @property
    def by_hand(self) -> str:
        """The same without an API."""
        return f"{self.host}: {CLICKS}: choose the PEM file, press Append CA certificate"

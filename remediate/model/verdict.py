"""The question that a TLS client must answer about a server, and its answer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from remediate.model.base import Moment, Sha256, Value
from remediate.model.certificate import Chain, TrustStore

TlsVersion = Literal["1.0", "1.1", "1.2", "1.3"]
OpenSslVersion = Literal["1.1.1", "3"]


class ServerOffer(Value):
    """What the origin's TLS server would agree to."""

    tls: tuple[TlsVersion, ...] = ("1.2", "1.3")
    ciphers: str = "ALL:@SECLEVEL=0"
    cipher_preference: Literal["client", "server"] = "client"
    requires_client_certificate: bool = False


class ClientProfile(Value):
    """How a peer's traffic server is set: its cipher string (None: built-in), TLS 1.3 and policy."""

    cipher_suite: str | None
    tls13: bool = True
    policy: Literal["enforced", "permissive", "disabled"] = "enforced"
    properties: Literal["all", "signature", "name", "none"] = "all"
    openssl: OpenSslVersion = "1.1.1"
    """Whose texts, error numbers and default security level, and whether a SHA-1 signature passes at level 1; all
    else follows the OpenSSL that runs here."""


class Question(Value):
    """Would this client accept this server? Hashable: the one cache key of judging."""

    chain: Chain
    """As served, leaf first: the certificate of an RSA suite, or the only one."""
    second_chain: Chain = ()
    """The ECDSA twin of an origin that holds both."""
    offer: ServerOffer = ServerOffer()
    trust: TrustStore
    profile: ClientProfile
    host: str
    """The reference identity: a name, or an IP as text."""
    ip: str
    """Where the connection goes; printed in the log line only."""
    at: Moment
    """The client's clock."""


class Reason(Value):
    """One thing that the client objects to."""

    kind: Literal["chain", "name", "tls", "trust_file"]
    number: int | None = None
    """OpenSSL's X509_V_ERR_ number, for `chain`."""
    error: str
    depth: int | None = None
    log: str = ""
    """The line that the traffic server would write; empty when it writes none."""
    certificate: Sha256 | None = None
    """The certificate at that depth, where there is one."""


class Accepted(Value):
    """The connection would be made."""

    verdict: Literal["accept"] = "accept"
    path: tuple[Sha256, ...] = ()
    """Leaf to anchor."""
    verified: bool = True
    """False where the policy asks for no check."""
    logs: tuple[str, ...] = ()
    """What PERMISSIVE would still write."""


class Rejected(Value):
    """The connection would be refused, with all reasons in the order in which they would be met."""

    verdict: Literal["reject"] = "reject"
    reasons: tuple[Reason, ...]


class Undetermined(Value):
    """Not decidable from what is known; never counted as safe."""

    verdict: Literal["undetermined"] = "undetermined"
    missing: tuple[str, ...]


Verdict = Annotated[Accepted | Rejected | Undetermined, Field(discriminator="verdict")]

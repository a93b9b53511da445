"""TLS server contexts: one per distinct set of identities, made when a connection first needs it.

A chain is sent exactly as the identity holds it: the file given to OpenSSL lists the certificates in
that order, and nothing in the context's own store could complete it.
"""

from __future__ import annotations

import hashlib
import os
import ssl
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from remediate.lab.errors import LabError
from remediate.lab.uc import certmgr
from remediate.lab.world import Identity, PortBinding, UcNode, World


@dataclass(frozen=True)
class Offer:
    """All that decides how a port answers a ClientHello; equal offers share a context."""

    identities: tuple[Identity, ...]
    ciphers: str
    server_preference: bool
    tls13: bool
    asks: bool
    clients: tuple[bytes, ...]

    @property
    def digest(self) -> str:
        """A name for this offer that holds no key."""
        return hashlib.sha256(repr(self).encode()).hexdigest()


def offer(world: World, node: UcNode, port: int) -> Offer:
    """What a node's port serves at this moment. Raises LabError where nothing is bound to it.

    Where a client certificate is asked for, those that the cluster's trust store leads to a root are accepted
    (leaves only: an issuer in this context's store would be appended to the chain that we send).
    """
    binding = next((one for one in node.bindings if one.port == port), PortBinding(port, None, None))
    names = [name for name in (binding.rsa, binding.ecdsa) if name is not None]
    missing = [name for name in names if name not in node.certificates]
    if missing or not names:
        raise LabError(f"{node.key} port {port}: no certificate {missing or 'bound'}; bind one that exists")
    leaves = _accepted(world, node, binding) if binding.asks_client_certificate else ()
    return Offer(
        identities=tuple(node.served(name) for name in names),
        ciphers=binding.ciphers,
        server_preference=binding.cipher_preference == "server",
        tls13=binding.tls13,
        asks=binding.asks_client_certificate,
        clients=leaves,
    )


def _accepted(world: World, node: UcNode, binding: PortBinding) -> tuple[bytes, ...]:
    chains = [peer.tls.chain for cluster in world.expressways for peer in cluster.peers]
    cluster = world.uc_of(node)
    return tuple(chain[0] for chain in chains if certmgr.accepted(cluster, binding.port, chain))


@dataclass
class Contexts:
    """A cache of server contexts. Keys pass through 0600 files in `directory`, removed once loaded."""

    directory: Path
    _made: dict[str, ssl.SSLContext] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)

    def of(self, wanted: Offer) -> ssl.SSLContext:
        """The context for this offer. Raises LabError where OpenSSL refuses a key or certificate."""
        if wanted.digest not in self._made:
            try:
                self._made[wanted.digest] = self._make(wanted)
            except ssl.SSLError as error:
                raise LabError(f"OpenSSL refuses this identity: {error}; check that key and chain fit") from error
        return self._made[wanted.digest]

    def _make(self, wanted: Offer) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers(wanted.ciphers)  # first: the security level decides which keys may be loaded
        context.maximum_version = ssl.TLSVersion.TLSv1_3 if wanted.tls13 else ssl.TLSVersion.TLSv1_2
        context.options |= ssl.OP_NO_TICKET
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE
        if wanted.server_preference:
            context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
        for identity in wanted.identities:
            self._load(context, identity)
        if wanted.asks:
            context.verify_mode = ssl.CERT_OPTIONAL
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        if wanted.clients:
            context.load_verify_locations(cadata=b"".join(wanted.clients))
        return context

    def _load(self, context: ssl.SSLContext, identity: Identity) -> None:
        handle, name = tempfile.mkstemp(dir=self.directory, suffix=".pem")  # mkstemp makes it 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(identity.key_pem.rstrip() + b"\n")
                file.writelines(ssl.DER_cert_to_PEM_cert(der).encode() for der in identity.chain)
            context.load_cert_chain(name)
        finally:
            Path(name).unlink()

"""What a front needs of a traffic server, whichever runs behind it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Protocol

from remediate.lab.world import UC_CIPHERS, ExpresswayCluster, Identity, Peer, Policy, World

CIPHERS = "EECDH:EDH:HIGH:-AES256+SHA:!MEDIUM:!LOW:!3DES:!MD5:!PSK:!eNULL:!aNULL:!aDH"
LEVEL = "@SECLEVEL=1"


@dataclass(frozen=True)
class Profile:
    """All that decides a verdict on one peer. `trust` is that peer's loaded list, byte for byte."""

    trust: bytes
    policy: Policy
    ciphers: str
    names: tuple[tuple[str, str], ...]
    client: Identity

    @property
    def digest(self) -> str:
        """Equal where nothing that matters changed; holds no key."""
        return hashlib.sha256(repr(self).encode()).hexdigest()


@dataclass(frozen=True)
class Answer:
    """What became of one request. `log_lines` are the engine's own, without their time.

    `connected` is False where no origin answered: then `status` is 502.
    """

    status: int
    log_lines: tuple[str, ...] = ()
    reason: str = ""
    content_type: str = ""
    body: bytes = b""
    connected: bool = True


class Engine(Protocol):
    """One peer's traffic server. It starts with its first `use`."""

    @property
    def pid(self) -> int:
        """The process that writes the log."""
        ...

    async def use(self, profile: Profile) -> None:
        """Run with this profile from the next `fetch` on. Raises LabError where it cannot start."""
        ...

    async def fetch(self, host: str, port: int, path: str) -> Answer:
        """GET `https://host:port/path` from its origin. One at a time."""
        ...

    async def close(self) -> None:
        """Stop; the next `use` starts it anew."""
        ...


def profile(world: World, cluster: ExpresswayCluster, peer: Peer) -> Profile:
    """How this peer's traffic server must run now.

    A cipher string without a security level runs at level 1, the default of the OpenSSL that
    Expressway builds: Debian's own default would refuse what an Expressway accepts.
    """
    ciphers = peer.settings.get(UC_CIPHERS) or CIPHERS
    if "@SECLEVEL" not in ciphers:
        ciphers = f"{ciphers}:{LEVEL}"
    names = tuple(sorted((name.lower(), address) for name, address in world.dns.items()))
    return Profile(peer.loaded, cluster.policy(peer), ciphers, names, peer.tls)

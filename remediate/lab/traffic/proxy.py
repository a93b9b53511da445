"""The engine where Apache Traffic Server is not installed: a client on real OpenSSL.

Paths are judged by OpenSSL as the traffic server has them judged. Names are judged by OpenSSL's own
host check, which reads iPAddress entries and skips the CN where there are dNSNames: the traffic
server does neither, so a verdict on names is approximate. Nor does the standard library let us set
the traffic server's limit of seven intermediates.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from OpenSSL import SSL

from remediate.lab.errors import LabError
from remediate.lab.traffic import exchange
from remediate.lab.traffic.engine import Answer, Profile
from remediate.lab.traffic.runroot import BUNDLE, CLIENT, write_identity

NOTICE = (
    "Without the real traffic_server (apt-get install --no-install-recommends trafficserver)\n"
    "a small proxy on OpenSSL judges certificates: chains exactly, names approximately."
)
NAME_CODES = frozenset({62, 64})
VERIFY_DEPTH = 7
LIMIT_S = 5.0
THREAD = "[ET_NET 0]"
NO_SESSION = "ERROR: failed to create SSL client session"


@dataclass
class Proxy:
    """One peer's client, which calls from the peer's address. `directory` holds its trust file as loaded."""

    directory: Path
    address: str
    _profile: Profile | None = None

    @property
    def pid(self) -> int:
        """This process: the proxy has none of its own."""
        return os.getpid()

    async def use(self, profile: Profile) -> None:
        """Write the trust file where it changed."""
        if self._profile != profile:
            self._write(profile)
            self._profile = profile

    async def fetch(self, host: str, port: int, path: str) -> Answer:
        """GET from the origin: first the path is judged, then the name, on connections of their own."""
        profile = self._profile
        if profile is None:
            raise LabError("the proxy has no profile yet; call use first")
        address = dict(profile.names).get(host.lower(), host)
        try:
            async with asyncio.timeout(LIMIT_S):
                line = await self._objection(profile, host, address, port)
                if line and (profile.policy == "ENFORCED" or NO_SESSION in line):
                    return Answer(502, (line,), connected=False)
                reply = await self._get(self._context(profile, checked=False), host, (address, port), path)
        except (OSError, TimeoutError, exchange.NoAnswer):
            return Answer(502, connected=False)
        content = reply.headers.get("content-type", "")
        return Answer(reply.status, (line,) if line else (), reply.reason, content, reply.body)

    async def close(self) -> None:
        """Nothing runs between requests."""
        self._profile = None

    def _write(self, profile: Profile) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        self._trust.write_bytes(profile.trust)
        write_identity(self.directory / CLIENT, profile.client)

    @property
    def _trust(self) -> Path:
        return self.directory / BUNDLE

    async def _objection(self, profile: Profile, host: str, address: str, port: int) -> str:
        """The WARNING or ERROR line that this origin earns; empty where it is good or nobody asks."""
        action = "Terminate" if profile.policy == "ENFORCED" else "Continue"
        server = f"server={host}({address})"
        try:
            self._context(profile, checked=True)
        except (ssl.SSLError, FileNotFoundError):
            return f"{THREAD} {NO_SESSION}"
        if profile.policy == "DISABLED":
            return ""
        try:
            await self._shake(self._context(profile, checked=True), host, address, port)
            named = self._context(profile, checked=True)
            named.check_hostname = True
            await self._shake(named, host, address, port)
        except ssl.SSLCertVerificationError as error:
            if error.verify_code in NAME_CODES:
                return f"{THREAD} WARNING: SNI ({host}) not in certificate. Action={action} {server}"
            depth = await asyncio.to_thread(self._depth, profile, host, (address, port))
            text = f"Core server certificate verification failed for ({host}). Action={action}"
            return f"{THREAD} WARNING: {text} Error={error.verify_message} {server} depth={depth}"
        return ""

    def _context(self, profile: Profile, *, checked: bool) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.set_ciphers(profile.ciphers)
        context.load_cert_chain(self.directory / CLIENT)
        context.load_verify_locations(self._trust)
        context.verify_mode = ssl.CERT_REQUIRED if checked else ssl.CERT_NONE
        return context

    async def _shake(self, context: ssl.SSLContext, host: str, address: str, port: int) -> None:
        _, writer = await asyncio.open_connection(
            address, port, ssl=context, server_hostname=host, local_addr=(self.address, 0)
        )
        writer.close()

    async def _get(self, context: ssl.SSLContext, host: str, at: tuple[str, int], path: str) -> exchange.Reply:
        reader, writer = await asyncio.open_connection(
            *at, ssl=context, server_hostname=host, local_addr=(self.address, 0)
        )
        return await exchange.over(reader, writer, path, {"Host": f"{host}:{at[1]}"})

    def _depth(self, profile: Profile, host: str, at: tuple[str, int]) -> int:
        """At which depth OpenSSL first objects; the standard library does not tell."""
        depths: list[int] = []

        def verify(_: SSL.Connection, __: object, number: int, depth: int, ___: int) -> bool:
            if number:
                depths.append(depth)
            return not number

        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        context.set_cipher_list(profile.ciphers.encode())
        context.load_verify_locations(str(self._trust))
        context.set_verify_depth(VERIFY_DEPTH)
        context.set_verify(SSL.VERIFY_PEER, verify)
        with socket.create_connection(at, LIMIT_S, (self.address, 0)) as raw:
            raw.settimeout(None)
            connection = SSL.Connection(context, raw)
            connection.set_tlsext_host_name(host.encode())
            connection.set_connect_state()
            try:
                connection.do_handshake()
            except SSL.Error:
                return depths[0] if depths else 0
        return 0

"""The real Apache Traffic Server as a peer's engine."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import socket
from dataclasses import dataclass, field
from pathlib import Path

from remediate.lab.errors import LabError
from remediate.lab.traffic import exchange
from remediate.lab.traffic.engine import Answer, Profile
from remediate.lab.traffic.resolver import Resolver
from remediate.lab.traffic.runroot import Runroot

BINARY = "traffic_server"
START_S = 20.0
POLL_S = 0.005
DIRECTORIES = os.pathsep.join(("/usr/bin", "/usr/sbin", "/usr/local/bin", "/opt/ts/bin"))
_LINE = re.compile(r"\[[A-Z][a-z]{2} +\d+ [\d:.]+\] (?P<text>\[ET_NET \d+\] (?:WARNING|ERROR): .*)")
_OWN_PAGES = re.compile(r"Cannot find server|Host Not Found", re.IGNORECASE)


def find() -> Path | None:
    """Where `traffic_server` is installed; None where it is not."""
    found = shutil.which(BINARY) or shutil.which(BINARY, path=DIRECTORIES)
    return Path(found).resolve() if found else None


@dataclass
class TrafficServer:
    """One private instance. Names resolve through a DNS server of its own, so nothing waits."""

    address: str
    root: Runroot
    _resolver: Resolver = field(default_factory=Resolver)
    _dns_port: int = 0
    _port: int = 0
    _running: asyncio.subprocess.Process | None = None
    _digest: str = ""
    _read: int = 0

    @property
    def pid(self) -> int:
        """The instance's process id; 0 before it first runs."""
        return self._running.pid if self._running is not None else 0

    async def use(self, profile: Profile) -> None:
        """Restart where the profile changed: a reload would not read a trust list of the same name."""
        alive = self._running is not None and self._running.returncode is None
        if alive and profile.digest == self._digest:
            return
        await self._stop()
        if not self._dns_port:
            self._dns_port = await self._resolver.open(self.address)
        self._resolver.names = dict(profile.names)
        await self._start(profile)
        self._digest = profile.digest

    async def fetch(self, host: str, port: int, path: str) -> Answer:
        """GET through the instance; its WARNING and ERROR lines for this request come with the answer."""
        self._log_lines()
        try:
            reply = await exchange.get(self.address, self._port, f"/{host}/{port}{path}", {"Host": host})
        except exchange.NoAnswer as error:
            raise LabError(
                f"the traffic server at {self.address} gave no answer: {error}; see {self.root.log}"
            ) from error
        lines = self._log_lines()
        if reply.status == 502 or _OWN_PAGES.search(reply.reason):
            return Answer(502, lines, connected=False)
        content = reply.headers.get("content-type", "")
        return Answer(reply.status, lines, reply.reason, content, reply.body)

    async def close(self) -> None:
        """Stop the instance and its DNS server."""
        await self._stop()
        self._resolver.close()
        self._dns_port = 0

    async def _start(self, profile: Profile) -> None:
        self._port = _free_port(self.address)
        self.root.write(profile, self.address, self._port, self._dns_port)
        self._running = await asyncio.create_subprocess_exec(
            *_command(self.root.binary),
            env={**os.environ, "TS_RUNROOT": str(self.root.top), "LD_LIBRARY_PATH": str(self.root.library)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await self._listening(self._running)

    async def _listening(self, running: asyncio.subprocess.Process) -> None:
        try:
            async with asyncio.timeout(START_S):
                while not await _accepts(self.address, self._port):
                    if running.returncode is not None:
                        raise LabError(f"traffic_server ended with {running.returncode}; see {self.root.log}")
                    await asyncio.sleep(POLL_S)
        except TimeoutError as error:
            raise LabError(f"traffic_server does not listen after {START_S:.0f} s; see {self.root.log}") from error

    async def _stop(self) -> None:
        """Kill: the instance holds nothing worth a clean end, which would take a second."""
        running, self._running = self._running, None
        if running is not None:
            with contextlib.suppress(ProcessLookupError):
                running.kill()
            await running.wait()

    def _log_lines(self) -> tuple[str, ...]:
        """What the instance logged since the last look."""
        with contextlib.suppress(FileNotFoundError), self.root.log.open("rb") as file:
            file.seek(self._read)
            new = file.read()
            self._read += len(new)
            found = (_LINE.fullmatch(line) for line in new.decode("utf-8", "replace").splitlines())
            return tuple(line["text"] for line in found if line)
        return ()


def _command(binary: Path) -> list[str]:
    """The instance's command line; where `setpriv` exists the instance dies with the lab's process."""
    guard = shutil.which("setpriv")
    return [guard, "--pdeathsig", "KILL", str(binary)] if guard else [str(binary)]


def _free_port(address: str) -> int:
    with socket.socket() as probe:
        probe.bind((address, 0))
        return int(probe.getsockname()[1])


async def _accepts(address: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(address, port)
    except OSError:
        return False
    writer.close()
    return True

"""A private, real traffic server, asked one question at a time (ATS 9.2 records.config and tslua references).

The name asked for, the trust file and the policy stand in the request, and a Lua rule sets them for
that transaction alone. The server remembers a trust file by its name, so each has the digest of its
content for a name. The origin's address is set by the rule too: no name is ever looked up.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from remediate.lab.traffic import ats, runroot
from remediate.lab.traffic.engine import Profile
from remediate.lab.traffic.runroot import Runroot
from remediate.lab.world import Identity
from remediate.model.verdict import ClientProfile, Question
from tests.support import forge

START_S, ANSWER_S, POLL_S = 20.0, 3.0, 0.005
ADDRESS = "127.0.0.1"
_LINE = re.compile(r"\[[A-Z][a-z]{2} +\d+ [\d:.]+\] \[ET_NET \d+\] (?P<text>(?:WARNING|ERROR): .*)")
_NO_CLIENT_CERTIFICATE = re.compile(r"proxy\.config\.ssl\.client\.(cert|private_key|cipher_suite)")
RULE = """local kept = {}
local function asked(name)
  local text = ts.client_request.header['X-' .. name]
  kept[text] = text
  return kept[text]
end
function do_remap()
  local host, address, port = asked('Name'), asked('Address'), tonumber(asked('Port'))
  ts.http.config_string_set(TS_CONFIG_SSL_CLIENT_CA_CERT_FILENAME, asked('Trust'))
  ts.http.config_string_set(TS_CONFIG_SSL_CLIENT_VERIFY_SERVER_POLICY, asked('Policy'))
  ts.http.config_string_set(TS_CONFIG_SSL_CLIENT_VERIFY_SERVER_PROPERTIES, asked('Properties'))
  ts.client_request.set_url_scheme('https')
  ts.client_request.set_url_host(host)
  ts.client_request.set_url_port(port)
  ts.client_request.set_uri('/')
  ts.client_request.header['Host'] = host .. ':' .. port
  local family = string.find(address, ':') and TS_LUA_AF_INET6 or TS_LUA_AF_INET
  ts.server_request.server_addr.set_addr(address, port, family)
  return TS_LUA_REMAP_DID_REMAP
end
"""
"""The traffic server keeps pointers to what is set: `kept` saves those texts from Lua's garbage collector."""


class Reply(NamedTuple):
    """What became of one request: its status, and the WARNING and ERROR lines without their time."""

    status: int
    lines: tuple[str, ...]


class TrafficServer:
    """One instance for one cipher string, with or without TLS 1.3. Started on entry, killed on exit."""

    def __init__(self, profile: ClientProfile) -> None:
        found = ats.find()
        if found is None:
            raise FileNotFoundError("traffic_server: apt-get install --no-install-recommends trafficserver")
        self._profile = profile
        self._top = Path(tempfile.mkdtemp(prefix="ats-"))
        self._top.chmod(0o755)
        self._root = Runroot(self._top, self._top / "log", found)
        self._port = ats._free_port(ADDRESS)
        self._read = 0
        self._running = self._started()

    def close(self) -> None:
        """Kill: the instance holds nothing worth a clean end, which would take a second."""
        self._running.kill()
        self._running.wait()
        shutil.rmtree(self._top, ignore_errors=True)

    def ask(self, question: Question, port: int) -> Reply:
        """GET `https://HOST:port/` from the origin at the question's address, with its trust file and policy."""
        self._lines()
        headers: dict[str, str | bytes] = {
            "X-Name": question.host.encode(),
            "X-Address": question.ip,
            "X-Port": str(port),
            "X-Trust": self._trust_file(question.trust.pem),
            "X-Policy": question.profile.policy.upper(),
            "X-Properties": question.profile.properties.upper(),
        }
        connection = http.client.HTTPConnection(ADDRESS, self._port, timeout=ANSWER_S)
        try:
            connection.request("GET", "/", headers=headers)
            status = connection.getresponse().status
        finally:
            connection.close()
        return Reply(status, self._lines())

    def _trust_file(self, pem: bytes) -> str:
        name = f"{hashlib.sha256(pem).hexdigest()}.pem"
        path = self._top / "trust" / name
        if not path.exists():
            path.write_bytes(pem)
        return name

    def _started(self) -> subprocess.Popen[bytes]:
        self._write()
        running = subprocess.Popen(
            ats._command(self._root.binary),
            env={**os.environ, "TS_RUNROOT": str(self._top), "LD_LIBRARY_PATH": str(self._root.library)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        give_up = time.monotonic() + START_S
        while not self._listens():
            if running.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"traffic_server does not start; see {self._root.log}")
            time.sleep(POLL_S)
        return running

    def _listens(self) -> bool:
        connection = http.client.HTTPConnection(ADDRESS, self._port, timeout=ANSWER_S)
        try:
            connection.connect()
        except OSError:
            return False
        connection.close()
        return True

    def _write(self) -> None:
        nobody = Identity(b"", ())
        common = Profile(forge.authority("nobody").certificate.pem, "ENFORCED", "", (), nobody)
        self._root.write(common, ADDRESS, self._port, 1)
        etc = self._top / "etc"
        records = (etc / "records.config").read_text().splitlines(keepends=True)
        kept = [line for line in records if not _NO_CLIENT_CERTIFICATE.search(line)]
        kept.append(runroot._record("ssl.client.TLSv1_3", int(self._profile.tls13)))
        if self._profile.cipher_suite is not None:
            kept.append(runroot._record("ssl.client.cipher_suite", self._profile.cipher_suite))
        (etc / "records.config").write_text("".join(kept))
        (etc / "verdict.lua").write_text(RULE)
        (etc / "remap.config").write_text(
            f"map / https://unmapped.invalid/ @plugin=tslua.so @pparam={etc / 'verdict.lua'}\n"
        )

    def _lines(self) -> tuple[str, ...]:
        """What the instance logged since the last look."""
        with self._root.log.open("rb") as file:
            file.seek(self._read)
            new = file.read()
        self._read += len(new)
        found = (_LINE.fullmatch(line) for line in new.decode("utf-8", "replace").splitlines())
        return tuple(line["text"] for line in found if line)

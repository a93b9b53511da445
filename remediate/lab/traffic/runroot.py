"""The files of one private Apache Traffic Server: a run root that no other instance shares.

Settings follow the ATS 9.2 records.config reference; those that matter to a verdict stand first.
"""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from pathlib import Path

from remediate.lab.traffic.engine import Profile
from remediate.lab.world import Identity

BUNDLE, CLIENT, RULE = "bundle.pem", "client.pem", "origin.lua"
LOG = "diags.log"
EMPTY = (
    "cache.config",
    "parent.config",
    "plugin.config",
    "sni.yaml",
    "ssl_multicert.config",
    "storage.config",
    "volume.config",
)
IP_ALLOW = "ip_allow:\n  - apply: in\n    ip_addrs: 0/0\n    action: allow\n    methods: ALL\n"
LUA = """function do_remap()
  local host, port, path = string.match(ts.client_request.get_uri(), '^/([^/]+)/(%d+)(/.*)$')
  ts.client_request.set_url_scheme('https')
  ts.client_request.set_url_host(host)
  ts.client_request.set_url_port(tonumber(port))
  ts.client_request.set_uri(path)
  ts.client_request.header['Host'] = host .. ':' .. port
  return TS_LUA_REMAP_DID_REMAP
end
"""


@dataclass(frozen=True)
class Runroot:
    """Where an instance lives. `top` is its own; `logs` outlives it; `binary` is `traffic_server`."""

    top: Path
    logs: Path
    binary: Path

    @property
    def library(self) -> Path:
        """Where the package of `binary` keeps its libraries."""
        return self.binary.parent.parent / "lib" / "trafficserver"

    @property
    def log(self) -> Path:
        """The raw log that the instance appends to."""
        return self.logs / LOG

    def write(self, profile: Profile, address: str, port: int, dns_port: int) -> None:
        """Lay out all files for a start with this profile, listening on `address:port`."""
        for folder in ("etc", "trust", "run", "cache"):
            (self.top / folder).mkdir(parents=True, exist_ok=True)
        self.logs.mkdir(parents=True, exist_ok=True)
        etc = self.top / "etc"
        for name in EMPTY:
            (etc / name).write_text("")
        (etc / "ip_allow.yaml").write_text(IP_ALLOW)
        (etc / RULE).write_text(LUA)
        (etc / "remap.config").write_text(f"map / https://unmapped.invalid/ @plugin=tslua.so @pparam={etc / RULE}\n")
        listen = f"{port}:ip-in={address}:ip-out={address}"
        (etc / "records.config").write_text(self._records(profile, listen, f"{address}:{dns_port}"))
        (self.top / "runroot.yaml").write_text(self._layout())
        (self.top / "trust" / BUNDLE).write_bytes(profile.trust)
        write_identity(etc / CLIENT, profile.client)

    def _layout(self) -> str:
        places = {
            "prefix": self.top,
            "exec_prefix": self.top,
            "bindir": self.binary.parent,
            "sbindir": self.binary.parent,
            "sysconfdir": self.top / "etc",
            "datadir": self.top / "cache",
            "includedir": self.top / "etc",
            "libdir": self.library,
            "libexecdir": self.library / "modules",
            "localstatedir": self.top / "run",
            "runtimedir": self.top / "run",
            "logdir": self.logs,
            "cachedir": self.top / "cache",
        }
        return "".join(f"{name}: {place}\n" for name, place in places.items())

    def _records(self, profile: Profile, listen: str, nameserver: str) -> str:
        etc = self.top / "etc"
        settings: dict[str, str | int] = {
            "ssl.client.verify.server.policy": profile.policy,
            "ssl.client.verify.server.properties": "ALL",
            "ssl.client.CA.cert.path": str(self.top / "trust"),
            "ssl.client.CA.cert.filename": BUNDLE,
            "ssl.client.cipher_suite": profile.ciphers,
            "ssl.client.cert.path": str(etc),
            "ssl.client.cert.filename": CLIENT,
            "ssl.client.private_key.path": str(etc),
            "ssl.client.private_key.filename": CLIENT,
            "ssl.origin_session_cache": 0,
            "http.keep_alive_enabled_out": 0,
            "http.connect_attempts_max_retries": 0,
            "http.connect_attempts_rr_retries": 0,
            "http.connect_attempts_timeout": 5,
            "http.down_server.cache_time": 0,
            "http.server_ports": listen,
            "http.cache.http": 0,
            "http.wait_for_cache": 0,
            "url_remap.pristine_host_hdr": 0,
            "dns.nameservers": nameserver,
            "dns.resolv_conf": "NULL",
            "dns.search_default_domains": 0,
            "admin.user_id": "#-1",
            "exec_thread.autoconfig": 0,
            "exec_thread.limit": 1,
            "task_threads": 1,
            "accept_threads": 0,
            "net.connections_throttle": 500,
            "log.logging_enabled": 0,
            "crash_log_helper": "NULL",
        }
        return "".join(_record(name, value) for name, value in settings.items())


def _record(name: str, value: str | int) -> str:
    return f"CONFIG proxy.config.{name} {'INT' if isinstance(value, int) else 'STRING'} {value}\n"


def write_identity(path: Path, identity: Identity) -> None:
    """Key and chain as one PEM file that only its owner reads."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(identity.key_pem.rstrip() + b"\n")
        file.writelines(ssl.DER_cert_to_PEM_cert(der).encode() for der in identity.chain)

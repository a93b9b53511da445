"""OpenSSH's own server on the loopback, for the user of this process: a jump host that runs what it is told."""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.required import program

DEADLINE_S = 10.0
_CONFIG = """
ListenAddress 127.0.0.1
Port {port}
HostKey {home}/host
AuthorizedKeysFile {home}/user.pub
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
PidFile none
"""


@contextmanager
def jump_host(home: Path) -> Iterator[list[str]]:
    """The words of `ssh` to it, up to the command; its keys and its settings lie in `home`."""
    daemon = program("sshd", "openssh-server")
    keygen = program("ssh-keygen", "openssh-client")
    home.mkdir(parents=True)
    for name in ("host", "user"):
        subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(home / name)], check=True)
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where its service would make it
    port = _free_port()
    (home / "config").write_text(_CONFIG.format(port=port, home=home), encoding="utf-8")
    kind, key = (home / "host.pub").read_text(encoding="utf-8").split()[:2]
    (home / "known").write_text(f"[127.0.0.1]:{port} {kind} {key}\n", encoding="utf-8")
    server = subprocess.Popen([daemon, "-D", "-f", str(home / "config"), "-E", str(home / "log")])
    try:
        _answers(port, home / "log")
        options = ("BatchMode=yes", f"UserKnownHostsFile={home}/known", "IdentitiesOnly=yes")
        said = [word for option in options for word in ("-o", option)]
        client = [program("ssh", "openssh-client"), "-F", "none", "-p", str(port), "-i", str(home / "user")]
        yield [*client, *said, f"{getpass.getuser()}@127.0.0.1", "--"]
    finally:
        server.terminate()
        server.wait(DEADLINE_S)


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


def _answers(port: int, log: Path) -> None:
    deadline = time.monotonic() + DEADLINE_S
    with socket.socket() as probe:
        while probe.connect_ex(("127.0.0.1", port)):
            assert time.monotonic() < deadline, log.read_text(encoding="utf-8") if log.exists() else "no log"
            threading.Event().wait(0.02)

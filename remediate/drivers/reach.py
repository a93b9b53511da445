"""Whether a device's doors open from here. Connects and leaves: nothing is sent, and no login counted as failed."""

from __future__ import annotations

import socket

from remediate.drivers.identity import HTTPS_PORTS, UC_HTTPS_PORT
from remediate.drivers.shell import SSH_PORT, reason_of
from remediate.model.inventory import Cluster, Host


def doors(cluster: Cluster, host: Host) -> tuple[tuple[str, int], ...]:
    """Name and port of each that readings and changes of this node go through."""
    https = ("https", host.port("https", HTTPS_PORTS.get(cluster.role, UC_HTTPS_PORT)))
    shell = ("ssh", host.port("ssh", SSH_PORT))
    by_shell = cluster.role.startswith("expressway") or (host.platform_credentials and host.ssh_host_key)
    return (shell, https) if by_shell else (https,)


def closed(host: Host, port: int, seconds: float) -> str:
    """Why it does not open; empty where it does."""
    try:
        socket.create_connection((host.address, port), timeout=seconds).close()
    except TimeoutError:
        return f"no answer within {seconds:g} s"
    except (OSError, UnicodeError) as error:
        return reason_of(error)
    return ""

"""TLS captures of every port of every UC node by this tool's own handshakes, again and again, with their rate."""

from __future__ import annotations

import argparse
import json
import time
from datetime import UTC, datetime

from remediate.drivers.handshake import Handshakes
from remediate.engine.collect import ORIGIN_FORKS
from remediate.engine.fleet import on_each
from remediate.model.reading import Unknown
from tests.benchmarks.clients import common
from tests.benchmarks.reads import read_sites

CIPHERS = ("EECDH:EDH:HIGH:-AES256+SHA:!MEDIUM:!LOW:!3DES:!MD5:!PSK:!eNULL:!aNULL",)
TIMES = 5
PROBES = 3
"""RSA, ECDSA, and as the peers' client."""


def main(args: argparse.Namespace) -> None:
    """A port is captured by three handshakes; the rate is of handshakes."""
    nodes = [node for site in read_sites(args.nodes.parent / "sites.json") for node in site.nodes]
    ports = [(node, port) for node in nodes for port in ((8443, 6972) if node.role == "cucm" else (8443,))] * TIMES
    reader = Handshakes(lambda: datetime.now(UTC))
    wall, cpu = time.perf_counter(), time.process_time()
    found = on_each(
        lambda one: reader.capture(None, ("", one[0].fqdn, one[0].address, one[1]), CIPHERS), ports, ORIGIN_FORKS
    )
    spent, busy = time.perf_counter() - wall, time.process_time() - cpu
    unread = [one for one in found if isinstance(one, Exception) or isinstance(one.probes, Unknown)]
    assert not unread, unread[:1]
    print(json.dumps({"work": spent, "cpu": busy, "rate": PROBES * len(ports) / spent}))


if __name__ == "__main__":
    main(common.arguments())

"""What the clients of the bench share: their arguments, a pool of threads, and what they report. Standard library only.

`python -m tests.benchmarks.clients.NAME NODES.json --threads N [--trust]` reads all settings of every node, with
`--trust` its trusted CA list too, and prints the seconds of wall and CPU time of the reading alone, as JSON.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import ssl
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.benchmarks.reads import TRUST, Node, checked_trust, read_nodes


def parser() -> argparse.ArgumentParser:
    """The same for every client."""
    made = argparse.ArgumentParser()
    made.add_argument("nodes", type=Path)
    made.add_argument("--threads", type=int, default=50)
    made.add_argument("--trust", action="store_true")
    return made


def arguments() -> argparse.Namespace:
    """As typed."""
    return parser().parse_args()


def on_each(read: Callable[[Node], object], args: argparse.Namespace) -> None:
    """Read every node by a pool of threads, and report."""
    nodes = read_nodes(args.nodes)

    def whole(node: Node) -> None:
        read(node)
        if args.trust:
            read_trust(node)

    def work() -> None:
        with ThreadPoolExecutor(args.threads) as pool:
            list(pool.map(whole, nodes))

    reported(work)


def reported(work: Callable[[], object]) -> None:
    """Do it, and print what it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    print(json.dumps({"work": time.perf_counter() - wall, "cpu": time.process_time() - cpu}))


def read_trust(node: Node) -> None:
    """The trusted CA list over HTTPS, as straight as the standard library has it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(node.certificate)
    connection = http.client.HTTPSConnection(node.address, node.https, context=context, timeout=60)
    login = base64.b64encode(f"{node.user}:{node.password}".encode()).decode()
    connection.request("GET", TRUST, headers={"Authorization": f"Basic {login}"})
    checked_trust(node.name, connection.getresponse().read().decode())
    connection.close()

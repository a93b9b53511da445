"""This tool's own readers of a peer, on an inventory of ours beside the file of nodes."""

from __future__ import annotations

import argparse

from remediate.drivers.credentials import Gate
from remediate.drivers.expressway import rest, wire
from remediate.drivers.expressway.session import Habits, Session
from remediate.drivers.http import Https
from remediate.engine.fleet import on_each
from remediate.engine.targets import Node, scope_of
from remediate.errors import RemediateError
from remediate.files.project import load_desired
from remediate.files.secrets import SecretSource
from remediate.files.vault import Vault
from tests.benchmarks.clients import common
from tests.benchmarks.reads import LISTED, SETTINGS

READS = tuple(map(wire.leaf, SETTINGS))


def main(args: argparse.Namespace) -> None:
    """All nodes."""
    vault, habits = Vault(), Habits()
    inventory = load_desired(args.nodes.parent / "inventory", None, {}, vault=vault).inventory
    gate = Gate(SecretSource(vault))
    peers = [node for node in scope_of(inventory, None).peers if node[0].role == "expressway-c"]

    def read(node: Node) -> None:
        cluster, host = node
        session = Session(host, gate, cluster.durations, habits)
        replies = session.ask(READS)
        session.close()
        assert len(replies) == len(SETTINGS)
        if args.trust:
            https = Https(host, gate, cluster.durations, host.port("https", rest.HTTPS_PORT))
            listed = rest.trusted(host, https)
            https.close()
            assert len(listed.trust.value.sha256s) == LISTED  # type: ignore[union-attr]

    def work() -> None:
        for result in on_each(read, peers, args.threads):
            if isinstance(result, RemediateError):
                raise result

    common.reported(work)


if __name__ == "__main__":
    main(common.arguments())

"""What differs between two captures, or between the peers of one cluster: sets of each peer, and replicated values."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from remediate.cli.answering import answer
from remediate.cli.exits import Exit
from remediate.cli.parser import nearest
from remediate.cli.session import Session
from remediate.cli.wiring import Wiring
from remediate.errors import InputError
from remediate.files.captures import read_capture
from remediate.model.inventory import Inventory
from remediate.model.reading import Unknown
from remediate.report import as_json
from remediate.report.as_text.drift import compare
from remediate.report.peers import compare_peers, peer_rows, peers_of
from remediate.report.sanitize import page

ROLES = ("expressway-c", "expressway-e")
_WHERE = "command line"


def run(args: Namespace, wiring: Wiring) -> int:
    """Read, print the differences."""
    return _captures(args, wiring) if args.after else _peers(args, wiring)


def _captures(args: Namespace, wiring: Wiring) -> int:
    lines = compare(read_capture(Path(args.before)), read_capture(Path(args.after)))
    answer(
        args,
        wiring.output,
        lambda: as_json.document("compare", differences=lines),
        lambda: wiring.output.text(page(lines or ("No differences.",))),
    )
    return Exit.CHANGES_OR_FAILED if lines and args.detailed_exitcode else Exit.OK


def _peers(args: Namespace, wiring: Wiring) -> int:
    if not args.inventory:
        raise InputError("one capture alone", path=_WHERE, hint="give two captures, or a cluster and -i INV")
    session = Session(args, wiring)
    inventory = session.desired().inventory
    cluster = _cluster(inventory, args.before)
    args.limit = cluster
    peers = peers_of(session.observed(inventory), cluster)
    rows = peer_rows(peers)
    hosts = [p.host for p in peers]
    answer(
        args,
        wiring.output,
        lambda: as_json.document("compare-peers", cluster=cluster, peers=hosts, differences=rows),
        lambda: wiring.output.text(compare_peers(cluster, peers, wiring.output.columns)),
    )
    if any(isinstance(p.product, Unknown) for p in peers):
        return Exit.UNREACHABLE
    return Exit.CHANGES_OR_FAILED if rows and args.detailed_exitcode else Exit.OK


def _cluster(inventory: Inventory, name: str) -> str:
    known = [c.name for c in inventory.clusters if c.role in ROLES]
    if name not in known:
        near = nearest(name, known)
        hint = f"did you mean {near}?" if near else f"the inventory has {', '.join(known) or 'none'}"
        raise InputError(f"no Expressway cluster {name}", path=_WHERE, hint=hint)
    return name

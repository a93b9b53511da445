"""Read every node, each peer by its own session, and save what was read as a capture."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from remediate.cli.exits import Exit
from remediate.cli.session import Session
from remediate.cli.wiring import Wiring
from remediate.files.captures import write_capture
from remediate.model.observed import ObservedState
from remediate.model.reading import Unknown


def run(args: Namespace, wiring: Wiring) -> int:
    """0, or 4 where a node could not be read."""
    session = Session(args, wiring)
    inventory = session.desired().inventory
    observed = session.read(inventory, session.limit(inventory))
    sha256 = write_capture(Path(args.out), observed)
    unread = tuple(unreadable(observed))
    for name, why in unread:
        wiring.output.note(f"not read: {name}: {why}")
    read = len(observed.peers) + len(observed.uc) + len(observed.origins)
    wiring.output.line(f"{args.out}: {read} readings, {len(unread)} unknown, sha256:{sha256}")
    return Exit.UNREACHABLE if unread else Exit.OK


def unreadable(observed: ObservedState) -> list[tuple[str, str]]:
    """Node and reason, for each that gave nothing."""
    peers = [(p.host, r.why) for p in observed.peers for r in (p.product,) if isinstance(r, Unknown)]
    uc = [(u.cluster, r.why) for u in observed.uc for r in (u.process_nodes,) if isinstance(r, Unknown)]
    origins = [(f"{o.host}:{o.port}", r.why) for o in observed.origins for r in (o.probes,) if isinstance(r, Unknown)]
    return [*peers, *uc, *origins]

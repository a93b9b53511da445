"""Diagnostic logs of Expressway-C and Expressway-E while somebody logs in, from each peer of each cluster."""

from __future__ import annotations

import io
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from remediate import __version__
from remediate.cli.exits import Exit
from remediate.cli.logging_run import LoggingRun
from remediate.cli.session import Session
from remediate.cli.wiring import Wiring
from remediate.engine.collect_logs import Fetched, LogPorts, fetch, nodes_of, peers, running, states, unknown
from remediate.errors import ForbiddenStep, InputError, Unreachable
from remediate.evidence.diagnosis import Diagnostician
from remediate.evidence.notes import Notes
from remediate.files.bundles import members
from remediate.files.downloads import folder, receive
from remediate.model.base import digest
from remediate.model.inventory import Cluster, Inventory
from remediate.model.observed import ObservedState
from remediate.planning.logging import logging_plan, primary_of
from remediate.report.as_text.diagnose import diagnose

ROLES = ("expressway-c", "expressway-e")


def run(args: Namespace, wiring: Wiring) -> int:
    """Look, start, wait, stop, download."""
    if not args.seconds and not wiring.output.interactive:
        raise InputError("nobody is there to say when the login is done", path="command line", hint="add --for 5m")
    session = Session(args, wiring)
    inventory = session.desired().inventory
    clusters = _clusters(session, inventory)
    directory = folder(Path(args.out))
    ports = LogPorts(session.readers, wiring.bundles(), session.clock, session.progress, args.forks)
    observed = _observed(ports, inventory, clusters)
    desired = session.desired()
    plan = logging_plan(desired, observed, clusters, session.clock.now(), __version__)
    started = LoggingRun(session, desired, observed, plan)
    code = started.around(lambda interrupted: _waited(session, interrupted))
    if code != Exit.OK:
        return code
    got = fetch(ports, nodes_of(clusters), lambda host, send: receive(directory, host.name, session.clock.now(), send))
    session.progress.end()
    return _told(session, directory, got)


def _clusters(session: Session, inventory: Inventory) -> tuple[Cluster, ...]:
    limit = session.limit(inventory)
    found = tuple(c for c in inventory.clusters if c.role in ROLES and (limit is None or c.name in limit))
    if not found:
        raise InputError("no Expressway cluster is selected", path="command line", hint="see -l and the inventory")
    return found


def _observed(ports: LogPorts, inventory: Inventory, clusters: tuple[Cluster, ...]) -> ObservedState:
    """Readings by which the devices are known again; and nobody's logging runs."""
    found = states(ports, nodes_of(clusters))
    busy, silent = running(found), unknown(found)
    if busy:
        where = ", ".join(busy)
        raise ForbiddenStep(f"diagnostic logging already runs on {where}: it may be TAC's; ask, and stop it first")
    if silent:
        raise Unreachable(
            silent[0].partition(":")[0], f"whether diagnostic logging runs is not known: {'; '.join(silent)}"
        )
    primaries = tuple((c, h) for c, h in nodes_of(clusters) if h.name == primary_of(c))
    read = peers(ports, primaries)
    ports.progress.event("logs", "", "", f"nobody's diagnostic logging runs on {len(found)} peers")
    return ObservedState(taken_at=ports.clock.now(), inventory_digest=digest(inventory), peers=read)


def _waited(session: Session, interrupted: Callable[[], bool]) -> None:
    """Until the time is over, Enter is pressed, or a signal came."""
    wait = session.args.seconds
    if wait:
        session.output.line(f"Diagnostic logging runs. Log in over MRA now; it is stopped in {wait:.0f} s.")
    else:
        session.output.line("Diagnostic logging runs. Log in over MRA now, then press Enter.")
    end = session.clock.monotonic() + wait
    while not interrupted():
        left = end - session.clock.monotonic() if wait else 0.3
        if (wait and left <= 0) or (not wait and session.output.typed() is not None):
            return
        if session.clock.wait(min(left, 0.3)):
            return


def _told(session: Session, directory: Path, got: tuple[Fetched, ...]) -> int:
    missing = [one for one in got if one.file is None]
    for one in got:
        session.output.line(f"{one.cluster}/{one.host}: {one.file or f'no bundle: {one.why}'}")
    session.output.line(f"{len(got) - len(missing)} of {len(got)} bundles in {directory}")
    if len(missing) < len(got):
        _diagnosed(session, [str(one.file) for one in got if one.file])
        session.output.line(
            f"With no device in reach: remediate plan PLAYBOOK -i {session.args.inventory} --from {directory}"
        )
    return Exit.UNREACHABLE if missing else Exit.OK


def _diagnosed(session: Session, files: list[str]) -> None:
    """What `remediate diagnose` says of them."""
    notes = Notes()
    found = Diagnostician(session.clock.now(), notes).read_all(members(files, notes, io.BytesIO))
    session.output.line("")
    session.output.text(diagnose(found, session.output.columns))

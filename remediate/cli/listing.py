"""`--list-hosts`, `--list-tags`, `--list-tasks`: what a command would look at, without a network, in Ansible's form."""

from __future__ import annotations

from collections.abc import Iterator

from remediate.cli.exits import Exit
from remediate.cli.limit import with_served
from remediate.cli.session import Session
from remediate.model.desired import DesiredState, Play
from remediate.model.inventory import Inventory


def listed(session: Session) -> int:
    """Print it."""
    desired = session.desired()
    lines = _plays(session, desired) if desired.plays else _hosts(desired.inventory, session.limit(desired.inventory))
    for line in lines:
        session.output.line(line)
    return Exit.OK


def _plays(session: Session, desired: DesiredState) -> Iterator[str]:
    yield f"playbook: {session.args.playbook}"
    for number, play in enumerate(desired.plays, 1):
        yield ""
        yield f"  play #{number} ({', '.join(play.clusters)}): {play.name}\tTAGS: [{', '.join(sorted(play.tags))}]"
        if session.args.list_tasks:
            yield "    tasks:"
            yield from (f"      {declared}" for declared in _declared(play))
        if session.args.list_hosts:
            yield from (f"  {line}" for line in _hosts(desired.inventory, _looked_at(play, desired.inventory)))


def _declared(play: Play) -> Iterator[str]:
    """What the play asks for, in the words of its file; the steps of it are what `plan` finds."""
    if play.origins:
        yield f"origins: {play.origins}"
    if play.upgrade_ready:
        yield "upgrade_ready: true"
    if play.trusted_certificates:
        yield f"trusted_certificates: {', '.join(play.trusted_certificates)}"
    if play.verify_origin_server:
        yield f"verify_origin_server: {play.verify_origin_server}"
    if play.workaround:
        yield f"workaround: {play.workaround.owner}, {play.workaround.ticket}, until {play.workaround.expires:%F}"
    if play.remedies:
        yield f"remedies: {', '.join(play.remedies)}"
    yield f"service_restarts: {play.service_restarts}, restart: {play.restart}"


def _looked_at(play: Play, inventory: Inventory) -> frozenset[str] | None:
    return with_served(frozenset(play.clusters), inventory)


def _hosts(inventory: Inventory, clusters: frozenset[str] | None) -> Iterator[str]:
    names = [h.name for c in inventory.clusters if clusters is None or c.name in clusters for h in c.hosts]
    yield f"  hosts ({len(names)}):"
    yield from (f"    {name}" for name in names)

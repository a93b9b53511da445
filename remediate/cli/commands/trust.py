"""Pin the SSH host key or the certificate of a device by a fingerprint that you type."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from remediate.cli.exits import Exit
from remediate.cli.parser import nearest
from remediate.cli.session import Session
from remediate.cli.wiring import Wiring
from remediate.drivers.fingerprints import spelled
from remediate.drivers.identity import Face, Shown, face_of
from remediate.errors import IdentityNotTrusted, InputError, Unreachable
from remediate.files.pins import Pins, pins_beside, read_pins, write_pins
from remediate.model.inventory import Host, Inventory
from remediate.report.as_text.pins import pinned


def run(args: Namespace, wiring: Wiring) -> int:
    """List, or look and pin."""
    session = Session(args, wiring)
    inventory = session.desired().inventory
    path = pins_beside(Path(args.inventory))
    known = read_pins(path, (h.name for c in inventory.clusters for h in c.hosts))
    if args.what == "list":
        wiring.output.text(pinned(inventory, {one.host: one.verified for one in known}, path.name))
        return Exit.OK
    host = _host(args, inventory)
    if args.fingerprint is None:
        hint = "read it at the device itself; it is never taken from what the device shows here"
        raise InputError("which fingerprint?", path="--fingerprint", hint=hint)
    face = face_of(inventory.cluster(host.cluster), host)
    chosen = _matching(host, face, args.fingerprint)
    pins = _after(session, host, face, chosen)
    write_pins(path, (*(one for one in known if one.host != host.name), _joined(known, pins)))
    _tell(session, host, face, chosen, path)
    return Exit.OK


def _host(args: Namespace, inventory: Inventory) -> Host:
    hosts = {host.name: host for cluster in inventory.clusters for host in cluster.hosts}
    if args.host not in hosts:
        near = nearest(args.host, hosts)
        hint = f"did you mean {near}?" if near else f"nodes: {', '.join(hosts)}"
        raise InputError(f"no node {args.host}" if args.host else "which node?", path="HOST", hint=hint)
    return hosts[args.host]


def _matching(host: Host, face: Face, digest: bytes) -> Shown:
    """Raises Unreachable when nothing was shown, IdentityNotTrusted when nothing that was shown matches."""
    if not face.shown:
        raise Unreachable(host.name, "; ".join(face.closed) or "it shows no identity")
    wanted = spelled(digest)
    found = next((one for one in face.shown if one.fingerprint == wanted), None)
    if found is None:
        seen = ", ".join(f"{_words(one)} {one.fingerprint}" for one in face.shown)
        what = f"nothing that it shows has the fingerprint you typed; UNVERIFIED, it shows: {seen}"
        hint = "nothing was pinned and nothing sent: see whether this is the device, and read the fingerprint again"
        raise IdentityNotTrusted(host.name, "; ".join((what, *face.closed)), hint)
    return found


def _after(session: Session, host: Host, face: Face, chosen: Shown) -> Pins:
    """The new pin and those of its kind that the device still shows."""
    old = _pins_of(host, chosen.kind)
    kept = (chosen.pin, *(pin for pin in old if pin in face.pins(chosen.kind) and pin != chosen.pin))
    verified = f"{session.clock.now():%Y-%m-%dT%H:%M:%SZ} {session.wiring.consent(False).who}"
    if chosen.kind == "ssh":
        return Pins(host=host.name, ssh_host_key=kept, verified=verified)
    return Pins(host=host.name, tls_sha256=kept, verified=verified)


def _joined(known: tuple[Pins, ...], new: Pins) -> Pins:
    """What was typed earlier for the other kind stays."""
    old = next((one for one in known if one.host == new.host), Pins(host=new.host))
    return Pins(
        host=new.host,
        ssh_host_key=new.ssh_host_key or old.ssh_host_key,
        tls_sha256=new.tls_sha256 or old.tls_sha256,
        verified=new.verified,
    )


def _tell(session: Session, host: Host, face: Face, chosen: Shown, path: Path) -> None:
    session.output.line(f"Pinned in {path}: {_words(chosen)} {chosen.fingerprint} of {host.name}.")
    for pin in _pins_of(host, chosen.kind):
        if pin not in face.pins(chosen.kind):
            session.output.line(f"No longer pinned, since {host.name} does not show it any more: {pin}")


def _pins_of(host: Host, kind: str) -> tuple[str, ...]:
    if kind == "ssh":
        return tuple(" ".join(line.split()[:2]) for line in host.ssh_host_key.splitlines())
    return tuple(dict.fromkeys((*host.tls_sha256, *(c.sha256 for c in host.tls_certificates))))


def _words(shown: Shown) -> str:
    return f"SSH host key {shown.pin.split()[0]}" if shown.kind == "ssh" else "certificate"

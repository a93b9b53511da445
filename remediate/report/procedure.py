"""A plan as numbered work for people: what to look at, do, expect, and how to take it back, device by device.

Everything stands here in literal commands and clicks, so that it can be done without this tool.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from remediate.actions import (
    DiagnosticLogging,
    Owed,
    RefreshServers,
    RenameSystemServer,
    RestartPeer,
    RestartService,
    SetVerifyOriginServer,
    UploadCertificates,
)
from remediate.actions.upload_certificates import CLICKS
from remediate.model.fact import Fact, ListedNames, Registrations, ServiceStart, Setting
from remediate.model.observed import VERIFY_ORIGIN_SERVER
from remediate.planning.plan import Device, Plan, Step
from remediate.report.as_text.words import count, names, owed_words
from remediate.tls.describe import describe

RESTART_MINUTES = 15
MINUTES = {
    "upload-certificates": 5,
    "set-verify-origin-server": 3,
    "rename-system-server": 10,
    "refresh-servers": 5,
    "restart-service": RESTART_MINUTES,
    "restart-peer": RESTART_MINUTES,
    "diagnostic-logging": 2,
}
"""What a step takes by hand, before anybody has measured it here."""
STOP = "anything but the expected result, a new alarm, or a login worse than before the window"


@dataclass(frozen=True)
class Item:
    """One thing to do. `commands` are typed or clicked exactly as they stand."""

    title: str
    check: tuple[str, ...]
    commands: tuple[str, ...]
    expected: tuple[str, ...]
    minutes: int
    stop: str
    backout: str
    number: int = 0
    """Of the step in the plan; 0 for what the steps leave to be done."""
    caution: tuple[str, ...] = ()


@dataclass(frozen=True)
class Chapter:
    """Consecutive work on one device."""

    host: str
    device: Device | None
    items: tuple[Item, ...]


def procedure(plan: Plan) -> tuple[Chapter, ...]:
    """Chapters in the order of the plan. A restart that is owed stands with its device; the rest at the end."""
    owed = list(plan.owed)
    chapters: list[Chapter] = []
    for steps in _runs(plan):
        host = steps[0][1].action.host
        restarts = [one for one in owed if one.kind == "restart" and one.host == host]
        owed = [one for one in owed if one not in restarts]
        items = (*(item_of(number, step) for number, step in steps), *(_restart(one.host) for one in restarts[:1]))
        chapters.append(Chapter(host, device_of(plan, host), items))
    for one in owed:
        where = one.host or one.cluster
        chapters.append(Chapter(where, device_of(plan, where), (_left(one),)))
    return tuple(chapters)


def numbered(plan: Plan) -> tuple[tuple[int, Step], ...]:
    """Steps with the number by which every report calls them, from 1."""
    return tuple(enumerate(plan.steps, 1))


def device_of(plan: Plan, host: str) -> Device | None:
    """The device as the plan knew it."""
    return next((d for d in plan.devices if d.host == host), None)


def item_of(number: int, step: Step) -> Item:
    """One step of the plan, to be done by hand."""
    if isinstance(step.action, RestartPeer):
        return _restart(step.action.host, number)
    return Item(
        number=number,
        title=_sentence(step.action.title),
        check=tuple(_checks(step)),
        commands=tuple(commands_of(step)),
        expected=tuple(_expected(step)),
        minutes=max(MINUTES[step.action.kind], ceil(step.wait / 60)),
        stop=STOP,
        backout=step.undo.how,
        caution=step.action.cautions,
    )


def commands_of(step: Step) -> Iterator[str]:
    """The literal command or clicks of one step."""
    match step.action:
        case SetVerifyOriginServer() as setting:
            yield f"ssh admin@{setting.host}"
            yield setting.command
        case UploadCertificates() as upload:
            yield f"{CLICKS}: choose {upload.host}.pem (annex), press Append CA certificate"
        case RenameSystemServer() as rename:
            clicks = "Cisco Unified CM Administration > System > Server"
            yield f"{clicks}: open {rename.old}, change Host Name/IP Address to {rename.new}, press Save"
        case DiagnosticLogging() | RestartService() | RestartPeer():
            yield step.action.by_hand
        case RefreshServers():
            page = "Configuration > Unified Communications > Unified CM servers"
            yield f"{page}: select all, press Refresh servers"


def told(fact: Fact) -> str:
    """What must be seen, in words."""
    host, value = fact.field.host, fact.value
    match fact.field:
        case ServiceStart(service=service):
            return f"{host}: {service} runs; note since when"
        case ListedNames():
            return f"{host}: UDS lists {names(value, 8) if isinstance(value, tuple) else value}"
        case Registrations():
            return f"{host}: as many phones registered as before"
    return _told_of_settings(fact)


def _told_of_settings(fact: Fact) -> str:
    value = fact.value
    match fact.field:
        case Setting(path=path, host=host):
            return f"{host}: xConfiguration {path} reads {value}"
        case field if field.kind == "trust-list" and isinstance(value, tuple):
            return (
                f"{field.host}: {CLICKS} lists {count(len(value), 'new entry', 'new entries')}, and all that were there"
            )
        case field if field.kind == "trust-list":
            return f"{field.host}: {CLICKS} holds what the plan was made from, no entry more or less"
        case field if field.kind == "diagnostic-state":
            return f"{field.host}: diagnostic logging is {value}"
        case field if field.kind == "server-name":
            return f"{field.host}: System > Server shows {value}"
        case field:
            wanted = names(value, 8) if isinstance(value, tuple) and value else "its zones"
            return f"{field.host}: Configuration > Zones shows {wanted}"


def _runs(plan: Plan) -> Iterator[list[tuple[int, Step]]]:
    run: list[tuple[int, Step]] = []
    for number, step in numbered(plan):
        if run and run[-1][1].action.host != step.action.host:
            yield run
            run = []
        run.append((number, step))
    if run:
        yield run


def _checks(step: Step) -> Iterator[str]:
    yield told(step.expect)
    if step.unless is not None:
        yield f"skip this step when {told(step.unless)} by {count(step.wait, 'second')} after the one before it"
    if isinstance(step.action, UploadCertificates):
        yield "Show all (PEM file) is saved: it is the way back"
        pairs = zip(step.action.names, step.action.sha256s, strict=True)
        yield from (f"openssl x509 -noout -fingerprint -sha256 of {name} gives {_pairs(s)}" for name, s in pairs)


def _pairs(sha256: str) -> str:
    """As OpenSSL prints it."""
    return ":".join(sha256[i : i + 2] for i in range(0, len(sha256), 2)).upper()


def _expected(step: Step) -> Iterator[str]:
    match step.action:
        case SetVerifyOriginServer() as setting:
            yield "OK"
            for host in setting.reaches:
                line = f'*c xConfiguration {VERIFY_ORIGIN_SERVER}: "{setting.value}"'
                yield f"on {host}, xConfiguration {VERIFY_ORIGIN_SERVER} prints {line}"
        case UploadCertificates() as upload:
            for name, certificate in zip(upload.names, upload.certificates, strict=True):
                yield f"the list shows {describe(certificate.der).label} ({name})"
            yield "every entry that was there before is still there"
        case RenameSystemServer() | RefreshServers() | RestartService() | RestartPeer() | DiagnosticLogging():
            yield from map(told, step.confirm)


def _restart(host: str, number: int = 0) -> Item:
    return Item(
        number=number,
        title=f"Restart {host}, so that its trusted CA list is loaded",
        check=(
            "every other step of this device is done, and its result was seen",
            "all other peers of the cluster are up, and the cluster database is Active",
            "nobody restarts a peer of the other Expressway cluster meanwhile",
            f"{host}: xStatus ResourceUsage, xStatus CollaborationEdge: calls and MRA sessions, noted down",
            f"{host}: maintenance mode is on, and calls and MRA sessions have drained",
        ),
        commands=(f"ssh admin@{host}", "xCommand Restart"),
        expected=(
            "after about 3 minutes the same version, an uptime that began anew, the cluster database Active",
            "no new alarm, the traversal zone up, the UC servers as before; switch maintenance mode off and see it off",
            "3 good logins over MRA",
        ),
        minutes=RESTART_MINUTES,
        stop=f"{STOP}, or {RESTART_MINUTES} minutes",
        backout="a restart is not taken back; the backout of the steps stands with each of them",
        caution=("calls and MRA sessions on this peer drop",),
    )


def _left(owed: Owed) -> Item:
    service = owed.kind == "restart-service"
    place = "Cisco Unified Serviceability > Tools > Control Center - Feature Services"
    return Item(
        title=_sentence(owed_words(owed.kind, owed.cluster, owed.host, owed.what)),
        check=("the steps before it are done, and their results were seen",),
        commands=(f"{place}: {owed.what}, press Restart",) if service else (_sentence(_owed(owed)),),
        expected=(f"{owed.what}: Started" if service else "the change is seen on every peer",),
        minutes=RESTART_MINUTES if service else MINUTES["refresh-servers"],
        stop=STOP,
        backout="nothing to take back",
    )


def _owed(owed: Owed) -> str:
    return owed_words(owed.kind, owed.cluster, owed.host, owed.what)


def _sentence(text: str) -> str:
    """A capital first letter, unless it is a name of something."""
    return text if text.startswith("x") else text[:1].upper() + text[1:]

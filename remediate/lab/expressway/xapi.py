"""The language of the xAPI shell: a line in, a reply and at most one wish for change out. No I/O."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from remediate.lab.expressway.settings import ALIASES, BY_PATH, Setting, exists
from remediate.lab.expressway.status import ELEMENTS, View
from remediate.lab.expressway.tree import configuration, ended, status
from remediate.lab.world import VERIFY_ORIGIN

UNKNOWN = "Command not recognized."
VERBS = {"xconfiguration": 5, "xcommand": 5, "xstatus": 5}
PEER_ADDRESS = re.compile(r"alternates (\d) peer address", re.IGNORECASE)
ARGUMENT = re.compile(r"""(\w+):\s*("[^"]*"|'[^']*'|\S+)\s*""")


@dataclass(frozen=True)
class SetValue:
    """A leaf shall hold another value."""

    path: str
    value: str


@dataclass(frozen=True)
class Wish:
    """Something the peer shall do after its reply is out."""

    kind: Literal["restart", "force-update", "close"]


@dataclass(frozen=True)
class Reply:
    """The text of a reply, framed, and what it promises."""

    text: str
    change: SetValue | Wish | None = None
    kind: Literal["read", "set", "command", "unknown"] = "read"


def banner(view: View) -> str:
    """What the shell says after login."""
    version = view[1].release_of(view[2])
    text = f"\r\nTANDBERG Video Communication Server {version}\r\nSW Release Date: 2023-02-07\r\n\r\n"
    return text + ("OK\r\n" if view[1].switches.banner_ok else "")


def answer(view: View, line: str) -> Reply:
    """The reply to one line; verbs may be abbreviated and are read without regard to case."""
    verb, _, rest = line.strip().partition(" ")
    if verb.lower() in {"bye", "exit", "quit"}:
        return Reply("", Wish("close"), "command")
    for full, shortest in VERBS.items():
        if len(verb) >= shortest and full.startswith(verb.lower()):
            return _SPEAKERS[full](view, rest.strip())
    return _unknown(view)


def _configuration(view: View, rest: str) -> Reply:
    if rest.endswith("?"):
        return _help(view, rest.rstrip("? "))
    path, colon, value = rest.partition(":")
    return _set(view, path.strip(), value.strip()) if colon else _read(view, rest)


def _read(view: View, asked: str) -> Reply:
    _, cluster, peer = view
    wanted = _canonical(asked)
    leaves = [
        (path, value)
        for path, value in sorted(peer.settings.items())
        if f"{path.lower()} ".startswith(f"{wanted} " if wanted else "")
        and (cluster.switches.verify_listed or path != VERIFY_ORIGIN or wanted == path.lower())
    ]
    return Reply(ended(configuration(leaves), cluster.switches)) if leaves else _unknown(view)


def _canonical(path: str) -> str:
    lowered = " ".join(path.lower().strip("/ ").split())
    turned = PEER_ADDRESS.sub(r"alternates peer \1 address", lowered)
    return ALIASES.get(turned, turned)


def _set(view: View, asked: str, written: str) -> Reply:
    setting = next((found for found in _known(view) if found.path.lower() == _canonical(asked)), None)
    if setting is None:
        return _unknown(view)
    try:
        value = _converted(setting, _unquoted(setting, written))
        if setting.path == VERIFY_ORIGIN:
            _check_casing(view, written.strip("\"'"))
    except ValueError as refusal:
        return _refused(view, str(refusal))
    return Reply(ended([], view[1].switches), SetValue(setting.path, value), "set")


def _known(view: View) -> list[Setting]:
    return [setting for setting in BY_PATH.values() if exists(setting, view[1].release_of(view[2]), view[1].switches)]


def _unquoted(setting: Setting, written: str) -> str:
    quote = written[:1]
    if quote in {'"', "'"}:
        inner = written[1:-1]
        if len(written) < 2 or written[-1] != quote or quote in inner:
            raise ValueError("Unbalanced quotes")
        return inner
    if setting.kind == "text" and (not written or " " in written):
        raise ValueError(f"Value must be quoted: {setting.form}")
    return written


def _converted(setting: Setting, value: str) -> str:
    low, high = setting.span
    if setting.kind == "enumeration":
        known = [choice for choice in setting.choices if choice.lower() == value.lower()]
    elif setting.kind == "number":
        known = [value] if value.isdecimal() and low <= int(value) <= high else []
    else:
        known = [value] if value.isprintable() and low <= len(value) <= high else []
    if not known:
        raise ValueError(f"Value out of range: {setting.form}")
    return known[0]


def _check_casing(view: View, written: str) -> None:
    casing = view[1].switches.casing
    if (casing == "upper" and not written.isupper()) or (casing == "title" and written not in {"On", "Off"}):
        raise ValueError("Value out of range")


def _help(view: View, asked: str) -> Reply:
    wanted = _canonical(asked)
    lines = [
        f"  {setting.path}: {setting.form}  Default: {setting.default}"
        for setting in _known(view)
        if setting.path.lower().startswith(wanted)
    ]
    return Reply(ended(lines, view[1].switches)) if lines else _unknown(view)


def _status(view: View, rest: str) -> Reply:
    words = rest.strip("/ ").split()
    told = [name for name in ELEMENTS if name != "NTP" or view[1].switches.ntp != "absent"]
    named = [name for name in told if words and name.lower() == words[0].lower()]
    if words and not named:
        return _unknown(view)
    lines = [line for name in named or told for line in status(name, ELEMENTS[name](view))]
    return Reply(ended(lines, view[1].switches))


def _command(view: View, rest: str) -> Reply:
    named = " ".join(rest[: _arguments_at(rest)].lower().split())
    arguments = {name.lower(): value.strip("\"'") for name, value in ARGUMENT.findall(rest)}
    speaker = _COMMANDS.get(named)
    return speaker(view, arguments) if speaker else _unknown(view)


def _arguments_at(rest: str) -> int:
    found = ARGUMENT.search(rest)
    return found.start() if found else len(rest)


def _dns_lookup(view: View, arguments: dict[str, str]) -> Reply:
    world, cluster, _ = view
    host = arguments.get("hostname")
    if not host:
        return _refused(view, 'Usage: xCommand DNS Lookup Hostname: "…" RecordType: <all/a/aaaa/srv/naptr>')
    address = world.dns.get(host.rstrip(".").lower())
    wanted = arguments.get("recordtype", "all").lower() in {"all", "a"}
    records = {"Record 1": {"Type": "A", "Address": address, "TTL": "3600"}} if address and wanted else {}
    lines = status("DNS Lookup", {"Hostname": host, **records}, "r")
    return Reply(ended(lines, cluster.switches), None, "command")


def _restart(view: View, arguments: dict[str, str]) -> Reply:
    del arguments
    return Reply(ended([], view[1].switches), Wish("restart"), "command")


def _force_update(view: View, arguments: dict[str, str]) -> Reply:
    del arguments
    return Reply(ended([], view[1].switches), Wish("force-update"), "command")


def _ping(view: View, arguments: dict[str, str]) -> Reply:
    known = arguments.get("hostname", "") in view[0].dns
    answered = status("Ping", {"Result": "Reachable" if known else "Unreachable"}, "r")
    return Reply(ended(answered, view[1].switches), None, "command")


def _unknown(view: View) -> Reply:
    return Reply(ended([], view[1].switches, UNKNOWN), None, "unknown")


def _refused(view: View, detail: str) -> Reply:
    return Reply(ended([detail], view[1].switches, "ERROR"), None, "unknown")


_SPEAKERS: dict[str, Callable[[View, str], Reply]] = {
    "xconfiguration": _configuration,
    "xcommand": _command,
    "xstatus": _status,
}
_COMMANDS: dict[str, Callable[[View, dict[str, str]], Reply]] = {
    "dns lookup": _dns_lookup,
    "dnslookup": _dns_lookup,
    "restart": _restart,
    "force config update": _force_update,
    "forceconfigupdate": _force_update,
    "ping": _ping,
}

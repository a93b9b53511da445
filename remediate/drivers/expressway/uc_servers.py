"""The UC server entries of a peer by REST. Read leniently: their form is known from third-party code only.

Of the pages only the one for CUCM is known by its path; where those for IM and Presence and Unity Connection lie, the
peer's own RAML tells (REST API guide X14.2: RAML is the authority for the running version). No other key of an entry
is looked at: it may hold the account.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from remediate.drivers.http import Https, refused
from remediate.errors import DeviceError, UnexpectedReply
from remediate.model.inventory import Host
from remediate.model.reading import Known, Unknown
from remediate.model.uc_server import UC_SERVER_KINDS, UcServer, UcServerKind, UcServers

RAML = "/api/raml"
PREFIX = "/api/provisioning"
CUCM = f"{PREFIX}/controller/server/cucm"
NO_SUCH_PAGE = frozenset({404, 405})
_RESOURCE = re.compile(r"^(?P<indent> *)(?P<path>/[A-Za-z0-9/_{}.-]*):", re.MULTILINE)
_SERVER = re.compile(r"/controller/server/(?P<word>[a-z0-9_-]+)$")
WORDS: tuple[tuple[str, UcServerKind], ...] = (
    ("cucm", "cucm"),
    ("callmanager", "cucm"),
    ("imp", "im-and-presence"),
    ("presence", "im-and-presence"),
    ("xmpp", "im-and-presence"),
    ("unity", "unity-connection"),
    ("ucxn", "unity-connection"),
    ("cuc", "unity-connection"),
)
"""What a page may be called; the first that fits."""
ADDRESS = ("publisher", "address", "hostname", "host", "fqdn", "ipaddress", "name")
VERIFY = ("tlsverifymode", "tlsverify", "verifymode")
UNVERIFIED = ("certvalidationdisabled",)
"""The command's name for it, the other way round: On is verification off."""
STATUS = ("status", "state", "currentstatus")


def uc_servers(host: Host, https: Https) -> UcServers:
    """Entries of each kind; a page that is not there is an `Unknown`. Raises nothing of a device's making."""
    try:
        pages = {"cucm": CUCM} | dict(_pages(_raml(https)))
    except DeviceError as error:
        return tuple((kind, Unknown(why=str(error))) for kind in UC_SERVER_KINDS)
    return tuple((kind, _of(host, https, kind, pages.get(kind, ""))) for kind in UC_SERVER_KINDS)


def _raml(https: Https) -> str:
    """Nothing where the peer answers with something else."""
    try:
        return https.get(RAML).body.decode("utf-8", "replace")
    except UnexpectedReply:
        return ""


def _pages(raml: str) -> Iterator[tuple[UcServerKind, str]]:
    """Pages of UC servers by kind, from a flat RAML or a nested one."""
    above: list[tuple[int, str]] = []
    for found in _RESOURCE.finditer(raml):
        indent = len(found["indent"])
        above = [(depth, path) for depth, path in above if depth < indent]
        whole = "".join(path for _, path in above) + found["path"]
        above.append((indent, found["path"]))
        server = _SERVER.search(whole.lower())
        kind = next((kind for word, kind in WORDS if server and word in server["word"]), None)
        if kind:
            yield kind, whole if whole.startswith("/api/") else f"{PREFIX}{whole.removeprefix('/provisioning')}"


def _of(host: Host, https: Https, kind: UcServerKind, path: str) -> Known[tuple[UcServer, ...]] | Unknown:
    if not path:
        return Unknown(why=f"{host.name} lists no page of {kind} servers in its RAML: see the web page of that name")
    try:
        page = https.get(path)
        if page.status in NO_SUCH_PAGE:
            return Unknown(why=f"{host.name} has no page {path} (HTTP {page.status})")
        if page.status != 200:
            raise refused(host, page, f"GET {path}")
        return Known(value=_entries(host, kind, path, page.body))
    except DeviceError as error:
        return Unknown(why=str(error))


def _entries(host: Host, kind: UcServerKind, path: str, body: bytes) -> tuple[UcServer, ...]:
    """A list, one object, or an object that holds the list."""
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnexpectedReply(host.name, f"{path} is not JSON") from error
    entries = list(_objects(tree))
    found = tuple(server for one in entries if (server := _entry(kind, one)))
    if entries and not found:
        raise UnexpectedReply(host.name, f"{path} names no address of a server")
    return found


def _objects(tree: object) -> Iterator[dict[str, str]]:
    """Every innermost object, its keys in lower case without anything but letters, its values as text."""
    if isinstance(tree, list):
        for one in tree:
            yield from _objects(one)
    elif isinstance(tree, dict):
        lists = [value for value in tree.values() if isinstance(value, list | dict)]
        plain = {re.sub(r"[^a-z]", "", str(k).lower()): v for k, v in tree.items() if isinstance(v, str | bool)}
        if any(key in plain for key in ADDRESS) or (plain and not lists):
            yield {key: str(value) for key, value in plain.items()}
        else:
            yield from _objects(lists)


def _entry(kind: UcServerKind, told: dict[str, str]) -> UcServer | None:
    address = _first(told, ADDRESS)
    verify = _on_off(_first(told, VERIFY))
    unverified = _on_off(_first(told, UNVERIFIED))
    opposite = {True: False, False: True, None: None}[unverified]
    mode = verify if verify is not None else opposite
    words: dict[bool | None, str] = {True: "On", False: "Off", None: ""}
    if not address:
        return None
    return UcServer.model_validate(
        {"kind": kind, "address": address, "tls_verify": words[mode], "status": _first(told, STATUS)}
    )


def _first(told: dict[str, str], keys: tuple[str, ...]) -> str:
    return next((told[key].strip() for key in keys if told.get(key, "").strip()), "")


def _on_off(text: str) -> bool | None:
    """None: not said, or in words that we do not know."""
    return {"on": True, "true": True, "yes": True, "off": False, "false": False, "no": False}.get(text.casefold())

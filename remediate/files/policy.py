"""`policy.yml` beside the inventory: change windows, approvals, budgets, backups, the login test."""

from __future__ import annotations

import re
import zoneinfo
from pathlib import Path

from remediate.errors import InventoryError
from remediate.files.accounts import Accounts, accounts
from remediate.files.convert import Reader
from remediate.files.reading import is_folder, is_there
from remediate.files.yaml import Mapping, Node, Text, read_yaml
from remediate.model.inventory import Inventory
from remediate.model.policy import WEEKDAYS, Approvals, Budgets, ChangeWindow, LoginTest, Policy, Weekday

FILE = "policy.yml"
RISKS = ("additive", "rename", "restart", "security-reducing")
KEYS = (
    "budgets",
    "clusters_at_once",
    "first_cluster",
    "soak",
    "backups",
    "windows",
    "approvals",
    "login_test",
    "rehearsal",
)
BUDGET_KEYS = ("max_failed", "max_unreachable", "keep_up")
WINDOW_KEYS = ("name", "kind", "days", "start", "at", "duration", "time_zone", "clusters")
APPROVAL_KEYS = ("allowed_signers", "required", "author_may_approve")
LOGIN_KEYS = ("edge", "domain", "credentials", "repeat", "by_hand")
NOT_ASKED, REQUIRED = "not-asked", "required"
_START = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
read = Reader(InventoryError)


def load_policy(inventory: Path, loaded: Inventory) -> Policy:
    """That of an inventory, which is a folder or a file; the defaults where there is none. Raises InventoryError."""
    path = (inventory if is_folder(inventory) else inventory.parent) / FILE
    if not is_there(path):
        return Policy()
    tree = read.mapping(read_yaml(path, InventoryError), KEYS)
    clusters = {cluster.name for cluster in loaded.clusters}
    default = Policy()
    at_once, first, soak, backups = (tree.get(k) for k in ("clusters_at_once", "first_cluster", "soak", "backups"))
    rehearsal = tree.get("rehearsal")
    return Policy(
        budgets=_budgets(tree.get("budgets")),
        clusters_at_once=read.whole(at_once, 1, 100) if at_once is not None else default.clusters_at_once,
        first_cluster=read.word(first, clusters) if first is not None else "",
        soak=read.seconds(soak) if soak is not None else default.soak,
        backup_age=_backups(backups),
        windows=tuple(_window(node, clusters) for node in read.sequence(tree.get("windows"))),
        approvals=_approvals(tree.get("approvals"), path.parent),
        login_test=_login_test(tree.get("login_test"), path.parent, loaded),
        rehearsal=rehearsal is not None and read.word(rehearsal, (REQUIRED, NOT_ASKED)) == REQUIRED,
    )


def _budgets(node: Node | None) -> Budgets:
    if node is None:
        return Budgets()
    tree = read.mapping(node, BUDGET_KEYS)
    given = {name: read.whole(value, 0, 1000) for name in BUDGET_KEYS if (value := tree.get(name)) is not None}
    for name in ("max_failed", "max_unreachable"):
        if given.get(name) == 0:
            raise read.fail(node.mark, f"{name}: 0 would stop before the first step", "equal means stop: write 1")
    return Budgets(**given)


def _backups(node: Node | None) -> int | None:
    if node is None or (isinstance(node, Text) and node.value == NOT_ASKED):
        return None
    return read.seconds(node)


def _window(node: Node, clusters: set[str]) -> ChangeWindow:
    tree = read.mapping(node, WINDOW_KEYS, ("name", "kind", "duration"))
    at, zone = tree.get("at"), tree.get("time_zone")
    days, start = _weekly(tree) if at is None else ((), "")
    if at is not None and (tree.get("days") or tree.get("start")):
        raise read.fail(tree.mark, "a window is weekly (days, start) or once (at)")
    return ChangeWindow(
        name=read.text(read.required(tree, "name")),
        kind="deny" if read.word(read.required(tree, "kind"), ("allow", "deny")) == "deny" else "allow",
        days=days,
        start=start,
        at=read.moment(at) if at is not None else None,
        duration=read.seconds(read.required(tree, "duration")),
        time_zone=_zone(zone) if zone is not None else "UTC",
        clusters=tuple(read.word(item, clusters) for item in read.sequence(tree.get("clusters"))),
    )


def _weekly(tree: Mapping) -> tuple[tuple[Weekday, ...], str]:
    start = read.required(tree, "start")
    named = [read.word(item, WEEKDAYS) for item in read.sequence(read.required(tree, "days"))]
    text = read.text(start)
    if not _START.fullmatch(text):
        raise read.fail(start.mark, f"{text!r} is not a time of day", "write 22:00")
    return tuple(day for day in WEEKDAYS if day in named), text


def _zone(node: Node) -> str:
    name = read.text(node)
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise read.fail(node.mark, f"{name!r} is no time zone here", "such as Europe/Berlin or UTC") from error
    return name


def _approvals(node: Node | None, folder: Path) -> Approvals | None:
    if node is None:
        return None
    tree = read.mapping(node, APPROVAL_KEYS, ("allowed_signers", "required"))
    required = read.mapping(read.required(tree, "required"), RISKS)
    may = tree.get("author_may_approve")
    return Approvals(
        signers=str(folder / read.text(read.required(tree, "allowed_signers"))),
        required=tuple((key.value, read.whole(value, 0, 10)) for key, value in required.items),
        author_may_approve=may is not None and read.truth(may),
    )


def _login_test(node: Node | None, folder: Path, loaded: Inventory) -> LoginTest | None:
    if node is None:
        return None
    tree = read.mapping(node, LOGIN_KEYS, ("edge", "domain"))
    by_hand, repeat = tree.get("by_hand"), tree.get("repeat")
    manual = by_hand is not None and read.truth(by_hand)
    account = accounts(tree, folder, Accounts()).application
    if account is None and not manual:
        raise read.fail(tree.mark, "a login test needs credentials of a test account", "or by_hand: true")
    edges = [cluster.name for cluster in loaded.of_role("expressway-e")]
    return LoginTest(
        edge=read.word(read.required(tree, "edge"), edges),
        domain=read.host(read.required(tree, "domain")),
        credentials=account,
        repeat=read.whole(repeat, 1, 100) if repeat is not None else 3,
        by_hand=manual,
    )

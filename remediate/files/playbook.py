"""A playbook as plays."""

from __future__ import annotations

from collections.abc import Mapping as Variables
from pathlib import Path
from typing import Literal, get_args

from remediate.errors import InputError, PlaybookError
from remediate.files.convert import Reader
from remediate.files.patterns import select
from remediate.files.template import rendered
from remediate.files.yaml import Mapping, Node, read_yaml
from remediate.model.desired import Play, RemedyName, Workaround
from remediate.model.inventory import Inventory

PLAY_KEYS = ("name", "hosts", "tags", "desired", "remedies", "chain", "workaround", "service_restarts", "restart")
DESIRED_KEYS = ("origins", "upgrade_ready", "verify_origin_server", "trusted_certificates")
WORKAROUND_KEYS = ("owner", "ticket", "reason", "expires", "remove_when")
Restart = Literal["by-hand", "at-end", "never"]
RESTARTS: tuple[Restart, ...] = get_args(Restart)
REMEDIES: tuple[RemedyName, ...] = get_args(RemedyName)
read = Reader(PlaybookError)


def load_plays(path: Path, inventory: Inventory, variables: Variables[str, str]) -> tuple[Play, ...]:
    """The plays of a playbook over the Expressway-C clusters of an inventory. Raises PlaybookError and its kin."""
    return tuple(_play(read.mapping(rendered(node, variables)), inventory) for node in _plays(path))


def check_form(path: Path) -> None:
    """What can be said without an inventory: every key, and each word that no variable fills in."""
    for node in _plays(path):
        play = read.mapping(node, PLAY_KEYS, ("name", "hosts", "desired"))
        desired = read.mapping(play.get("desired") or play, DESIRED_KEYS)
        if (workaround := play.get("workaround")) is not None:
            read.mapping(workaround, WORKAROUND_KEYS, WORKAROUND_KEYS[:4])
        for word in read.sequence(play.get("remedies")):
            _filled_in(word, REMEDIES)
        _filled_in(desired.get("origins"), ("verified",))
        _filled_in(desired.get("verify_origin_server"), ("On", "Off"))
        _filled_in(play.get("chain"), ("complete", "minimal"))


def _filled_in(node: Node | None, words: tuple[str, ...]) -> None:
    if node is not None and "{{" not in read.text(node):
        read.word(node, words)


def _plays(path: Path) -> tuple[Node, ...]:
    tree = read.mapping(read_yaml(path, PlaybookError), ("name", "plays"), ("plays",))
    plays = tuple(read.sequence(tree.get("plays")))
    if not plays:
        raise read.fail(tree.mark, "no plays")
    return plays


def _play(node: Mapping, inventory: Inventory) -> Play:
    tree = read.mapping(node, PLAY_KEYS, ("name", "hosts", "desired"))
    desired = read.mapping(tree.get("desired") or tree, DESIRED_KEYS)
    switch = desired.get("verify_origin_server")
    value = read.on_off(switch) if switch is not None else None
    ready, origins, chain = desired.get("upgrade_ready"), desired.get("origins"), tree.get("chain")
    return Play(
        name=read.text(tree.get("name") or tree),
        clusters=_clusters(tree.get("hosts") or tree, inventory),
        tags=tuple(read.text(tag) for tag in read.sequence(tree.get("tags"))),
        origins="verified" if origins is not None and read.word(origins, ("verified",)) else None,
        upgrade_ready=ready is not None and read.truth(ready),
        verify_origin_server=value,
        trusted_certificates=_vouched(desired.get("trusted_certificates"), inventory),
        remedies=_remedies(tree.get("remedies")),
        chain="minimal" if chain is not None and read.word(chain, ("complete", "minimal")) == "minimal" else "complete",
        workaround=_workaround(tree, value),
        service_restarts=_restarts(tree.get("service_restarts")),
        restart=_restart(tree.get("restart")),
    )


def _restarts(node: Node | None) -> Literal["by-hand", "by-tool"]:
    return "by-tool" if node is not None and read.word(node, ("by-hand", "by-tool")) == "by-tool" else "by-hand"


def _restart(node: Node | None) -> Restart:
    word = read.word(node, RESTARTS) if node is not None else RESTARTS[0]
    return next(known for known in RESTARTS if known == word)


def _clusters(node: Node, inventory: Inventory) -> tuple[str, ...]:
    try:
        return select(read.text(node), inventory.of_role("expressway-c"), "hosts")
    except PlaybookError:
        raise
    except InputError as error:
        raise read.fail(node.mark, f"hosts: {error.what}", error.hint) from error


def _vouched(node: Node | None, inventory: Inventory) -> tuple[str, ...]:
    names = {t.name for t in inventory.trusted_certificates}
    return tuple(read.word(item, names) for item in read.sequence(node))


def _remedies(node: Node | None) -> tuple[RemedyName, ...]:
    wanted = [read.word(item, REMEDIES) for item in read.sequence(node)]
    return tuple(dict.fromkeys(known for word in wanted for known in REMEDIES if known == word))


def _workaround(tree: Mapping, value: str | None) -> Workaround | None:
    node = tree.get("workaround")
    if value != "Off":
        if node is not None:
            raise read.fail(node.mark, "a workaround belongs to verify_origin_server: Off only")
        return None
    if node is None:
        hint = f"workaround: {{{', '.join(f'{k}: …' for k in WORKAROUND_KEYS[:4])}}}"
        raise read.fail(tree.mark, "verify_origin_server: Off needs a workaround", hint)
    words = read.mapping(node, WORKAROUND_KEYS, WORKAROUND_KEYS[:4])
    when = words.get("remove_when")
    if when is not None:
        read.word(when, ("origins-verified",))
    return Workaround(
        owner=read.text(words.get("owner") or words),
        ticket=read.text(words.get("ticket") or words),
        reason=read.text(words.get("reason") or words),
        expires=read.moment(words.get("expires") or words),
    )

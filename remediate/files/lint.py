"""What is wrong in inventories and playbooks, without a network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from remediate.errors import InputError, PlaybookError
from remediate.files.inventory import FILE, load_inventory
from remediate.files.playbook import check_form, load_plays
from remediate.files.policy import load_policy
from remediate.files.yaml import read_yaml
from remediate.model.desired import Play
from remediate.model.inventory import Inventory

LONG, TOO_LONG = timedelta(days=14), timedelta(days=30)


def lint(paths: Sequence[Path], now: datetime | None = None) -> tuple[InputError, ...]:
    """One error per file that does not load, and what is allowed and unwise.

    A file with `plays:` is a playbook and is checked against the inventories among `paths`; without one, keys and
    plain words alone are checked.
    """
    moment = now or datetime.now(UTC)
    files = [path / FILE if path.is_dir() else path for path in paths]
    inventories: list[tuple[Inventory, dict[str, str]]] = []
    found: list[InputError] = []
    playbooks: list[Path] = []
    for file in files:
        try:
            tree = read_yaml(file, InputError)
            if tree.get("plays") is not None:
                playbooks.append(file)
            else:
                loaded = load_inventory(file, {})
                load_policy(file, loaded[0])
                inventories.append(loaded)
        except InputError as error:
            found.append(error)
    for playbook in playbooks:
        found.extend(_playbook(playbook, inventories, moment))
    return tuple(found)


def _playbook(path: Path, inventories: list[tuple[Inventory, dict[str, str]]], now: datetime) -> Iterator[InputError]:
    try:
        if not inventories:
            check_form(path)
        for inventory, variables in inventories:
            for play in load_plays(path, inventory, variables):
                yield from _unwise(path, play, now)
    except InputError as error:
        yield error


def _unwise(path: Path, play: Play, now: datetime) -> Iterator[InputError]:
    """A workaround that has ended, ends late, or too late (30 days at most)."""
    if play.workaround is None:
        return
    left = play.workaround.expires - now
    if left <= timedelta(0):
        yield PlaybookError(f"play “{play.name}”: the workaround has ended already", path=str(path))
    elif left > TOO_LONG:
        yield PlaybookError(f"play “{play.name}”: a workaround of {left.days} days; 30 at most", path=str(path))
    elif left > LONG:
        yield PlaybookError(
            f"play “{play.name}”: a workaround of {left.days} days is long; 14 is plenty", path=str(path)
        )

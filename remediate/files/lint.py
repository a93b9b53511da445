"""What is wrong in inventories and playbooks, without a network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from remediate.errors import InputError, PlaybookError
from remediate.files.ansible.read import NAMES, YAML_ENDINGS
from remediate.files.fixes import kind_of
from remediate.files.inventory import FILE, load_inventory
from remediate.files.playbook import check_form, load_plays
from remediate.files.policy import FILE as POLICY
from remediate.files.policy import load_policy
from remediate.files.reading import is_file, is_folder
from remediate.files.settings import read_settings
from remediate.files.yaml import read_yaml
from remediate.model.desired import Play
from remediate.model.inventory import Inventory

LONG = timedelta(days=14)


def lint(paths: Sequence[Path], now: datetime | None = None) -> tuple[InputError, ...]:
    """One error per file that does not load, and what is allowed and unwise.

    A file with `plays:` is a playbook and is checked against the inventories among `paths`; without one, keys and
    plain words alone are checked. The policy beside an inventory is checked with it.
    """
    moment = now or datetime.now(UTC)
    inventories: list[tuple[Inventory, dict[str, str]]] = []
    found: list[InputError] = []
    playbooks: list[Path] = []
    for file in files_of(paths):
        try:
            match _kind(file):
                case "playbook":
                    playbooks.append(file)
                case "settings":
                    read_settings(file)
                case "policy":
                    load_policy(file, load_inventory(file.parent, {})[0])
                case _:
                    loaded = load_inventory(file, {})
                    load_policy(file, loaded[0])
                    inventories.append(loaded)
        except InputError as error:
            if str(error) not in map(str, found):
                found.append(error)
    for playbook in playbooks:
        found.extend(_playbook(playbook, inventories, moment))
    return tuple(found)


def files_of(paths: Sequence[Path]) -> tuple[Path, ...]:
    """A folder stands for its inventory, or else for the YAML files in it; a policy comes with its inventory."""
    named = [file for path in paths for file in _inside(path)]
    beside = [file.parent / POLICY for file in named if file.name == FILE and is_file(file.parent / POLICY)]
    return tuple(dict.fromkeys((*named, *beside)))


def _inside(path: Path) -> Sequence[Path]:
    if not is_folder(path):
        return [path]
    if is_file(path / FILE):
        return [path / FILE]
    if hosts := next((path / name for name in NAMES if is_file(path / name)), None):
        return [hosts]
    return sorted(path.glob("*.yml")) or [path / FILE]


def _kind(file: Path) -> str:
    """Of a file that parses, or an INI file of Ansible's, which is not ours to parse."""
    if file.suffix not in YAML_ENDINGS and is_file(file):
        return "inventory"
    return kind_of(file, read_yaml(file, InputError))


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
    if why := play.workaround.out_of_bounds(now):
        yield PlaybookError(f"play “{play.name}”: {why}", path=str(path))
    elif left > LONG:
        yield PlaybookError(
            f"play “{play.name}”: a workaround of {left.days} days is long; 14 is plenty", path=str(path)
        )

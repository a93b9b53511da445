"""An inventory and a playbook together, as the desired state."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from remediate.errors import InputError, PlaybookError
from remediate.files.ansible.values import Opener
from remediate.files.convert import Reader
from remediate.files.inventory import load_inventory
from remediate.files.playbook import load_plays
from remediate.files.yaml import read_yaml
from remediate.model.desired import DesiredState, Play


def load_desired(
    inventory: Path,
    playbook: Path | None = None,
    extra: Mapping[str, str] | None = None,
    tags: frozenset[str] = frozenset(),
    skip_tags: frozenset[str] = frozenset(),
    *,
    vault: Opener | None = None,
) -> DesiredState:
    """Both files, evaluated with `extra` variables; only plays with one of `tags` and none of `skip_tags`.
    `vault` opens what Ansible's vault encrypted.

    Without a playbook there are no plays: enough to judge, nothing to plan. Raises InputError and its kin.
    """
    loaded, variables = load_inventory(inventory, extra or {}, vault)
    if playbook is None:
        return DesiredState(inventory=loaded)
    every = load_plays(playbook, loaded, variables)
    plays = tuple(p for p in every if _tagged(p, tags, skip_tags))
    if not plays:
        known = ", ".join(sorted({tag for play in every for tag in play.tags}))
        raise PlaybookError("no play has these tags", path=str(playbook), hint=f"its tags: {known or 'none'}")
    digest = hashlib.sha256(playbook.read_bytes()).hexdigest()
    return DesiredState(inventory=loaded, plays=plays, playbook_digest=digest)


def variables_in(path: Path) -> dict[str, str]:
    """A file of variables, YAML or JSON: one value of text per key. Raises InputError with the place."""
    tree = read_yaml(path, InputError)
    return {key.value: Reader(InputError).text(node) for key, node in tree.items}


def _tagged(play: Play, tags: frozenset[str], skip: frozenset[str]) -> bool:
    own = set(play.tags)
    return (not tags or bool(own & tags)) and not own & skip

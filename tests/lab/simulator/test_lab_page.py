"""The page about the lab names all that the lab has."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

from remediate.cli.arguments.lab import HANDS, NAMED
from remediate.lab.build import VERSIONS, Shape
from remediate.lab.failpoints import FAILPOINTS
from remediate.lab.fleet import Fleet
from remediate.lab.hand import Hand
from remediate.lab.record import Recorder
from remediate.lab.scenarios import SCENARIOS, named
from remediate.lab.world import Switches, UcSwitches

PAGE = (Path(__file__).parents[3] / "docs" / "lab.md").read_text(encoding="utf-8")


def row(name: str) -> list[str]:
    """The cells after the first of a table's row that begins with this name."""
    found = re.search(rf"^\| `{re.escape(name)}` \|(.*)\|$", PAGE, re.MULTILINE)
    assert found, f"docs/lab.md has no row for {name}"
    return [cell.strip() for cell in found[1].split("|")]


def shown(value: object) -> str:
    """A switch's value as the page writes it."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value) or "(nothing)"


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str) -> None:
    """Every scenario has its row."""
    assert row(name)[0]


@pytest.mark.parametrize("name", FAILPOINTS)
def test_failpoint(name: str) -> None:
    """Every failpoint has its row, which says what the lab itself says."""
    assert row(name)[0].startswith(FAILPOINTS[name])


@pytest.mark.parametrize(("owner", "name"), [(o, one.name) for o in (Switches, UcSwitches) for one in fields(o)])
def test_switch(owner: type[Switches | UcSwitches], name: str) -> None:
    """Every switch has its row with every form and its default."""
    values, default, meaning = row(name)
    assert meaning
    kind: Any = get_type_hints(owner)[name]
    forms = get_args(kind) if get_origin(kind) is Literal else (True, False) if kind is bool else ()
    assert not forms or values.replace("`", "").split(", ") == [shown(form) for form in forms]
    assert default.replace("`", "") == shown(getattr(owner(), name))


def test_verbs(tmp_path: Path) -> None:
    """Every verb of the hand is named, those of the command line in a row of their own."""
    verbs = Hand(Fleet(named("healthy").build("healthy", Shape()), tmp_path)).verbs
    assert {*HANDS, *NAMED} <= set(verbs)
    assert all(f"`{verb}`" in PAGE for verb in verbs)
    assert all(row(verb) for verb in HANDS)


def test_record_fields(tmp_path: Path) -> None:
    """Every field of the record has its row."""
    world = named("healthy").build("healthy", Shape())
    recorder = Recorder(tmp_path / "record.ndjson", world)
    recorder(host="h", connection="c", verb="v", text="t", result="r")
    recorder.close()
    written = (tmp_path / "record.ndjson").read_text()
    assert all(row(name) for name in re.findall(r'"(\w+)": ', written))


def test_releases() -> None:
    """Every release of the lab is named."""
    assert all(f"`{version}`" in PAGE for version in VERSIONS)

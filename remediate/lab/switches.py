"""Switches by name: `restart_s=0.2` as text, checked against what `world.Switches` declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from remediate.lab.errors import LabError
from remediate.lab.world import Switches, UcSwitches, release

WORDS = {"on": True, "yes": True, "true": True, "off": False, "no": False, "false": False}
FORMS = {bool: "on or off", float: "a number of seconds", int: "a whole number, 0 or more"}


def parse(given: Mapping[str, str]) -> tuple[Switches, UcSwitches]:
    """The switches of Expressway and of UC clusters with these set; LabError names the switch, its values or all."""
    made = Switches(), UcSwitches()
    for name, text in given.items():
        turn(made[name in get_type_hints(UcSwitches)], {name: text})
    return made


def turn(switches: Switches | UcSwitches, given: Mapping[str, str]) -> None:
    """Set these switches of a running lab; LabError as `parse`."""
    hints = get_type_hints(type(switches))
    for name, value in [(name, _value(name, text, hints)) for name, text in given.items()]:
        setattr(switches, name, value)


def _value(name: str, text: str, hints: Mapping[str, Any]) -> object:
    kind = hints.get(name)
    if kind is None:
        known = ", ".join(field.name for kind in (Switches, UcSwitches) for field in fields(kind))
        raise LabError(f"no switch {name}: choose one of {known}")
    try:
        return _converted(text, kind)
    except (KeyError, ValueError) as error:
        raise LabError(f"switch {name} cannot be {text!r}: give {_form(kind)}") from error


def _converted(text: str, kind: Any) -> object:
    if get_origin(kind) is Literal:
        if text not in get_args(kind):
            raise ValueError(text)
        return text
    if kind is bool:
        return WORDS[text.lower()]
    if kind in {float, int}:
        return _number(text, kind)
    release(text)
    return text


def _number(text: str, kind: type[float] | type[int]) -> float:
    number = kind(text)
    if not 0 <= number < 1e9:
        raise ValueError(text)
    return number


def _form(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return " or ".join(repr(value) for value in get_args(kind))
    return FORMS.get(kind, "a release such as X14.2")

"""This machine: the tool and its libraries, the clock, and where each setting comes from."""

from __future__ import annotations

import ctypes
import os
import platform
import re
import sqlite3
import ssl
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version

from remediate import __version__
from remediate.cli.defaults import OURS, is_ours, origins
from remediate.cli.parser import nearest
from remediate.model.condition import Condition

TOOL, SETTINGS, CLOCK = "tool", "settings", "clock"
_REQUIREMENT = re.compile(r"^([\w.-]+)(?:\[[^\]]*\])?\s*(?:>=\s*([\d.]+))?")
_EXTRA = re.compile(r"""extra\s*==\s*['"](\w+)['"]""")
_EXTRAS = {
    "ansible": "values encrypted by Ansible's vault",
    "keyring": "secrets in a keyring",
    "postgresql": "a ledger in PostgreSQL",
}
_TIME_ERROR, _TIMEX_BYTES = 5, 512
"""adjtimex(2): the clock is not synchronized; more than its structure needs on any architecture."""


def tool() -> Iterator[Condition]:
    """Versions. A library that lacks, or is older than this release was made for, would end in a traceback."""
    built = f"Python {platform.python_version()}, {ssl.OPENSSL_VERSION}, SQLite {sqlite3.sqlite_version}"
    yield Condition(area=TOOL, subject="remediate", state="good", what=f"{__version__}, {built}")
    found: list[str] = []
    for line in requires("remediate") or ():
        name, least = _named(line)
        extra = _EXTRA.search(line)
        here = _version(name)
        if extra is not None:
            if extra[1] in _EXTRAS and not here:
                what = f"not installed; needed for {_EXTRAS[extra[1]]} alone"
                yield Condition(
                    area=TOOL, subject=name, state="note", what=what, next=f"pip install 'remediate[{extra[1]}]'"
                )
        elif not here or _numbers(here) < _numbers(least):
            what = f"{here or 'not installed'}; {least or 'any'} or later is needed"
            yield Condition(area=TOOL, subject=name, state="stops", what=what, next=f"pip install '{name}>={least}'")
        else:
            found.append(f"{name} {here}")
    yield Condition(area=TOOL, subject="libraries", state="good", what=", ".join(sorted(found)))


def _named(line: str) -> tuple[str, str]:
    match = _REQUIREMENT.match(line)
    assert match is not None, "a package's own metadata names its requirements"
    return match[1], match[2] or ""


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", text)))


def settings() -> Iterator[Condition]:
    """Each setting that holds here, and what set it; and variables that nobody reads."""
    held = tuple(origins())
    for name, value, origin in held:
        yield Condition(area=SETTINGS, subject=name, state="good", what=f"{value}, from {origin}")
    if not held:
        yield Condition(area=SETTINGS, subject="all", state="good", what="as built in: no settings file, no variable")
    for name in sorted(os.environ):
        if name.startswith("REMEDIATE_") and not is_ours(name):
            near = nearest(name, OURS)
            hint = f"did you mean {near}?" if near else f"unset {name}"
            yield Condition(area=SETTINGS, subject=name, state="note", what="nothing reads this variable", next=hint)


def clock() -> Iterator[Condition]:
    """Whether the kernel's clock is kept in step: what is judged by time rests on it."""
    told = _synchronized()
    if told is None:
        what = "this system does not say whether its clock is kept in step"
        yield Condition(area=CLOCK, subject="this machine", state="note", what=what, next="see that NTP runs")
    elif told:
        yield Condition(area=CLOCK, subject="this machine", state="good", what="kept in step (NTP)")
    else:
        what = "nothing keeps this machine's clock in step"
        yield Condition(area=CLOCK, subject="this machine", state="note", what=what, next="timedatectl set-ntp true")


def _synchronized() -> bool | None:
    """By adjtimex(2), which reads where its first word, the modes, is 0."""
    ask = getattr(ctypes.CDLL(None), "adjtimex", None)
    if ask is None:
        return None
    answer = ask(ctypes.create_string_buffer(_TIMEX_BYTES))
    return None if answer < 0 else answer != _TIME_ERROR

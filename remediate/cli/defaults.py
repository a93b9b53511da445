"""What an option is when the command line does not give it: environment, then `remediate.yml`, then its own default.

The first settings file that exists counts: $REMEDIATE_CONFIG, ./remediate.yml, ~/.remediate.yml,
/etc/remediate/remediate.yml (Ansible's order). Its keys are the long names of options; paths in it are relative
to it.
"""

from __future__ import annotations

import os
import shlex
import stat
from argparse import Action, ArgumentParser, _SubParsersAction
from collections.abc import Callable, Iterator
from pathlib import Path

from remediate.cli.aliases import DIRECTORY
from remediate.errors import InputError
from remediate.files.settings import FILE, SETTINGS, read_settings

CONFIG = "REMEDIATE_CONFIG"
ARGUMENTS = "REMEDIATE_CLI_ARGS"
_ENVIRONMENT = {name: f"REMEDIATE_{name.replace('-', '_').upper()}" for name in SETTINGS}
_OTHERS = {"inventory": ("ANSIBLE_INVENTORY",), "forks": ("ANSIBLE_FORKS",)}
"""Variables of Ansible that count where ours is not set."""
_SAID = (*(name for names in _OTHERS.values() for name in names), "ANSIBLE_VAULT_PASSWORD_FILE")
_UNCHECKED = ("REMEDIATE_HOST_KEY_CHECKING", "ANSIBLE_HOST_KEY_CHECKING")
_REFUSED = {
    "REMEDIATE_PRIVATE_KEY_FILE": (
        "an Expressway takes an SSH key for root alone, which its vendor advises against",
        "log in with a password: -u and -k, or credentials of the inventory",
    ),
}
_NO = ("0", "false", "no", "off")
_MORE = "LEDGER DATA_DIR IN_AUTOMATION NOCOLOR FORCE_COLOR LAB_ENGINE LOG LOG_PATH"
OURS = (
    *_ENVIRONMENT.values(),
    *(f"REMEDIATE_{word}" for word in _MORE.split()),
    *(CONFIG, ARGUMENTS, _UNCHECKED[0], *_REFUSED),
)
"""Every variable of the environment that has a meaning here, but for those that end in a name of the user's."""
_OPEN = ("REMEDIATE_VAR_", f"{ARGUMENTS}_")


def is_ours(variable: str) -> bool:
    """Whether anything reads this variable."""
    return variable in OURS or variable.startswith(_OPEN)


def origins() -> Iterator[tuple[str, str, str]]:
    """Option, value and what set it, for each that is not as built in."""
    file = next(_places(), None)
    known = _settings(lambda _: None)
    for name in SETTINGS:
        variables = (_ENVIRONMENT[name], *_OTHERS.get(name, ()))
        variable = next((v for v in variables if os.environ.get(v)), "")
        if variable:
            yield name, os.environ[variable], variable
        elif name in known:
            yield name, known[name], str(file)


def added_arguments(verb: str) -> list[str]:
    """`REMEDIATE_CLI_ARGS` and `REMEDIATE_CLI_ARGS_<verb>`, as if typed first. Raises InputError."""
    found: list[str] = []
    for name in (ARGUMENTS, f"{ARGUMENTS}_{verb}"):
        try:
            found += shlex.split(os.environ.get(name, ""))
        except ValueError as error:
            raise InputError(f"cannot be split into words: {error}", path=name) from error
        if any(word.partition("=")[0] in DIRECTORY for word in found):
            raise InputError("--chdir counts where it is typed alone", path=name, hint="use cd, or type it")
    return found


def mentions() -> Iterator[str]:
    """What `-v` says of Ansible's variables that count here, or that do not although they are set."""
    for name in _SAID:
        ours = name.replace("ANSIBLE", "REMEDIATE")
        if os.environ.get(name) and not os.environ.get(ours):
            yield f"{name} counts, since {ours} is not set"
    if os.environ.get(_UNCHECKED[1], "").casefold() in _NO:
        yield f"{_UNCHECKED[1]} does not count: a host key is always checked"


def refuse_unsafe() -> None:
    """Raises InputError where the environment asks for what is never done."""
    if os.environ.get(_UNCHECKED[0], "").casefold() in _NO:
        raise InputError("a host key is always checked", path=_UNCHECKED[0], hint="pin it: remediate trust add HOST")
    for name, (what, hint) in _REFUSED.items():
        if os.environ.get(name):
            raise InputError(what, path=name, hint=hint)


def set_defaults(parser: ArgumentParser, note: Callable[[str], None]) -> None:
    """Give the options of one verb their defaults. Raises InputError with the place of a bad setting."""
    known = _settings(note)
    for action in actions(parser):
        for name in (option.removeprefix("--") for option in action.option_strings):
            value = _from_environment(name) or known.get(name)
            if value:
                _set(action, value)


def actions(parser: ArgumentParser) -> Iterator[Action]:
    """Every argument and option of a parser and of those below it."""
    for action in parser._actions:  # noqa: SLF001 - argparse has no public list
        if isinstance(action, _SubParsersAction):
            for inner in action.choices.values():
                yield from actions(inner)
        else:
            yield action


def _set(action: Action, value: str) -> None:
    """argparse converts text by the option's own type, but not what is a list, a count or a switch."""
    action.required = False
    if isinstance(action.default, list):
        action.default = [value]
    elif action.nargs == 0:
        action.default = int(value) if value.isdecimal() else value == "true"
    else:
        action.default = value


def _from_environment(name: str) -> str:
    variables = (_ENVIRONMENT[name], *_OTHERS.get(name, ())) if name in _ENVIRONMENT else ()
    return next((value for v in variables if (value := os.environ.get(v))), "")


def _settings(note: Callable[[str], None]) -> dict[str, str]:
    path = next(_places(), None)
    if path is None:
        return {}
    if _anybody_may_write(path):
        note(f"{path}: ignored, since anybody may write to it or its folder")
        return {}
    return read_settings(path)


def _places() -> Iterator[Path]:
    chosen = os.environ.get(CONFIG)
    if chosen:
        yield Path(chosen)
        return
    home = Path("~").expanduser()
    yield from (p for p in (Path(FILE), home / f".{FILE}", Path("/etc/remediate") / FILE) if p.is_file())


def _anybody_may_write(path: Path) -> bool:
    places = (path, path.absolute().parent) if path.is_file() else ()
    return any(place.stat().st_mode & stat.S_IWOTH for place in places)

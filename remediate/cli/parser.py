"""argparse with our manners: no abbreviations, usage errors as InputError with the nearest word."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import Any, NoReturn, TypeAlias

from remediate.errors import InputError

Parsers: TypeAlias = "argparse._SubParsersAction[Parser]"  # noqa: SLF001 - argparse gives it no public name

WHERE = "command line"
YEAR = 366 * 86_400
FORKS = 50
"""So many devices are read at once."""


class Parser(argparse.ArgumentParser):
    """Raises InputError instead of leaving the process with 2, which a pipeline reads as `changes`."""

    def __init__(self, **options: Any) -> None:
        layout = argparse.RawDescriptionHelpFormatter
        super().__init__(**{"allow_abbrev": False, "formatter_class": layout, **options})

    def error(self, message: str) -> NoReturn:
        """A wrong value, a missing argument."""
        raise InputError(message, path=WHERE, hint=f"see {self.prog} --help")

    def unknown(self, arguments: Iterable[str]) -> NoReturn:
        """An option or argument that nobody takes."""
        first = next(iter(arguments))
        options = [o for o in self._option_string_actions if o.startswith("--")]
        near = nearest(first.partition("=")[0], options)
        kind = "option" if first.startswith("-") else "argument"
        raise InputError(f"unknown {kind} {first}", path=WHERE, hint=_hint(first, near, self.prog))


def nearest(word: str, words: Iterable[str]) -> str:
    """The word that was most likely meant, or nothing."""
    import difflib  # noqa: PLC0415 - start-up time

    return next(iter(difflib.get_close_matches(word, list(words), n=1, cutoff=0.6)), "")


def _hint(word: str, near: str, prog: str) -> str:
    if word.startswith("--password"):
        return "a password never stands on a command line; the inventory says where it lies (env:, file:, prompt)"
    if word.partition("=")[0] in ("--private-key", "--key-file"):
        return "an Expressway takes an SSH key for root alone, which its vendor advises against: use -u and -k"
    return f"did you mean {near}?" if near else f"see {prog} --help"


def verb(parsers: Parsers, name: str, description: str, example: str) -> Parser:
    """The parser of one command, with what all share. Examples end its help."""
    summary = description.partition("\n")[0].replace("%", "%%")
    parser = parsers.add_parser(name, help=summary, description=description, epilog=f"example:\n{indented(example)}")
    common(parser)
    return parser


def leaf(parser: Parser, word: str) -> Parser:
    """The parser of a verb inside the one that leads to it."""
    for action in parser._actions:  # noqa: SLF001 - argparse shows its subparsers nowhere else
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            found: Parser = action.choices.get(word, parser)
            return found
    return parser


def indented(example: str) -> str:
    """Two spaces before each line."""
    return "\n".join(f"  {line}" for line in example.strip().splitlines())


def common(parser: argparse.ArgumentParser) -> None:
    """Options of every command."""
    parser.add_argument("-v", "--verbose", action="count", default=0, help="say more on stderr; -vvvv: the wires")
    parser.add_argument("--no-color", action="store_true", help="no colour; there is none off a terminal")
    told = "false: nobody is asked anything, as where stdin is no terminal (or REMEDIATE_INPUT)"
    parser.add_argument("--input", metavar="true|false", type=truth, default="true", help=told)
    parser.add_argument("--chdir", metavar="DIR", help="first go there, as if everything had been typed in DIR")
    parser.add_argument("--debug", action="store_true", help="on an internal error, write its details to a 0600 file")


def given(parser: argparse.ArgumentParser) -> None:
    """Readings handed in as files."""
    trust = "the page's `Show all (PEM file)` instead of a reading"
    parser.add_argument("--trust", metavar="PEER=FILE", type=peer_file, action="append", default=[], help=trust)
    xconfig = "a pasted xConfiguration instead of a reading"
    parser.add_argument("--xconfig", metavar="PEER=FILE", type=peer_file, action="append", default=[], help=xconfig)


def playbook(parser: argparse.ArgumentParser) -> None:
    """The playbook and its tags."""
    parser.add_argument("playbook", metavar="PLAYBOOK", help="playbook file")
    for options, told in ((("-t", "--tags"), "only"), (("--skip-tags",), "no")):
        words = f"{told} plays with one of these tags"
        parser.add_argument(*options, metavar="TAGS", action="append", default=[], help=words)
    parser.add_argument("--list-tags", action="store_true", help="only print the plays and their tags")
    told = "only print the plays and what each declares; its steps are what plan finds"
    parser.add_argument("--list-tasks", action="store_true", help=told)


def inventory(parser: argparse.ArgumentParser, *, required: bool = True) -> None:
    """`-i`, its variables and vaults, and where the ledger lies."""
    told = "inventory file or folder: clusters.yml, or Ansible's own INI or YAML (or REMEDIATE_INVENTORY)"
    parser.add_argument("-i", "--inventory", metavar="INV", required=required, help=told)
    extra = "variable of inventory or playbook, or @FILE with many (or REMEDIATE_VAR_KEY)"
    parser.add_argument(
        "-e", "--extra-vars", metavar="KEY=VALUE", type=variables, action="extend", default=[], help=extra
    )
    login(parser)
    vault(parser)
    ledger(parser)


def login(parser: argparse.ArgumentParser) -> None:
    """Who logs in to Expressway nodes, and how long a connection may take."""
    told = "log in as USER to Expressway nodes for which the inventory names nobody; its password is asked for"
    parser.add_argument("-u", "--user", "--remote-user", dest="remote_user", metavar="USER", default="", help=told)
    told = "ask for the password of Expressway accounts, wherever the inventory says that it lies"
    parser.add_argument("-k", "--ask-pass", "--ask-password", dest="ask_pass", action="store_true", help=told)
    told = "seconds for a connection (default: connect_timeout of the inventory; or REMEDIATE_TIMEOUT)"
    parser.add_argument("-T", "--timeout", metavar="SECONDS", type=positive, default=0, help=told)


def vault(parser: argparse.ArgumentParser) -> None:
    """Where the passwords of Ansible's vault lie."""
    told = "ask for the vault password"
    parser.add_argument("-J", "--ask-vault-pass", "--ask-vault-password", action="store_true", help=told)
    told = "vault password file, or a program that prints it (or REMEDIATE_VAULT_PASSWORD_FILE)"
    parser.add_argument(
        "--vault-password-file", "--vault-pass-file", metavar="FILE", action="append", default=[], help=told
    )
    told = "the same for one label; the source is a file, a program or prompt"
    parser.add_argument("--vault-id", metavar="LABEL@SOURCE", action="append", default=[], help=told)


def ledger(parser: argparse.ArgumentParser) -> None:
    """Where the ledger lies."""
    told = "a file or a database URL (default: .remediate/ledger.sqlite beside the inventory, or REMEDIATE_LEDGER)"
    parser.add_argument("--ledger", metavar="URL", default=None, help=told)


def readings(parser: argparse.ArgumentParser) -> None:
    """`--from`."""
    told = "a capture, or a diagnostic bundle or a folder of them (repeatable): no network"
    parser.add_argument("--from", dest="capture", metavar="FILE", action="append", default=[], help=told)


def limit(parser: argparse.ArgumentParser) -> None:
    """`-l`, and a look at what it names."""
    told = "clusters: names, groups, globs, a:&b, a:!b, @file"
    parser.add_argument("-l", "--limit", metavar="PATTERN", default="", help=told)
    parser.add_argument("--list-hosts", action="store_true", help="only print the nodes that this would look at")


def forks(parser: argparse.ArgumentParser, default: int = FORKS) -> None:
    """`-f`, and how long one node may take."""
    told = f"so many at once (default {default})"
    parser.add_argument("-f", "--forks", metavar="N", type=positive, default=default, help=told)
    told = "give a node up that is not read by then, such as 60s or 2m (default: the waits of the inventory)"
    parser.add_argument("--node-timeout", metavar="DURATION", type=duration, default=0.0, help=told)


def executor(parser: argparse.ArgumentParser) -> None:
    """`--executor`."""
    told = "carry each cluster out by a worker elsewhere, such as 'command: ssh jump -- remediate worker'"
    parser.add_argument("--executor", metavar="KIND: COMMAND", default="", help=told)


def json_output(parser: argparse.ArgumentParser) -> None:
    """`--json` and `--json-into`."""
    parser.add_argument("--json", action="store_true", help="one JSON document on stdout")
    json_into(parser, "the same document into FILE, and words on stdout")


def events(parser: argparse.ArgumentParser) -> None:
    """`--json` and `--json-into` of a command that works."""
    told = "events on stdout, one JSON object per line, as things happen"
    parser.add_argument("--json", dest="events", action="store_true", help=told)
    json_into(parser, "the same events into FILE, and words on stdout")


def json_into(parser: argparse.ArgumentParser, told: str) -> None:
    """`--json-into FILE`: for a pipeline that also shows people what goes on."""
    parser.add_argument("--json-into", metavar="FILE", default="", help=told)


def shapes(parser: argparse.ArgumentParser) -> None:
    """How much of a plan is printed; the file and `--json` hold all of it."""
    shape = parser.add_mutually_exclusive_group()
    told = {
        "summary": "only what is done where, one line per kind, and the sums",
        "concise": "no commands, no undo, nothing of what was not chosen",
        "expand": "every step by itself, likes not collapsed",
    }
    for name, words in told.items():
        shape.add_argument(f"--{name}", dest="shape", action="store_const", const=name, default="whole", help=words)


def selection(parser: argparse.ArgumentParser) -> None:
    """`--target` and `--exclude`."""
    told = "only this step and what it rests on: an id as the plan prints it, * and ? for anything; again for more"
    parser.add_argument("--target", metavar="ID", action="append", default=[], help=told)
    told = "all but this step and what rests on it; again for more"
    parser.add_argument("--exclude", metavar="ID", action="append", default=[], help=told)


def detailed(parser: argparse.ArgumentParser) -> None:
    """`-detailed-exitcode`."""
    parser.add_argument("--detailed-exitcode", action="store_true", help="exit 2 when there are changes")


def truth(text: str) -> str:
    """`true` or `false`; 1 and 0 as in Terraform's environment."""
    word = {"1": "true", "0": "false"}.get(text, text.casefold())
    if word not in ("true", "false"):
        raise argparse.ArgumentTypeError(f"{text!r} is neither true nor false")
    return word


def positive(text: str) -> int:
    """A whole number from 1 to 1000."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1000):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 1000")
    return int(text)


def duration(text: str) -> float:
    """`3s`, `5m`, `1h` or seconds → seconds."""
    number, unit = (text[:-1], text[-1]) if text[-1:] in ("s", "m", "h") else (text, "s")
    if not (number.isascii() and number.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a duration such as 30s or 5m")
    seconds = float(number) * {"s": 1, "m": 60, "h": 3600}[unit]
    if seconds > YEAR:
        raise argparse.ArgumentTypeError("longer than a year")
    return seconds


def peer_file(text: str) -> tuple[str, str]:
    """`PEER=FILE`."""
    peer, equals, file = text.partition("=")
    if not (peer and equals and file):
        raise argparse.ArgumentTypeError(f"{text!r} is not PEER=FILE")
    return peer, file


def variables(text: str) -> tuple[tuple[str, str], ...]:
    """`KEY=VALUE`, or `@FILE`: YAML or JSON with one value per key."""
    if text.startswith("@"):
        from pathlib import Path  # noqa: PLC0415 - start-up time

        from remediate.files.project import variables_in  # noqa: PLC0415

        return tuple(variables_in(Path(text[1:])).items())
    return (variable(text),)


def variable(text: str) -> tuple[str, str]:
    """`KEY=VALUE`."""
    key, equals, value = text.partition("=")
    if not (key and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")
    return key, value


def words(text: str) -> str:
    """Said by somebody, and not blank."""
    if not text.strip():
        raise argparse.ArgumentTypeError("must not be blank")
    return text


def reason(text: str) -> str:
    """The same, or empty where the option was not typed: argparse converts its default too."""
    return words(text) if text else text


def moment(text: str) -> Any:
    """A time with its zone, `2026-11-30T22:00:00Z`, as aware UTC."""
    from datetime import UTC, datetime  # noqa: PLC0415 - start-up time

    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a time with its zone, such as 2026-11-30T22:00:00Z")
    return at.astimezone(UTC)

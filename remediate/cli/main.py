"""The entry: finds the verb, imports that verb alone, and turns every ending into an exit code."""

# ruff: noqa: PLC0415 - `--version` and `--help` import nothing
from __future__ import annotations

import errno
import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, NoReturn

from remediate.cli.exits import Exit, of_error
from remediate.cli.wiring import Wiring, production
from remediate.errors import BugError, InputError, RemediateError

if TYPE_CHECKING:
    from argparse import Namespace

    from remediate.cli.parser import Parser

VERBS = {
    "collect": "read every node and save a capture",
    "collect-logs": "diagnostic logs of Expressway-C and -E around a login, from each peer",
    "verify": "which UC server fails on which peer, on which port, and why",
    "plan": "what would be changed, as a file to review",
    "show": "print a plan file",
    "report": "a plan, run or capture as a page, change record, procedure or backout card",
    "rehearse": "play a plan on twins of its devices: every fault, every death, and back",
    "approve": "sign a plan file as its approver",
    "apply": "do exactly what a plan file says",
    "attach": "follow a run that goes on by itself",
    "run": "plan and apply in one go, asking per class of risk",
    "rollback": "a plan that restores what was there before a run",
    "workaround": "list, extend or end temporary workarounds",
    "attest": "vouch that a pending action was done which nothing readable shows",
    "status": "temporary workarounds, pending actions, open runs",
    "doctor": "everything that would stop an apply, and what to do about it",
    "login-test": "log in through Expressway-E with a test account",
    "drift": "what differs from a playbook",
    "compare": "what differs between two captures, or between the peers of a cluster",
    "lint": "check inventories and playbooks without a network",
    "explain": "what a finding means",
    "diagnose": "what failed, from logs and diagnostic bundles",
    "predict": "would a traffic server accept this certificate",
    "trust": "pin a device by a typed fingerprint, or list what is pinned",
    "lock": "who holds which cluster",
    "force-unlock": "remove the lock of a holder that is gone",
    "ledger": "check or export the ledger",
    "completion": "a completion script for the shell",
    "worker": "one cluster's part of a run, for apply --executor elsewhere",
    "lab": "a simulated fleet to try all this on",
}
"""Verb and one line; what each takes is in `arguments/<verb>.py`, what it does in `commands/<verb>.py`."""

SYNONYMS = {"learn": "collect", "diff": "compare"}
"""What pyATS hands type."""
ALLOCATIONS = 50_000
"""Before cycles are looked for. Readings live to the end: to look them through every 700 frees nothing, and takes a
twentieth of the time of a large fleet."""
LONGEST_SHOWN = 100
"""Characters of a name that is too long for any file."""


def main(argv: Sequence[str] | None = None, wiring: Wiring | None = None) -> int:
    """Run one command; the exit code is the answer. Never raises, never prints a traceback."""
    if None in (sys.stdin, sys.stdout, sys.stderr):
        from remediate.cli.output import stand_ins

        stand_ins()
    arguments = list(sys.argv[1:] if argv is None else argv)
    wired = wiring or production()
    try:
        return _told(_run(arguments, wired), wired)
    except _Left as left:
        return left.code
    except KeyboardInterrupt:
        wired.output.note("interrupted")
        return Exit.INTERRUPTED
    except BugError as error:
        return _internal(error, arguments, wired)
    except RemediateError as error:
        return _refused(error, wired)
    except Exception as error:  # noqa: BLE001 - the last net: a traceback is no answer
        return _refused(named, wired) if (named := _of_a_name(error)) else _internal(error, arguments, wired)


class _Left(Exception):
    """argparse printed help and wants to leave."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


def _run(arguments: list[str], wiring: Wiring) -> int:
    """In the directory of `--chdir`, if any names one."""
    if not any("-chdir" in argument for argument in arguments):
        return _verb(arguments, wiring)
    from contextlib import ExitStack, chdir

    from remediate.cli.aliases import without_directory

    rest, directory = without_directory(arguments)
    with ExitStack() as held:
        try:
            held.enter_context(chdir(directory or "."))
        except OSError as error:
            raise InputError(f"cannot go there: {error.strerror}", path=f"--chdir {directory}") from error
        return _verb(rest, wiring)


def _verb(arguments: list[str], wiring: Wiring) -> int:
    if arguments in (["--version"], ["-V"], ["version"]):
        from remediate import __version__

        wiring.output.line(f"remediate {__version__}")
        return Exit.OK
    if arguments in ([], ["-h"], ["-help"], ["--help"], ["help"]):
        wiring.output.text(overview())
        return Exit.OK if arguments else Exit.USAGE
    first, rest = arguments[0], arguments[1:]
    if first == "help":
        first, rest = rest[0], [*rest[1:], "--help"]
    word = SYNONYMS.get(first, first)
    if word not in VERBS:
        raise InputError(f"unknown command {first}", path="command line", hint=_nearest_verb(word, rest))
    return _command(word, rest, wiring)


def _command(word: str, arguments: list[str], wiring: Wiring) -> int:
    from remediate.cli.aliases import refuse_second_inventory, rewritten
    from remediate.cli.defaults import added_arguments, mentions, refuse_unsafe, set_defaults
    from remediate.cli.parser import leaf

    _harden()
    refuse_unsafe()
    parser = parser_of(word)
    try:
        set_defaults(leaf(parser, word), wiring.output.note)
    except InputError as error:
        if word != "lint":  # which may be asked to mend that very file
            raise
        wiring.output.note(f"not used: {error}")
    refuse_second_inventory(arguments)
    try:
        known, unknown = parser.parse_known_args(rewritten([word, *added_arguments(word), *arguments]))
    except SystemExit as left:
        raise _Left(int(left.code or 0)) from None
    if unknown:
        _refuse(parser, word, unknown)
    known.typed = arguments
    wiring.output.plain = known.no_color
    if known.input == "false":
        wiring.output.attended = False
        wiring.unattended()
    if known.verbose:
        for line in mentions():
            wiring.output.note(line)
    if known.verbose or any(name.startswith("REMEDIATE_LOG") for name in os.environ):
        from remediate.cli.log import asked_for, logged

        if asked_for(known):
            with logged(wiring, known) as wired:
                return _work(word, known, wired)
    return _work(word, known, wiring)


def _work(word: str, known: Namespace, wiring: Wiring) -> int:
    if any(getattr(known, f"list_{what}", False) for what in ("hosts", "tags", "tasks")):
        from remediate.cli.listing import listed
        from remediate.cli.session import Session

        return listed(Session(known, wiring))
    gc.set_threshold(ALLOCATIONS)
    work = _module("commands", word)
    if hasattr(known, "events") and (known.events or known.json_into):
        from remediate.cli.events import told_as_events

        return told_as_events(wiring, lambda wired: int(work.run(known, wired)), known.json_into, alone=known.events)
    code: int = work.run(known, wiring)
    return code


def parser_of(*words: str) -> Parser:
    """The parser of these verbs under the name `remediate`. A command builds its own alone, and imports no work."""
    from remediate.cli.parser import Parser

    parser = Parser(prog="remediate")
    verbs = parser.add_subparsers(dest="verb")
    for word in words:
        _module("arguments", word).add(verbs)
    return parser


def _module(room: str, word: str) -> ModuleType:
    return import_module(f"remediate.cli.{room}.{word.replace('-', '_')}")


def overview() -> str:
    """The text of `remediate --help`."""
    verbs = "".join(f"  {name:<13} {summary}\n" for name, summary in VERBS.items())
    return (
        "usage: remediate COMMAND [options]\n\n"
        "Plan, apply, verify and roll back what Cisco Expressway X14.2+ needs for MRA.\n\n"
        f"commands:\n{verbs}\n"
        "  remediate COMMAND --help shows options and an example; remediate --version\n\n"
        "example:\n"
        "  remediate plan playbooks/mra-origin-verification.yml -i inventories/prod -o fix.plan\n"
        "  remediate show fix.plan\n"
        "  remediate apply fix.plan -i inventories/prod\n"
    )


def _nearest_verb(word: str, rest: Sequence[str]) -> str:
    from remediate.cli.parser import nearest

    if word.startswith("-"):
        verb = next((one for one in rest if one in VERBS), "COMMAND")
        return f"options stand behind the command: remediate {verb} … {word}"
    near = nearest(word, (*VERBS, *SYNONYMS))
    return f"did you mean {near}?" if near else "see remediate --help"


def _refuse(parser: Parser, word: str, unknown: Sequence[str]) -> NoReturn:
    from remediate.cli.parser import leaf

    leaf(parser, word).unknown(unknown)


def _told(code: int, wiring: Wiring) -> int:
    """The code of the work; where all is well but its output is lost, that counts."""
    if wiring.output.lost:
        wiring.output.note(f"error: output lost: {wiring.output.lost}; what was done stands, and answered {int(code)}")
        return code or Exit.ERROR
    return code


def _harden() -> None:
    """No core file, and no file of TLS keys, holds a password of ours."""
    import resource

    os.environ.pop("SSLKEYLOGFILE", None)
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


def _refused(error: RemediateError, wiring: Wiring) -> int:
    wiring.output.block(f"error: {error}\n")
    return of_error(error)


def _of_a_name(error: Exception) -> InputError | None:
    """A path that no file can have is a mistake of who typed it, wherever the system noticed."""
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        return InputError("no file has a name this long", path=str(error.filename)[:LONGEST_SHOWN])
    return None


def _internal(error: Exception, arguments: list[str], wiring: Wiring) -> int:
    from remediate.cli.bug import report

    report(error, arguments, wiring.output, wiring.secrets())
    return Exit.BUG

"""Terraform's single-dash flags, from an exact list, rewritten before argparse can misread them.

argparse would read `-input=false` as `-i nput=false` and `-lock-timeout=3s` as `-l ock-timeout=3s`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from remediate.errors import InputError

ALIASES = {
    "-out": "--out",
    "-detailed-exitcode": "--detailed-exitcode",
    "-auto-approve": "--auto-approve",
    "-json": "--json",
    "-no-color": "--no-color",
    "-lock": "--lock",
    "-lock-timeout": "--lock-timeout",
    "-target": "--target",
    "-input": "--input",
    "-parallelism": "--forks",
    "-var": "--extra-vars",
    "-force": "--force",
    "-help": "--help",
}
"""`-force` belongs to `force-unlock` alone."""

ELSEWHERE = {
    "-exclude": "--exclude ID",
    "-var-file": "-e @FILE",
    "-refresh-only": "remediate drift",
    "-refresh": "plan --from CAPTURE, which reads no device",
    "-concise": "--concise",
    "-json-into": "--json-into FILE",
    "-replace": "plan again: what is not as declared is changed",
    "-destroy": "remediate rollback RUN -o FILE",
    "-compact-warnings": "--concise",
    "-force": "it with force-unlock alone: nothing else is forced",
}
"""What Terraform's hands type and we spell otherwise."""

_BARE = ("-auto-approve", "--auto-approve", "-y", "--yes")
"""Given a value here, since argparse would take the next argument for one."""

DIRECTORY = ("-chdir", "--chdir")
"""Terraform writes it before the verb, pyinfra after it; either is taken."""

_WORD = re.compile(r"^-[A-Za-z]{2,}[A-Za-z-]*(=.*)?$", re.DOTALL)
_INVENTORY = re.compile(r"(-i|--inventory)(=|$)")
_CLUSTER = re.compile(r"^-[vCD]+$")


def rewritten(argv: Sequence[str]) -> list[str]:
    """The same arguments with each alias in its long form.

    Raises InputError for any other single-dash word: it would be taken for a short option's value.
    What stands after `--` is left alone.
    """
    end = list(argv).index("--") if "--" in argv else len(argv)
    return [*_each(argv[:end]), *argv[end:]]


def refuse_second_inventory(argv: Sequence[str]) -> None:
    """Raises InputError where `-i` is typed twice: the first one would not count, without a word."""
    typed = argv[: list(argv).index("--")] if "--" in argv else argv
    if sum(_INVENTORY.match(argument) is not None for argument in typed) > 1:
        hint = "one inventory per run: say what both hold in one folder or file"
        raise InputError("-i is given twice", path="command line", hint=hint)


def _each(argv: Sequence[str]) -> Iterator[str]:
    for argument in argv:
        flag, equals, value = argument.partition("=")
        if argument in _BARE:
            yield "--auto-approve=all"
        elif not _WORD.match(argument) or _CLUSTER.match(argument):
            yield argument
        elif flag in ALIASES and (flag != "-force" or "force-unlock" in argv):
            yield ALIASES[flag] + equals + value
        else:
            raise InputError(f"unknown option {argument}", path="command line", hint=_hint(flag))


def _hint(flag: str) -> str:
    import difflib  # noqa: PLC0415 - start-up time

    if flag in ELSEWHERE:
        return f"write {ELSEWHERE[flag]}"
    near = difflib.get_close_matches(flag, [a for a in ALIASES if a != "-force"], n=1)
    return f"did you mean {near[0]}?" if near else f"write {flag[:2]} and its value apart, or an option with two dashes"


def without_directory(argv: Sequence[str]) -> tuple[list[str], str]:
    """The same arguments without `--chdir DIR`, and DIR: it counts before settings are looked for, so that
    `remediate.yml` and every path are those of DIR. Raises InputError where no directory is named."""
    rest, directory = list(argv), ""
    end = rest.index("--") if "--" in rest else len(rest)
    for place, argument in enumerate(rest[:end]):
        flag, equals, value = argument.partition("=")
        if flag in DIRECTORY:
            directory = value if equals else "".join(rest[place + 1 : place + 2])
            del rest[place : place + (1 if equals else 2)]
            break
    else:
        return rest, ""
    if not directory:
        raise InputError("expected one argument", path=f"command line: {flag}", hint=f"{flag}=DIR")
    return rest, directory

"""`-vvvv`, `REMEDIATE_LOG` and `REMEDIATE_LOG_PATH`: what is said, and what goes over the wires, with its time.

A level alone goes to stderr; with a path everything of that level goes into the file (0600, appended), as with
Terraform; a path alone keeps what the screen shows, as Ansible's log does.
"""

from __future__ import annotations

import logging
import os
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from remediate.cli.output import Said, Tee
from remediate.cli.parser import nearest
from remediate.cli.progress import TeeLines, line_of
from remediate.cli.wiring import Wiring
from remediate.errors import InputError, RemediateError
from remediate.report.redaction import hidden
from remediate.report.sanitize import clean

LEVEL, PATH = "REMEDIATE_LOG", "REMEDIATE_LOG_PATH"
LEVELS = {
    "trace": logging.DEBUG,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
}
WIRE_VERBOSITY = 4
_SAID: dict[Said, int] = {"result": logging.INFO, "remark": logging.WARNING, "error": logging.ERROR}


def asked_for(args: Namespace) -> bool:
    """Whether anything is to be logged."""
    return args.verbose >= WIRE_VERBOSITY or bool(os.environ.get(LEVEL) or os.environ.get(PATH))


@contextmanager
def logged(wiring: Wiring, args: Namespace) -> Iterator[Wiring]:
    """The wiring under which everything is logged too. Raises InputError for a bad level or path."""
    path = os.environ.get(PATH, "")
    logger, handler = logging.getLogger("remediate"), _handler(path)
    handler.setFormatter(_Scrubbed(wiring))
    before = logger.level, logger.propagate
    logger.setLevel(_level(args.verbose))
    logger.propagate = False
    logger.addHandler(handler)
    try:
        yield _told_too(wiring, logger) if path else wiring
    except RemediateError as error:
        if path:
            logger.error("%s", error)  # noqa: TRY400 - no traceback is an answer
        raise
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before[0])
        logger.propagate = before[1]
        handler.close()


def _level(verbose: int) -> int:
    word = os.environ.get(LEVEL, "").casefold()
    if word and word not in LEVELS:
        near = nearest(word, LEVELS)
        raise InputError(f"no level {word}", path=LEVEL, hint=f"did you mean {near}?" if near else ", ".join(LEVELS))
    return logging.DEBUG if verbose >= WIRE_VERBOSITY else LEVELS[word or "info"]


def _handler(path: str) -> logging.Handler:
    if not path:
        return _Quiet()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", path=f"{PATH}: {path}") from error
    return _Kept(os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace"))


class _Quiet(logging.StreamHandler):  # type: ignore[type-arg]  # generic in the stubs alone
    """A stream that may end, or whose disk may fill up: neither ends a run half-way."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Nothing to do: the ledger counts, not this text."""


class _Kept(_Quiet):
    """A file of our own."""

    def close(self) -> None:
        """Close the file too."""
        super().close()
        self.stream.close()


class _Scrubbed(logging.Formatter):
    """Time, level and an inert line without any secret that was resolved so far."""

    def __init__(self, wiring: Wiring) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S%z")
        self._secrets = wiring.secrets

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        return clean(hidden(super().format(record), self._secrets()))


def _told_too(wiring: Wiring, logger: logging.Logger) -> Wiring:
    """What stands on the screen goes into the log as well."""

    def said(what: Said, text: str) -> None:
        for line in filter(None, text.splitlines()):
            logger.log(_SAID[what], "%s", line)

    def told(*event: str) -> None:
        logger.info("%s", line_of(*event))

    return replace(
        wiring,
        output=Tee(wiring.output, said),
        progress=lambda _, verbose: TeeLines(wiring.progress(wiring.output, verbose), told),
    )

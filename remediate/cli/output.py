"""Where text goes. Every text is made inert here once more, whoever wrote it."""

from __future__ import annotations

import errno
import select
import shutil
import sys
from collections.abc import Callable
from typing import Literal, TextIO

from remediate.cli.colour import painted, wanted
from remediate.report.folding import folded
from remediate.report.sanitize import clean, clean_lines

IN_AUTOMATION = "REMEDIATE_IN_AUTOMATION"


class Output:
    """stdout for results, stderr for progress and errors. Writing never raises: a run must not end half-way because
    its screen was piped into `head`, its terminal was closed, or the disk below its output is full."""

    plain = False
    """No colour, whatever the terminal can."""
    attended = True
    """False: nobody is asked, whoever sits there."""

    def __init__(self) -> None:
        self.lost = ""

    def text(self, text: str) -> None:
        """A result, line ends included. What could not be written for want of room is in `lost`."""
        self.lost = written(sys.stdout, self._shown(sys.stdout, text)) or self.lost

    def prose(self, text: str) -> None:
        """A result that people read: on a terminal its long lines are folded to the width, between words."""
        self.text(folded(clean_lines(text), self.columns) if sys.stdout.isatty() else text)

    def line(self, text: str) -> None:
        """One line of result."""
        self.text(text + "\n")

    def hint(self, text: str) -> None:
        """One line of result that says what to type next; a pipeline does not want it (REMEDIATE_IN_AUTOMATION)."""
        import os  # noqa: PLC0415 - read at the call

        if not os.environ.get(IN_AUTOMATION):
            self.line(text)

    def note(self, text: str) -> None:
        """One line on stderr."""
        written(sys.stderr, clean(text) + "\n")

    def block(self, text: str) -> None:
        """Lines on stderr."""
        written(sys.stderr, self._shown(sys.stderr, text))

    def ask(self, question: str) -> str:
        """An answer typed at the terminal; empty where nobody sits there."""
        if not self.interactive:
            return ""
        written(sys.stderr, clean(question) + " ")
        return sys.stdin.readline().strip()

    def typed(self) -> str | None:
        """The line that was typed since the last look; None where there is none yet. Waits for nothing."""
        if not self.interactive or not select.select([sys.stdin], [], [], 0)[0]:
            return None
        return sys.stdin.readline().strip()

    def _shown(self, stream: TextIO | None, text: str) -> str:
        inert = clean_lines(text)
        return painted(inert) if stream is not None and wanted(stream, self.plain) else inert

    @property
    def interactive(self) -> bool:
        """Somebody reads and types."""
        return self.attended and sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()

    @property
    def live(self) -> bool:
        """stderr is a terminal that can rewrite a line."""
        import os  # noqa: PLC0415 - read at the call

        return sys.stderr.isatty() and os.environ.get("TERM", "dumb") != "dumb"

    @property
    def columns(self) -> int:
        """Width for tables: the terminal's; 120 where there is none."""
        return max(shutil.get_terminal_size((120, 24)).columns, 20) if sys.stdout.isatty() else 120


Said = Literal["result", "remark", "error"]


class Tee(Output):
    """A screen, and somebody who is told the same."""

    def __init__(self, shown: Output, told: Callable[[Said, str], object]) -> None:
        super().__init__()
        self._screen, self._told = shown, told
        self.plain, self.attended = shown.plain, shown.attended

    def text(self, text: str) -> None:
        """A result."""
        self._screen.text(text)
        self._told("result", text)

    def prose(self, text: str) -> None:
        """A result that people read."""
        self._screen.prose(text)
        self._told("result", text)

    def note(self, text: str) -> None:
        """A remark."""
        self._screen.note(text)
        self._told("remark", text)

    def block(self, text: str) -> None:
        """An error."""
        self._screen.block(text)
        self._told("error", text)

    @property
    def live(self) -> bool:
        """As the screen is."""
        return self._screen.live

    @property
    def interactive(self) -> bool:
        """As the screen is."""
        return self._screen.interactive


GONE = frozenset({errno.EPIPE, errno.EIO, errno.ENXIO})
"""The reader, or the terminal, went away: nobody misses what was not written."""


def written(stream: TextIO | None, text: str) -> str:
    """Why a text is lost that somebody may miss; empty when it is not."""
    if stream is None or stream.closed:
        return ""
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except OSError as error:
        silence(stream)
        return "" if error.errno in GONE else f"{stream.name}: {error.strerror}"
    return ""


def stand_ins() -> None:
    """Puts nothing in the place of each standard stream that was closed (`>&-`): no file that is opened later gets its
    number, so that nothing is written into it by mistake."""
    import os  # noqa: PLC0415 - rare
    from pathlib import Path  # noqa: PLC0415 - rare

    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - to the end of the process


def silence(stream: TextIO) -> None:
    """Points a broken stream at nothing, so that the interpreter's last flush does not complain."""
    import os  # noqa: PLC0415 - rare

    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, stream.fileno())
    os.close(nothing)

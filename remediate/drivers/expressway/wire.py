"""The wire form of the xAPI shell: which bytes are a reply, and where it ends. Pure.

A reply is framed by its last line, literally `OK`, `ERROR` or `Command not recognized.` Status and
command results stand between `*s NAME: /` and `*s/end`, settings on `*c` lines; whatever else a device
prints (banner, echo, prompt, events, `** end`) is not ours and is passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

Verdict = Literal["OK", "ERROR", "Command not recognized."]
VERDICTS: dict[str, Verdict] = {"OK": "OK", "ERROR": "ERROR", "Command not recognized.": "Command not recognized."}
LINE_END = re.compile(rb"\r\n|\r|\n")
PROMPT = re.compile(r"^[\w.@:~/\[\]-]{0,64}[>#$] ?(?=\*[cesr][ /]|(?:OK|ERROR|Command not recognized\.)$)")
BLOCK = re.compile(r"^\*([sr]) (.+?)(?: \([^)]*\))?: ?/?\s*$")
FORBIDDEN = re.compile(r'[\x00-\x1f\x7f";]')
MAX_BYTES = 8_000_000
MAX_LINES = 200_000
MAX_LINE = 262_144


class Garbled(ValueError):
    """What came is no reply: not UTF-8, or without end."""


@dataclass(frozen=True)
class Command:
    """One line to send, and how an `OK` must be filled.

    `block`: the name after `*s` or `*r` under which the answer stands. `leaf`: `*c` lines must come.
    """

    line: str
    block: str = ""
    leaf: bool = False

    @property
    def sent(self) -> bytes:
        """With its line end."""
        return self.line.encode() + b"\r\n"


@dataclass(frozen=True)
class Reply:
    """Its lines without framing, and how it ended."""

    verdict: Verdict
    lines: tuple[str, ...]


def status(element: str) -> Command:
    """`xStatus ELEMENT`."""
    return Command(f"xStatus {element}", block=element)


def leaf(path: str) -> Command:
    """Read one setting."""
    return Command(f"xConfiguration {checked(path)}", leaf=True)


def branch(path: str) -> Command:
    """Read all settings below a path; there may be none."""
    return Command(f"xConfiguration {checked(path)}")


def assignment(path: str, value: str) -> Command:
    """Set an enumeration, which stands bare. Raises `ValueError` for what could end the line or the value."""
    return Command(f"xConfiguration {checked(path)}: {checked(value)}")


def lookup(name: str) -> Command:
    """Ask the device's own resolver for addresses."""
    return Command(f'xCommand DNS Lookup Hostname: "{checked(name)}" RecordType: all', block="DNS Lookup")


def checked(text: str) -> str:
    """The text, if it can neither end a line nor a quoted value; `ValueError` otherwise."""
    if FORBIDDEN.search(text):
        raise ValueError(f"{text!r} holds a quote, a semicolon or a control character: it is not sent to a device")
    return text


@dataclass
class Framer:
    """Cuts a byte stream into the replies to `commands`, in order.

    The first command must be an `xStatus`: only its block tells where the banner ends. `stray` holds the verdicts
    that belong to no command: those before that block, and those after the last reply.
    """

    commands: tuple[Command, ...]
    synced: bool = False
    replies: list[Reply] = field(default_factory=list)
    stray: list[Verdict] = field(default_factory=list)
    _held: bytes = b""
    size: int = 0
    """Bytes that have come."""
    _count: int = 0
    _lines: list[str] = field(default_factory=list)
    _within: Literal["", "ours", "other"] = ""
    _answered: bool = False
    _strange: bool = False

    @property
    def done(self) -> bool:
        """Whether every command has its reply."""
        return len(self.replies) == len(self.commands)

    def feed(self, data: bytes) -> None:
        """Take what has come. Raises `Garbled`."""
        self.size += len(data)
        if self.size > MAX_BYTES:
            raise Garbled(f"more than {MAX_BYTES:,} bytes without an end")
        *whole, self._held = LINE_END.split(self._held + data)
        if len(self._held) > MAX_LINE:
            raise Garbled(f"a line of more than {MAX_LINE:,} bytes")
        for raw in whole:
            self._take(raw)

    def finish(self) -> None:
        """Nothing more will come: a last line may lack its line end."""
        if self._held.strip() in {word.encode() for word in VERDICTS}:
            self.feed(b"\n")

    def _take(self, raw: bytes) -> None:
        self._count += 1
        if self._count > MAX_LINES:
            raise Garbled(f"more than {MAX_LINES:,} lines without an end")
        if raw.strip():
            self._place(self._decoded(raw))

    def _decoded(self, raw: bytes) -> str:
        try:
            return PROMPT.sub("", raw.decode("utf-8"))
        except UnicodeDecodeError:
            if self.synced:
                raise Garbled("a reply that is not UTF-8") from None
            return ""

    def _place(self, line: str) -> None:
        verdict = VERDICTS.get(line.rstrip())
        if verdict and not self._within and (self.done or not self.synced):
            self.stray.append(verdict)
        elif not self.done:
            self._read(self.commands[len(self.replies)], line, verdict)

    def _read(self, command: Command, line: str, verdict: Verdict | None) -> None:
        if self._within:
            self._inside(line)
        elif (opened := BLOCK.match(line)) is not None:
            self._open(command, opened[2])
        elif verdict and self.synced:
            self._verdict(command, verdict)
        elif self.synced and not line.rstrip().endswith(command.line):
            self._strange = self._strange or not line.startswith("*")
            if not command.block:
                self._lines.append(line)

    def _verdict(self, command: Command, verdict: Verdict) -> None:
        """`OK` before the answer is text of somebody else's, if other such text stands before it."""
        if verdict == "OK" and self._strange and not self._filled(command):
            return
        self._end(command, verdict)

    def _filled(self, command: Command) -> bool:
        if command.block:
            return self._answered
        return not command.leaf or any(line.startswith("*c ") for line in self._lines)

    def _open(self, command: Command, name: str) -> None:
        ours = bool(command.block) and _plain(name) == _plain(command.block) and not self._answered
        self._within = "ours" if ours else "other"
        self.synced = self.synced or ours

    def _inside(self, line: str) -> None:
        if line.strip() in {"*s/end", "*r/end"}:
            self._answered = self._answered or self._within == "ours"
            self._within = ""
        elif self._within == "ours":
            self._lines.append(line)

    def _end(self, command: Command, verdict: Verdict) -> None:
        if verdict == "OK" and command.leaf and not self._filled(command):
            raise Garbled(f"OK without a value after {command.line!r}")
        self.replies.append(Reply(verdict, tuple(self._lines)))
        self._lines, self._within, self._answered, self._strange = [], "", False, False


def _plain(name: str) -> str:
    return "".join(name.split()).casefold().removesuffix("result")

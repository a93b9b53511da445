"""Lines through pipes: bytes come and go as the other side takes them, and nobody waits for ever."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from typing import IO

MOST_BYTES = 64 * 1024 * 1024
"""Of one line: a journal entry holds a whole trusted CA list."""
_CHUNK = 65536
_GOES_S = 10.0
_TAIL = 400


class Ended(Exception):
    """No more lines come; says why in the other side's last words."""


class Lines:
    """Whole lines out of chunks."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> None:
        """What came. Raises Ended for a line that has no end."""
        self._held += data
        if len(self._held) > MOST_BYTES and b"\n" not in self._held:
            raise Ended(f"a line of more than {MOST_BYTES} bytes")

    def take(self) -> bytes | None:
        """The next whole line, without its end."""
        end = self._held.find(b"\n")
        if end < 0:
            return None
        line = bytes(self._held[:end])
        del self._held[: end + 1]
        return line


class Process:
    """A process of its own session, so that Ctrl-C at our terminal is ours alone to pass on."""

    def __init__(self, argv: Sequence[str]) -> None:
        self._said: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._lines, self._out = Lines(), bytearray()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the operator's own command, no shell
                argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, start_new_session=True
            )
        except OSError as error:
            self._said.close()
            raise Ended(f"{argv[0]}: {error.strerror}") from error
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._stdin, self._stdout = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._stdin, False)

    def send(self, data: bytes) -> None:
        """Goes out while lines are waited for."""
        self._out += data

    def line(self, seconds: float) -> bytes | None:
        """The next line; None when none came in time. Raises Ended at the end of its output."""
        end = time.monotonic() + seconds
        while (line := self._lines.take()) is None:
            left = end - time.monotonic()
            if left <= 0:
                return None
            readable, writable, _ = select.select([self._stdout], [self._stdin] if self._out else [], [], left)
            if writable:
                self._write()
            if readable:
                self._read()
        return line

    def kill(self) -> None:
        """At once, with what it started. What runs on another machine finds its pipe broken."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """Give it a while to go by itself."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        try:
            self._process.wait(_GOES_S)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()
        self._said.close()

    def _write(self) -> None:
        try:
            del self._out[: os.write(self._stdin, self._out[:_CHUNK])]
        except BlockingIOError:
            return
        except OSError:  # it reads no more; its output tells why
            self._out.clear()

    def _read(self) -> None:
        data = os.read(self._stdout, _CHUNK)
        if not data:
            raise Ended(self._last_words())
        self._lines.feed(data)

    def _last_words(self) -> str:
        try:
            code: object = self._process.wait(_GOES_S)
        except subprocess.TimeoutExpired:
            code = "unknown"
        self._said.seek(0)
        said = " ".join(self._said.read().decode(errors="replace").split())[-_TAIL:]
        return f"its command ended with {code}{f' ({said})' if said else ''}"

"""The control socket: one JSON line asks, one answers. A server for the lab, a call for everybody else.

The socket is reached through the open directory (`/proc/self/fd`), since a path to a UNIX socket may
hold 107 bytes only and a lab's directory may lie deep.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from remediate.lab.errors import LabError
from remediate.lab.hand import Hand

NAME = "control.sock"
ANSWER_S = 120.0
LONGEST_LINE = 16 * 1024 * 1024


def send(directory: Path, verb: str, **arguments: Any) -> dict[str, Any]:
    """Ask a running lab; LabError where none runs there, or with the lab's own refusal."""
    line = json.dumps({"verb": verb, **arguments}) + "\n"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.settimeout(ANSWER_S)
        try:
            with _short(directory) as path:
                door.connect(path)
            door.sendall(line.encode())
            answer = json.loads(door.makefile("rb").readline())
        except (OSError, ValueError) as error:
            raise LabError(
                f"no lab answers in {directory}: start one with `remediate lab up --scenario NAME --dir {directory}`; "
                f"if one runs there, see {directory / 'lab.log'}",
            ) from error
    if "error" in answer:
        raise LabError(str(answer["error"]))
    return dict(answer)


class Control:
    """The server's side; `down` is set once somebody asks for it."""

    def __init__(self, directory: Path, hand: Hand) -> None:
        self.down = asyncio.Event()
        self._directory = directory
        self._hand = hand
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listen; the socket is for its owner alone."""
        door = _bound(self._directory)
        self._server = await asyncio.start_unix_server(self._serve, sock=door, limit=LONGEST_LINE)

    async def close(self) -> None:
        """Stop listening and take the socket away."""
        if self._server:
            self._server.close()
        _unlink(self._directory)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answer = await self._answer(await reader.readline())
        writer.write(json.dumps(answer).encode() + b"\n")
        await writer.drain()
        writer.close()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            order = json.loads(line)
            verb = order.pop("verb")
        except (ValueError, KeyError, AttributeError):
            return {"error": 'an order is one line of JSON: {"verb": …}'}
        if verb == "down":
            self.down.set()
            return {"done": True}
        if verb == "ready":
            return {"ready": True, "pid": os.getpid()}
        try:
            return await self._hand.do(verb, order)
        except LabError as error:
            return {"error": str(error)}


def _bound(directory: Path) -> socket.socket:
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    _unlink(directory)
    with _short(directory) as path:
        door.bind(path)
        Path(path).chmod(0o600)
    return door


def _unlink(directory: Path) -> None:
    (directory / NAME).unlink(missing_ok=True)


@contextmanager
def _short(directory: Path) -> Iterator[str]:
    held = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{held}/{NAME}"
    finally:
        os.close(held)

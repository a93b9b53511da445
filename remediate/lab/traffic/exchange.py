"""One GET over an open stream, and the answer whole."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

LIMIT_S = 15.0


class NoAnswer(Exception):
    """The other side closed, or stayed silent, before a whole answer came."""


@dataclass(frozen=True)
class Reply:
    """An HTTP answer. Header names are in lower case."""

    status: int
    reason: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


async def get(host: str, port: int, target: str, headers: dict[str, str]) -> Reply:
    """GET over plain HTTP/1.0, which ends with the connection. Raises NoAnswer."""
    try:
        async with asyncio.timeout(LIMIT_S):
            reader, writer = await asyncio.open_connection(host, port)
            return await over(reader, writer, target, headers)
    except (OSError, TimeoutError) as error:
        raise NoAnswer(f"{host}:{port}: {str(error) or 'no answer in time'}") from error


async def over(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: str, headers: dict[str, str]
) -> Reply:
    """GET over a stream that is open, and close it. Raises NoAnswer or OSError."""
    try:
        lines = [f"GET {target} HTTP/1.0", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        writer.write("\r\n".join(lines).encode())
        await writer.drain()
        return _parse(await reader.read(-1))
    finally:
        writer.close()


def _parse(raw: bytes) -> Reply:
    head, _, body = raw.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    parts = first.split(" ", 2)
    if len(parts) < 2 or not parts[1].isdigit():
        raise NoAnswer("the connection closed without an answer")
    pairs = (line.partition(":") for line in rest)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return Reply(int(parts[1]), parts[2] if len(parts) > 2 else "", headers, body)

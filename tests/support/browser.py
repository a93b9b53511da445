"""A real browser, asked over its own protocol: what a page holds, what a click does, what its console says."""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from aiohttp import ClientSession, ClientWebSocketResponse

from tests.support.required import program

T = TypeVar("T")
DEADLINE_S = 30.0
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--remote-debugging-port=0",
)  # fmt: skip


class Tab:
    """One open page. `said` holds every message of its console, its security policy included."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket, self._number = socket, 0
        self.said: list[str] = []
        self.loads: list[str] = []

    async def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command and its result; events that come meanwhile are kept."""
        self._number += 1
        await self._socket.send_json({"id": self._number, "method": method, "params": params})
        while True:
            message = await self._socket.receive_json(timeout=DEADLINE_S)
            self._keep(message)
            if message.get("id") == self._number:
                result: dict[str, Any] = message.get("result", {})
                return result

    async def open(self, page: Path) -> None:
        """Load a file and wait until it is loaded."""
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.call(f"{domain}.enable")
        await self.call("Page.navigate", url=page.as_uri())
        while (await self.value("document.readyState")) != "complete":
            pass

    async def value(self, expression: str) -> Any:
        """A JavaScript expression of the test's own, evaluated beside the page's policy."""
        result = await self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return result["result"].get("value")

    async def key(self, name: str, code: int) -> None:
        """Press and release one key."""
        for kind in ("rawKeyDown", "char", "keyUp"):
            text = {"text": "\r"} if kind == "char" and name == "Enter" else {}
            await self.call("Input.dispatchKeyEvent", type=kind, key=name, windowsVirtualKeyCode=code, **text)

    def _keep(self, message: dict[str, Any]) -> None:
        params = message.get("params", {})
        match message.get("method"):
            case "Log.entryAdded":
                self.said.append(params["entry"]["text"])
            case "Runtime.consoleAPICalled" | "Runtime.exceptionThrown":
                self.said.append(str(params))
            case "Network.requestWillBeSent":
                self.loads.append(params["request"]["url"])


@contextmanager
def _running() -> Iterator[str]:
    """A browser of our own; the address of its protocol."""
    path = program("chromium", "chromium")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [path, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        try:
            assert process.stderr is not None
            line = next(line for line in process.stderr if "DevTools listening on ws://" in line)
            yield line.split("ws://", 1)[1].split("/", 1)[0]
        finally:
            process.terminate()
            process.wait(DEADLINE_S)


def in_tab(page: Path, asked: Callable[[Tab], Awaitable[T]]) -> T:
    """Open a page in a browser of its own, ask, and close it."""

    async def visit(address: str) -> T:
        async with ClientSession() as session:
            async with session.get(f"http://{address}/json/list") as reply:
                tabs = await reply.json()
            place = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
            async with session.ws_connect(place, max_msg_size=0) as socket:
                tab = Tab(socket)
                await tab.open(page)
                return await asked(tab)

    with _running() as address:
        return asyncio.run(visit(address))

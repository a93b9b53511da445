"""Starts a lab and stops it: one process, one event loop, one directory that holds all it shows."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from remediate.lab import inventory, network, scenarios
from remediate.lab.build import Shape
from remediate.lab.control import NAME, Control, send
from remediate.lab.errors import LabError
from remediate.lab.fleet import Fleet
from remediate.lab.hand import Hand
from remediate.lab.record import Recorder
from remediate.lab.switches import parse

MARK = "lab.json"
START_S = 60.0
STOP_S = 20.0
POLL_S = 0.02


@dataclass(frozen=True)
class Order:
    """What lab to start, and where. `switches` are texts by name, see `remediate.lab.switches`."""

    scenario: str
    directory: Path
    peers: int = 2
    clusters: int = 1
    latency_ms: float = 0.0
    version: str = "X14.2.5"
    switches: Mapping[str, str] = field(default_factory=dict)

    def shape(self) -> Shape:
        """The order as a shape; LabError where a value is out of range."""
        switches, uc_switches = parse(self.switches)
        return Shape(
            peers=self.peers,
            clusters=self.clusters,
            version=self.version,
            latency_s=self.latency_ms / 1000,
            switches=switches,
            uc_switches=uc_switches,
        )


def up(order: Order, *, detach: bool = False) -> int:
    """Start a lab. In the foreground: until SIGINT, SIGTERM or `down`. Detached: until every listener answers.

    Raises LabError where it cannot start.
    """
    order.shape()
    scenarios.named(order.scenario)
    prepare(order.directory)
    if detach:
        _detached(order)
    else:
        asyncio.run(_run(order))
    return 0


def down(directory: Path) -> int:
    """Stop the lab in a directory and wait until it is gone; LabError where none runs or it does not stop."""
    process = send(directory, "ready")["pid"]
    send(directory, "down")
    deadline = time.monotonic() + STOP_S
    while (directory / NAME).exists() or _lives(process):
        if time.monotonic() > deadline:
            raise LabError(f"the lab in {directory} does not stop: end process {process} yourself")
        time.sleep(POLL_S)
    return 0


def prepare(directory: Path) -> None:
    """Make the directory, or clear what an earlier lab left; LabError where it holds anything else or a live lab."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (directory / NAME).exists() and _answers(directory):
        raise LabError(f"a lab runs in {directory} already: stop it with `remediate lab down --dir {directory}`")
    if any(directory.iterdir()) and not (directory / MARK).exists():
        raise LabError(f"{directory} is not empty and holds no lab: give another --dir")
    directory.chmod(0o700)
    (directory / MARK).touch()
    for name in ("inventory", "keys", "logs", "traffic"):
        shutil.rmtree(directory / name, ignore_errors=True)
    for name in ("record.ndjson", NAME):
        (directory / name).unlink(missing_ok=True)


async def _run(order: Order) -> None:
    _raise_file_limit()
    shape = order.shape()
    scenario = scenarios.named(order.scenario)
    held = network.take(scenario.sized(shape).hosts)
    try:
        world = scenario.build(order.scenario, shape.on(held.prefix))
        recorder = Recorder(order.directory / "record.ndjson", world)
        world.record = recorder
        fleet = Fleet(world, order.directory)
        await _serve(order, fleet)
        recorder.close()
    finally:
        held.release()


def _raise_file_limit() -> None:
    """A large fleet has more listeners than the usual soft limit allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def _serve(order: Order, fleet: Fleet) -> None:
    await fleet.start()
    control = Control(order.directory, Hand(fleet))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, control.down.set)
    try:
        _describe(order, fleet)
        await control.open()
        await control.down.wait()
    finally:
        await fleet.stop()
        await control.close()


def _describe(order: Order, fleet: Fleet) -> None:
    inventory.write(fleet.world, order.directory / "inventory")
    told = {"scenario": order.scenario, "network": fleet.world.network, "pid": os.getpid()}
    (order.directory / MARK).write_text(json.dumps(told) + "\n", encoding="utf-8")
    sys.stdout.write(
        f"Lab {order.scenario} is up on {fleet.world.network}.0/24, inventory in {order.directory / 'inventory'}.\n"
        f"To stop it: remediate lab down --dir {order.directory} (in the foreground: Ctrl-C)\n",
    )
    sys.stdout.flush()


def _detached(order: Order) -> None:
    log = order.directory / "lab.log"
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(  # noqa: S603 - this interpreter, our own module
            [sys.executable, "-m", "remediate.lab", "up", *_arguments(order)],
            cwd=Path(__file__).parents[2],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_S
    while not _answers(order.directory):
        if process.poll() is not None:
            said = log.read_text(encoding="utf-8").strip().splitlines() or ["it said nothing"]
            raise LabError(f"the lab did not start: {said[-1]}")
        if time.monotonic() > deadline:
            process.terminate()
            raise LabError(f"the lab did not start within {START_S:g} s: see {log}")
        time.sleep(POLL_S)
    sys.stdout.write(log.read_text(encoding="utf-8").replace(str(order.directory.absolute()), str(order.directory)))


def _arguments(order: Order) -> list[str]:
    switches = [f"--switch={name}={value}" for name, value in order.switches.items()]
    return [
        f"--scenario={order.scenario}",
        f"--dir={order.directory.absolute()}",
        f"--peers={order.peers}",
        f"--clusters={order.clusters}",
        f"--latency={order.latency_ms:g}",
        f"--version={order.version}",
        *switches,
    ]


def _answers(directory: Path) -> bool:
    try:
        return bool(send(directory, "ready"))
    except LabError:
        return False


def _lives(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}

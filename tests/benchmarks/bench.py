"""Print side by side what this tool and others take for the same reads of the same lab in one run, and the ratios.

`python -m tests.benchmarks.bench [--nodes 10,50,200,1000] [--quick] [--others PYTHON] [--without NAME,…]`. Every
client reads 12 settings over SSH and the trusted CA list (150 certificates) over HTTPS of every node. `work` is the
reading alone, as each client measures it; `whole` is its process from start to end. Of quick clients the fastest of
three runs counts, in turn with each other. PYTHON is that of an environment with requirements/bench.txt.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.measuring import PROJECT, Failed, Spent, lab, measured

OTHERS = PROJECT / ".venv-bench" / "bin" / "python"
NODES = (10, 50, 200, 1000)
PEERS = 5
QUICK_NODES, QUICK_PEERS = 4, 2
TIMES, TIMES_QUICK = 3, 1
OURS, WIDE, RAW, STOCK = "remediate", "remediate -f 200", "paramiko pipelined", "paramiko in turn"
NORNIR, ANSIBLE = "nornir + netmiko", "Ansible"


@dataclass(frozen=True)
class Client:
    """`most`: nodes beyond which it takes too long. `others`: it lives in the other environment."""

    name: str
    module: str
    threads: int = 50
    most: int = 1000
    others: bool = False
    more: tuple[str, ...] = ()
    brief: bool = False

    @property
    def family(self) -> bool:
        """Whether it works by many processes."""
        return self.name.startswith(ANSIBLE)


CLIENTS = (
    Client(OURS, "remediate_reads", brief=True),
    Client(WIDE, "remediate_reads", threads=200, brief=True),
    Client(RAW, "paramiko_pipelined", brief=True),
    Client(STOCK, "paramiko_in_turn", brief=True),
    Client("netmiko generic", "netmiko_generic"),
    Client("netmiko cisco_tp", "netmiko_cisco_tp", most=200),
    Client(NORNIR, "nornir_netmiko", threads=100, others=True),
    Client(f"{ANSIBLE} raw", "ansible_play", most=200, others=True, more=("--kind=raw",)),
    Client(f"{ANSIBLE} network_cli", "ansible_play", most=50, others=True, more=("--kind=network_cli",)),
)
BY_NAME = {client.name: client for client in CLIENTS}


@dataclass
class Bench:
    """One run: where the others live, which are left out, and what was found by what was read and by whom."""

    others: Path
    without: frozenset[str]
    times: int
    found: dict[tuple[str, str], Spent]

    def read(self, title: str, where: Path, names: tuple[str, ...], *, trust: bool = True) -> None:
        """A table: the named clients on one lab."""
        print(f"\n{title}")
        print(f"  {'':<22}{'work':>9}{'× raw':>8}{'whole':>9}{'CPU':>9}{'peak':>10}")
        runs: dict[str, list[Spent]] = {}
        for turn in range(self.times):
            for name in names if turn == 0 else [n for n in names if BY_NAME[n].brief]:
                try:
                    spent = self._once(BY_NAME[name], where, trust)
                except Failed as failure:
                    print(f"  {name:<22} {failure}")
                else:
                    runs.setdefault(name, []).append(spent)
        for name, every in runs.items():
            self.found[title, name] = min(every, key=lambda one: one.work)
        for name in runs:
            print(self._row(title, name))

    def _once(self, client: Client, where: Path, trust: bool) -> Spent:
        python = str(self.others) if client.others else sys.executable
        if client.others and not self.others.exists():
            raise Failed("not installed: make bench installs it")
        words = ["-m", f"tests.benchmarks.clients.{client.module}", str(where / "nodes.json")]
        options = [f"--threads={client.threads}", *(["--trust"] if trust else []), *client.more]
        return measured([python, *words, *options], family=client.family)

    def _row(self, title: str, name: str) -> str:
        spent, raw = self.found[title, name], self.found.get((title, RAW))
        ratio = f"{spent.work / raw.work:>8.2f}" if raw else f"{'':>8}"
        return (
            f"  {name:<22}{spent.work:>7.2f} s{ratio}{spent.wall:>7.2f} s{spent.cpu:>7.2f} s{spent.peak / 1e6:>7.0f} MB"
        )

    def clients(self, nodes: int, device_ms: float) -> tuple[str, ...]:
        """Those that end in reasonable time."""
        able = (c for c in CLIENTS if nodes <= c.most and not (device_ms and c.family))
        return tuple(c.name for c in able if not any(c.name.startswith(name) for name in self.without))


def shape(nodes: int) -> tuple[int, int]:
    """Clusters and peers of each."""
    peers = PEERS if nodes >= PEERS else QUICK_PEERS
    return nodes // peers, peers


def reads(bench: Bench, sizes: tuple[int, ...], paces: tuple[int, ...]) -> None:
    """Every client at every size, with and without a slow device; then with a slow network."""
    for nodes in sizes:
        for ms in paces:
            with lab("healthy", *shape(nodes), device_ms=ms) as where:
                slow = f"{nodes} nodes, {ms} ms per command"
                bench.read(f"{slow}: settings", where, (OURS, WIDE, RAW, STOCK), trust=False)
                bench.read(f"{slow}: settings and trusted CA list", where, bench.clients(nodes, ms))
    nodes = min(sizes[-1], 200)
    with lab("healthy", *shape(nodes), device_ms=20, rtt_ms=40) as where:
        names = tuple(n for n in (OURS, WIDE, RAW, STOCK, NORNIR) if n not in bench.without)
        bench.read(f"{nodes} nodes, 20 ms per command, 40 ms per round trip: settings", where, names, trust=False)


def plan(nodes: int, times: int) -> None:
    """A whole plan beside the reference of the same work; and the rate of TLS captures."""
    playbook = str(PROJECT / "playbooks" / "mra-origin-verification.yml")
    with lab("mixed", *shape(nodes)) as where:
        ours = [sys.executable, "-m", "remediate", "plan", playbook, "-i", str(where / "inventory")]
        reference = [sys.executable, "-m", "tests.benchmarks.clients.reference_plan", str(where / "nodes.json")]
        best: dict[str, Spent] = {}
        for _ in range(times):
            for name, command in (("remediate plan", ours), ("straight reference", reference)):
                spent = measured(command)
                best[name] = min(best.get(name, spent), spent, key=lambda one: one.wall)
        print(f"\na whole plan of {nodes} peers: wall, CPU, memory; × wall, × CPU")
        base = best["straight reference"]
        for name, spent in best.items():
            ratios = f"{spent.wall / base.wall:>8.2f}{spent.cpu / base.cpu:>8.2f}"
            print(f"  {name:<22}{spent.wall:>7.2f} s{spent.cpu:>7.2f} s CPU{spent.peak / 1e6:>7.0f} MB{ratios}")
        captures = [sys.executable, "-m", "tests.benchmarks.clients.captures", str(where / "nodes.json")]
        spent = min((measured(captures) for _ in range(times)), key=lambda one: one.work)
        print(f"TLS captures: {spent.rate:,.0f} per second")


def round_trips() -> None:
    """By what a session takes longer on a slow network."""
    distance = 200
    took = {}
    for ms in (0, distance):
        with lab("healthy", 1, 1, rtt_ms=ms) as where:
            took[ms] = measured(
                [sys.executable, "-m", "tests.benchmarks.clients.remediate_reads", str(where / "nodes.json")]
            ).work
    print(f"round trips per node for all SSH reads: {(took[distance] - took[0]) / distance * 1000:.1f}")


def aims(bench: Bench, sizes: tuple[int, ...]) -> Iterator[str]:
    """Each aim, what was found, and whether it is met."""

    def told(what: str, found: float, aim: float, *, least: bool = False) -> str:
        met = found >= aim if least else found <= aim
        return f"  {what:<62}{found:>9.2f}  {'at least' if least else 'at most'} {aim:g}{'' if met else '  MISSED'}"

    for nodes in sizes:
        title = f"{nodes} nodes, 0 ms per command: settings"
        ours, raw = bench.found[title, OURS], bench.found[title, RAW]
        yield told(f"SSH reading of {nodes} nodes × raw paramiko", ours.work / raw.work, 1.15)
        yield told(f"client CPU per node, SSH, ms ({nodes} nodes)", ours.work_cpu / nodes * 1000, 5)
        title += " and trusted CA list"
        for name, aim in ((NORNIR, 10.0), (f"{ANSIBLE} network_cli", 300.0)):
            if (title, name) in bench.found:
                ratio = bench.found[title, name].work / bench.found[title, OURS].work
                yield told(f"against {name}, {nodes} nodes, × faster", ratio, aim, least=True)
        if (title, f"{ANSIBLE} network_cli") in bench.found:
            share = bench.found[title, f"{ANSIBLE} network_cli"].peak / bench.found[title, OURS].peak
            yield told(f"against {ANSIBLE} network_cli, {nodes} nodes, × less memory", share, 50, least=True)
    if sizes[-1] >= 1000:
        few, many = (bench.found[f"{n} nodes, 0 ms per command: settings", OURS] for n in (200, 1000))
        yield told("time from 200 to 1,000 nodes, × linear", many.work / few.work / 5, 1.0)
        yield told("memory at 1,000 nodes, MB", many.peak / 1e6, 150)
    title = next(t for t, _ in bench.found if "round trip" in t)
    for name, aim in ((STOCK, 3.5), (NORNIR, 10.0)):
        if (title, name) in bench.found:
            ratio = bench.found[title, name].work / bench.found[title, WIDE].work
            yield told(f"slow network, against {name}, × faster", ratio, aim, least=True)


def main() -> int:
    """All of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", default=",".join(map(str, NODES)))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--others", type=Path, default=OTHERS)
    parser.add_argument("--without", default="")
    args = parser.parse_args()
    sizes = (QUICK_NODES,) if args.quick else tuple(int(word) for word in args.nodes.split(","))
    without = frozenset(filter(None, args.without.split(",")))
    bench = Bench(args.others, without, TIMES_QUICK if args.quick else TIMES, {})
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    print(f"{os.cpu_count()} processors, load average {load} before the start; Python {sys.version.split()[0]}")
    reads(bench, sizes, (0,) if args.quick else (0, 20))
    plan(QUICK_NODES if args.quick else 200, bench.times)
    round_trips()
    print("\nmeasured against its aims")
    print("\n".join(aims(bench, sizes)))
    return 0


if __name__ == "__main__":
    sys.exit(main())

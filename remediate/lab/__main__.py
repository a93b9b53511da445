"""`python -m remediate.lab up …`: the process behind a detached lab."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from remediate.lab.errors import LabError
from remediate.lab.serve import Order, up


def main(argv: list[str]) -> int:
    """Start a lab in the foreground; 5 and one sentence where it cannot start."""
    parser = argparse.ArgumentParser(prog="remediate.lab")
    parser.add_argument("verb", choices=["up"])
    parser.add_argument("--scenario", required=True)
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--peers", type=int, default=2)
    parser.add_argument("--clusters", type=int, default=1)
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--version", default="X14.2.5")
    parser.add_argument("--switch", action="append", default=[])
    given = parser.parse_args(argv)
    switches = dict(pair.split("=", 1) if "=" in pair else (pair, "") for pair in given.switch)
    try:
        return up(
            Order(
                given.scenario,
                given.dir,
                given.peers,
                given.clusters,
                given.latency,
                given.version,
                switches,
            )
        )
    except LabError as error:
        sys.stderr.write(f"{error}\n")
        return 5


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

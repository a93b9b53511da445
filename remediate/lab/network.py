"""Loopback addresses of one's own: each lab holds free blocks 127.x.y.0/24, locked by a bound port."""

from __future__ import annotations

import random
import socket
from dataclasses import dataclass, field

from remediate.lab.errors import LabError

LOCK_PORT = 40_404
PER_BLOCK = 250
TRIES = 200


@dataclass
class Network:
    """Consecutive /24 blocks from `prefix` on, held until `release`."""

    prefix: str
    locks: list[socket.socket] = field(default_factory=list)

    def release(self) -> None:
        """Let other labs have the addresses."""
        for lock in self.locks:
            lock.close()


def take(hosts: int) -> Network:
    """Free blocks for so many hosts; LabError where none are found."""
    count = -(-hosts // PER_BLOCK)
    if count > 200:
        raise LabError(f"a lab of {hosts} hosts has no room in one 127.x.0.0/16: give fewer --clusters")
    for _ in range(TRIES):
        second, third = random.randint(64, 250), random.randint(0, 255 - count)
        locks = _locked([f"127.{second}.{third + block}.254" for block in range(count)])
        if locks:
            return Network(f"127.{second}.{third}", locks)
    raise LabError("no free block of loopback addresses found: stop other labs with `remediate lab down`")


def _locked(addresses: list[str]) -> list[socket.socket]:
    locks: list[socket.socket] = []
    for address in addresses:
        lock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            lock.bind((address, LOCK_PORT))
        except OSError:
            lock.close()
            Network("", locks).release()
            return []
        locks.append(lock)
    return locks

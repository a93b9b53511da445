"""What would be left of a directory if the power failed: its system calls as `strace` saw them, played again.

Pessimistic as POSIX allows: content that was not synced is gone, and so are names whose directory was not synced.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.required import program

_CALLS = "openat,write,pwrite64,ftruncate,fsync,fdatasync,unlink,unlinkat,rename,mkdir"
_LINE = re.compile(r"(?P<pid>\d+) +(?:<\.\.\. \w+ resumed>)?(?P<rest>.*)")
_CALL = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>-?\d+)")
_HEX = re.compile(r"\\x([0-9a-f]{2})")
_SPARE_S = 30.0


@dataclass
class Inode:
    """A file's content as the kernel has it, as the disk has it, and what lies between."""

    cached: bytes = b""
    synced: bytes = b""
    pending: list[Callable[[bytes], bytes]] = field(default_factory=list)

    def change(self, how: Callable[[bytes], bytes]) -> None:
        """In the kernel's memory."""
        self.cached = how(self.cached)
        self.pending.append(how)

    def sync(self) -> None:
        """To the disk."""
        self.synced, self.pending = self.cached, []


@dataclass
class Disk:
    """One directory."""

    directory: Path
    names: dict[str, Inode] = field(default_factory=dict)
    synced_names: dict[str, Inode] = field(default_factory=dict)

    @classmethod
    def of(cls, directory: Path) -> Disk:
        """What lies there now counts as synced."""
        contents = {file.name: file.read_bytes() for file in directory.iterdir()}
        names = {name: Inode(content, content) for name, content in contents.items()}
        return cls(directory, names, dict(names))

    def left(self) -> dict[str, bytes]:
        """After a power failure now."""
        return {name: inode.synced for name, inode in self.synced_names.items()}

    def possible(self) -> Iterator[dict[str, bytes]]:
        """What else may be left: names or contents may have reached the disk unasked, in any mixture of these."""
        yield self.left()
        yield {name: inode.cached for name, inode in self.synced_names.items()}
        yield {name: inode.synced for name, inode in self.names.items()}
        yield {name: inode.cached for name, inode in self.names.items()}
        for name, inode in self.synced_names.items():
            for lost in range(len(inode.pending)):
                kept = [change for number, change in enumerate(inode.pending) if number != lost]
                yield {**self.left(), name: _changed(inode.synced, kept)}
                yield {**self.left(), name: _changed(inode.synced, [inode.pending[lost]])}

    def lose_what_was_not_synced(self) -> None:
        """In the real directory."""
        for file in self.directory.iterdir():
            file.unlink()
        lay(self.left(), self.directory)

    def play(self, name: str, paths: list[str], strings: list[bytes], numbers: tuple[str, int]) -> None:
        """One system call that succeeded: its path, its strings, its flags or last number, its result."""
        file = Path(paths[0]) if paths else self.directory / "?"
        match name:
            case "fsync" | "fdatasync" if file == self.directory:
                self.synced_names = dict(self.names)
            case _ if file.parent != self.directory:
                return
            case "openat":
                self._open(file.name, numbers[0])
            case "unlink" | "unlinkat":
                self.names.pop(file.name, None)
            case "fsync" | "fdatasync":
                self.names[file.name].sync()
            case "ftruncate":
                size = int(numbers[0].rsplit(",", 1)[1])
                self.names[file.name].change(lambda old: old[:size].ljust(size, b"\0"))
            case "pwrite64":
                offset, data = int(numbers[0].rsplit(",", 1)[1]), strings[-1][: numbers[1]]
                self.names[file.name].change(lambda old: _written(old, data, offset))
            case "rename" | "mkdir" | "write":
                raise AssertionError(f"{name} on {file}: teach this disk what it does")

    def _open(self, name: str, flags: str) -> None:
        if "O_CREAT" in flags and name not in self.names:
            self.names[name] = Inode()
        if "O_TRUNC" in flags:
            self.names[name].change(lambda _old: b"")


def lay(files: dict[str, bytes], directory: Path) -> None:
    """Write these files, for their owner alone."""
    for name, content in files.items():
        file = directory / name
        file.touch(mode=0o600)
        file.write_bytes(content)


@contextmanager
def watched(pid: int, directory: Path, trace: Path) -> Iterator[Callable[[], Disk]]:
    """Watch what a process does to a directory; the disk as it is at its end, once the block is left."""
    strace = program("strace", "strace")
    told = ["-f", "-y", "-xx", "-s", "16777216", "-e", f"trace={_CALLS}", "-e", "signal=none", "-o", str(trace)]
    disk = Disk.of(directory)
    watcher = subprocess.Popen([strace, *told, "-p", str(pid)], stderr=subprocess.PIPE, text=True)
    assert watcher.stderr is not None
    assert "attached" in watcher.stderr.readline()
    try:
        yield lambda: last(trace, disk)
    finally:
        watcher.communicate(timeout=_SPARE_S)


def last(trace: Path, disk: Disk) -> Disk:
    """The disk after all of a trace."""
    for _ in states(trace, disk):
        pass
    return disk


def states(trace: Path, disk: Disk) -> Iterator[str]:
    """Play a trace on a disk: an item after each system call, which holds what was written elsewhere, as text."""
    for name, arguments, result in _finished(trace.read_text(encoding="ascii").splitlines()):
        strings = [_bytes(text) for text in re.findall(r'"((?:\\x[0-9a-f]{2})*)"', arguments)]
        paths = [_bytes(text).decode() for text in re.findall(r"<((?:\\x[0-9a-f]{2})+)>", arguments)]
        if name in ("openat", "unlink", "unlinkat", "rename", "mkdir"):
            paths = [strings[0].decode()]
        if name == "write" and Path(paths[0]).parent != disk.directory:
            yield strings[-1].decode("utf-8", "replace")
        else:
            disk.play(name, paths, strings, (arguments, result))
            yield ""


def _finished(lines: Iterable[str]) -> Iterator[tuple[str, str, int]]:
    """Calls that succeeded, in the order in which they ended; one that a death cut off had no end."""
    begun: dict[str, str] = {}
    for line in lines:
        found = _LINE.fullmatch(line)
        assert found, line
        rest = begun.pop(found["pid"], "") + found["rest"]
        if rest.endswith("<unfinished ...>"):
            begun[found["pid"]] = rest.removesuffix("<unfinished ...>").rstrip()
            continue
        call = _CALL.match(rest)
        if call and int(call["result"]) >= 0:
            yield call["name"], call["arguments"], int(call["result"])


def _bytes(text: str) -> bytes:
    return bytes(int(pair, 16) for pair in _HEX.findall(text))


def _written(old: bytes, data: bytes, offset: int) -> bytes:
    return old[:offset].ljust(offset, b"\0") + data + old[offset + len(data) :]


def _changed(content: bytes, changes: Iterable[Callable[[bytes], bytes]]) -> bytes:
    for change in changes:
        content = change(content)
    return content

"""A dialogue with one peer's xAPI shell: reads in one write, a change alone."""

from __future__ import annotations

from collections.abc import Sequence

from remediate.drivers.credentials import Gate
from remediate.drivers.deadline import Deadline
from remediate.drivers.expressway.wire import Command, Framer, Garbled, Reply, status
from remediate.drivers.shell import Shell
from remediate.drivers.turns import TURNS
from remediate.errors import DeviceError, DeviceTimeout, UnexpectedReply
from remediate.model.inventory import Durations, Host

FIRST = status("SystemUnit")
# A device that takes only the first line of a write stays silent; this part of `command_timeout` tells it apart.
QUIET_SHARE, QUIET_LEAST = 5, 2.0
BANNER_QUIET = 0.3


class Habits:
    """Which devices take one line at a time, learnt once for all sessions."""

    def __init__(self) -> None:
        self.one_by_one: set[str] = set()


class _Short(Exception):
    """Fewer replies than commands came, and then nothing."""


class Session:
    """Opened at the first command. Any failure throws the connection away."""

    def __init__(self, host: Host, gate: Gate, waits: Durations, habits: Habits | None = None) -> None:
        self._host, self._gate, self._waits, self._habits = host, gate, waits, habits or Habits()
        self._shell: Shell | None = None
        self._synced = False

    def ask(self, commands: Sequence[Command], *, slow: bool = False) -> tuple[Reply, ...]:
        """Replies to read commands, in order; all in one write where the device takes that.

        `slow`: each may take the whole `command_timeout`, so that silence says nothing of the device's habits.
        Raises `DeviceError`; after it the next call starts on a new connection.
        """
        try:
            return self._slowly(tuple(commands)) if slow else self._asked(tuple(commands))
        except DeviceError:
            self.close()
            raise

    def tell(self, command: Command) -> Reply:
        """Send one change, once, and wait for its verdict; a read behind it shows that no other verdict was coming.

        A verdict names no command. One that belongs to something else may be on its way when the change is sent, and
        would be taken for the answer; so every verdict up to the read's own reply must say the same.
        Raises `DeviceTimeout`, `Unreachable` or `UnexpectedReply` when the outcome is not known.
        """
        if not self._synced:
            self.ask((FIRST,))
        try:
            return self._told(command)
        except DeviceError:
            self.close()
            raise

    def close(self) -> None:
        """End the connection."""
        shell, self._shell, self._synced = self._shell, None, False
        if shell is not None:
            shell.close()

    def _asked(self, commands: tuple[Command, ...]) -> tuple[Reply, ...]:
        lead = () if self._synced or commands[:1] == (FIRST,) else (FIRST,)
        if self._host.name not in self._habits.one_by_one:
            try:
                return self._batch((*lead, *commands))[len(lead) :]
            except (_Short, Garbled):
                self.close()
                self._habits.one_by_one.add(self._host.name)
                lead = () if commands[:1] == (FIRST,) else (FIRST,)
        return self._in_turn((*lead, *commands))[len(lead) :]

    def _slowly(self, commands: tuple[Command, ...]) -> tuple[Reply, ...]:
        if not self._synced:
            self._asked((FIRST,))
        if self._host.name in self._habits.one_by_one:
            return self._in_turn(commands)
        return self._named(commands, len(commands))

    def _batch(self, commands: tuple[Command, ...]) -> tuple[Reply, ...]:
        quiet = max(QUIET_LEAST, self._waits.command_timeout / QUIET_SHARE)
        return self._exchange(commands, quiet, self._waits.command_timeout)

    def _in_turn(self, commands: tuple[Command, ...]) -> tuple[Reply, ...]:
        if self._shell is None:
            self._await_banner()
        return tuple(self._named((command,), 1)[0] for command in commands)

    def _named(self, commands: tuple[Command, ...], times: int) -> tuple[Reply, ...]:
        waits = self._waits.command_timeout
        try:
            return self._exchange(commands, waits, waits * times)
        except _Short as error:
            raise DeviceTimeout(self._host.name, f"no reply within {waits} s to {commands[0].line}") from error
        except Garbled as error:
            raise UnexpectedReply(self._host.name, str(error)) from error

    def _told(self, command: Command) -> Reply:
        self._drain()
        seconds = self._waits.command_timeout
        try:
            told = self._framed((command,), seconds, seconds, synced=True)
            behind = self._framed((FIRST,), seconds, seconds, synced=False)
        except _Short as error:
            what = f"no verdict within {seconds} s on {command.line}"
            raise DeviceTimeout(self._host.name, what, "whether it took effect is not known") from error
        except Garbled as error:
            raise UnexpectedReply(self._host.name, str(error)) from error
        reply = told.replies[0]
        if {*told.stray, *behind.stray} - {reply.verdict}:
            said = ", ".join([reply.verdict, *told.stray, *behind.stray])
            what = f"verdicts that contradict each other on {command.line}: {said}"
            raise UnexpectedReply(self._host.name, what, "whether it took effect is not known")
        return reply

    def _opened(self) -> Shell:
        if self._shell is None:
            self._shell = Shell.open(self._host, self._gate, self._waits)
        return self._shell

    def _exchange(self, commands: tuple[Command, ...], quiet: float, total: float) -> tuple[Reply, ...]:
        framer = self._framed(commands, quiet, total, synced=self._synced)
        self._synced = True
        return tuple(framer.replies)

    def _framed(self, commands: tuple[Command, ...], quiet: float, total: float, *, synced: bool) -> Framer:
        """Raises `_Short` or `Garbled`."""
        shell, framer, deadline = self._opened(), Framer(commands, synced), Deadline(total)
        shell.send(b"".join(command.sent for command in commands))
        with TURNS.receiving(self._host.name, deadline) as received:
            while not framer.done:
                data = shell.receive(min(quiet, deadline.left))
                framer.feed(data or b"")
                received(framer.size)
                if data is None or not deadline.left:
                    framer.finish()
                    break
        if not framer.done:
            raise _Short
        return framer

    def _await_banner(self) -> None:
        shell, deadline = self._opened(), Deadline(self._waits.connect_timeout)
        while deadline.left and shell.receive(BANNER_QUIET):
            pass

    def _drain(self) -> None:
        shell = self._opened()
        while shell.receive(0):
            pass

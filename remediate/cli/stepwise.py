"""`--step`: somebody says yes before each step, as with Ansible."""

from __future__ import annotations

import threading

from remediate.cli.output import Output
from remediate.engine.ports import Clock
from remediate.errors import InputError
from remediate.planning.plan import Step

_LOOK_S = 0.1
_YES, _ALL = ("y", "yes"), ("c", "continue")


class Stepwise:
    """Asks at the terminal. No stops the run before the step, so that it can be resumed; no step is skipped, since
    others may rest on it. Raises InputError where nobody sits there."""

    def __init__(self, output: Output, clock: Clock) -> None:
        if not output.interactive:
            raise InputError("nobody is there to be asked", path="--step", hint="leave it out, or type at a terminal")
        self._output, self._clock = output, clock
        self._turn, self._all = threading.Lock(), False

    def __call__(self, step: Step) -> bool:
        """Whether this step may begin. A signal while it waits is a no."""
        with self._turn:
            if self._all:
                return True
            host, title = step.action.host, step.action.title
            self._output.note(f"Perform step {step.id} on {host}: {title} (N)o/(y)es/(c)ontinue without asking:")
            while (typed := self._output.typed()) is None:
                if self._clock.wait(_LOOK_S):
                    return False
            self._all = typed.casefold() in _ALL
            return self._all or typed.casefold() in _YES

"""What every kind of change says of itself."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from remediate.model.base import Moment, Value
from remediate.model.fact import Fact
from remediate.model.outstanding import Obligation


class Risk(StrEnum):
    """The class of a change, by which it is approved."""

    ADDITIVE = "additive"
    RENAME = "rename"
    RESTART = "restart"
    SECURITY_REDUCING = "security-reducing"


class Undo(Value):
    """How a change is taken back.

    `exact`: the inverse action restores the value read before. `left-in-place`: no API takes it back,
    and nothing needs to; `by-hand`: only the words in `how`.
    """

    kind: Literal["exact", "left-in-place", "by-hand"]
    how: str
    """The literal commands or clicks that undo it without this tool."""


class Owed(Value):
    """An obligation that a change leaves behind, before it has an id and a time."""

    kind: Literal["restart", "refresh-servers", "restart-service", "update-ctl"]
    cluster: str
    host: str
    certificates: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    what: str = ""

    def on_the_books(self, identity: str, since: Moment, run: str) -> Obligation:
        """With its id and its time."""
        return Obligation(id=identity, since=since, run=run, **self.model_dump())


class Stated(Value):
    """A change as a step needs it: what must be true before, what must be read after."""

    expect: Fact
    confirm: tuple[Fact, ...]

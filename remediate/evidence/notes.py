"""What reading evidence met beside the evidence: files left out, cut short, or not what they seem."""

from __future__ import annotations

from dataclasses import dataclass, field

from remediate.model.base import Value

MOST_NOTES = 200


class Note(Value):
    """`place` is a file, or `file: member`. `lost`: evidence may stand in it that was not read."""

    place: str
    what: str
    lost: bool = True


@dataclass
class Notes:
    """Collects them, each once; after so many they are only counted."""

    kept: dict[Note, None] = field(default_factory=dict)
    more: int = 0

    def add(self, place: str, what: str, *, lost: bool = True) -> None:
        """One of them."""
        note = Note(place=place, what=what, lost=lost)
        if note in self.kept:
            return
        if len(self.kept) < MOST_NOTES:
            self.kept[note] = None
        else:
            self.more += 1

    def all(self) -> tuple[Note, ...]:
        """In the order in which they were met; a last one counts the rest."""
        rest = (Note(place="", what=f"and {self.more} more of such files"),) if self.more else ()
        return (*self.kept, *rest)

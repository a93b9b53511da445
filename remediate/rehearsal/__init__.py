"""A plan rehearsed on twins of its devices, in memory and in no time: carried out, cut short wherever it can be, gone
on with and taken back. What plays is the engine, the journal and the rollback of a real run; no device is reached.
"""

from remediate.rehearsal.play import rehearse
from remediate.rehearsal.stage import Cast

__all__ = ["Cast", "rehearse"]

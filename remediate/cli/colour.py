"""Colour for eyes at a terminal: the words of a matrix, the glyphs of a plan, errors. Nowhere else, and never alone."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import TextIO

RED, GREEN, YELLOW, MAGENTA = "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[35m"
END = "\x1b[0m"
_OFF = ("NO_COLOR", "REMEDIATE_NOCOLOR", "ANSIBLE_NOCOLOR")
_FORCED = ("REMEDIATE_FORCE_COLOR", "ANSIBLE_FORCE_COLOR")
_WORDS = {
    "FAILS": RED,
    "would fail": YELLOW,
    "critical": RED,
    "error": RED,
    "warning": YELLOW,
    "pending": YELLOW,
    "unverified": YELLOW,
    "unknown": MAGENTA,
    "good": GREEN,
}
_GLYPHS = {"+": GREEN, "~": YELLOW, "!": RED}
_STATE = re.compile(r"(?:(?<=  )|(?<=→ )|^)(FAILS|would fail|pending|unverified|unknown|good)(?=$|  | →)", re.MULTILINE)
_SEVERITY = re.compile(r"^(?:  )?(critical|error|warning)(?=:|  )", re.MULTILINE)
_GLYPH = re.compile(r"^  ([+~!])(?= )", re.MULTILINE)
_COUNTER = re.compile(r"\b(?:unreachable|failed|stale)=[1-9]\d*")


def wanted(stream: TextIO, plain: bool, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this stream is a terminal whose user did not say no (https://no-color.org)."""
    if plain or any(environment.get(name) for name in _OFF):
        return False
    return any(environment.get(name) for name in _FORCED) or (
        stream.isatty() and environment.get("TERM", "dumb") != "dumb"
    )


def painted(text: str) -> str:
    """Inert text with colours. A document for machines or another program is left alone."""
    if text[:1] in ("{", "[", "<", "#"):
        return text
    text = _STATE.sub(lambda found: _in(_WORDS[found[1]], found[0]), text)
    text = _SEVERITY.sub(lambda found: found[0].replace(found[1], _in(_WORDS[found[1]], found[1])), text)
    text = _GLYPH.sub(lambda found: f"  {_in(_GLYPHS[found[1]], found[1])}", text)
    return _COUNTER.sub(lambda found: _in(RED, found[0]), text)


def _in(colour: str, text: str) -> str:
    return f"{colour}{text}{END}"

"""YAML 1.2 for our own files: every scalar is text with its mark, and nothing else is clever.

Tags, anchors, aliases, merge keys, duplicate keys, several documents, deep nesting and large files are refused
(a YAML loader that accepts them silently changes what was written: PyYAML and ruamel both do).

libyaml reads what is read alike in YAML 1.1 and 1.2, forty times as fast; everything else, and whatever is wrong, is
read by a parser of YAML 1.2, which names the place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import yaml as libyaml
from ruamel.yaml import YAML, events
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from remediate.errors import InputError
from remediate.files.reading import decoded, read_bounded

MOST_BYTES = 4 << 20
"""An inventory of a thousand nodes takes 700 bytes for each."""
MOST_NODES = 200_000
"""Keys, values and lists. A thousand nodes with all that an inventory can say of them are a quarter of that."""
DEEPEST = 20
_VERSION = re.compile(rb"^%YAML\s+(?!1\.[12]\s)", re.MULTILINE)
_PLAIN_KEY = re.compile(r"[\w.-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_APART = re.compile(r"[\t\r\x85\u2028\u2029\ufeff]|^(?:%|---|\.\.\.)|[|>][-+0-9]* *(?:#.*)?$", re.MULTILINE)
"""White space, line ends, directives, ends of documents, block scalars: where the two, or their parsers, differ."""
SCALARS: Any = (events.ScalarEvent, libyaml.ScalarEvent)
SEQUENCES: Any = (events.SequenceStartEvent, libyaml.SequenceStartEvent)
MAPPINGS: Any = (events.MappingStartEvent, libyaml.MappingStartEvent)
ALIASES: Any = (events.AliasEvent, libyaml.AliasEvent)
DOCUMENTS: Any = (events.DocumentStartEvent, libyaml.DocumentStartEvent)
NODES = (*SCALARS, *SEQUENCES, *MAPPINGS, *ALIASES)
Event: TypeAlias = Any
"""Of either parser; they share their names of fields."""


@dataclass(frozen=True)
class Mark:
    """Where something stands; line and column count from 1."""

    path: str
    line: int
    column: int

    def error(self, kind: type[InputError], what: str, hint: str = "") -> InputError:
        """The error at this place."""
        return kind(what, path=self.path, line=self.line, column=self.column, hint=hint)


@dataclass(frozen=True)
class Text:
    """A scalar, as written."""

    value: str
    mark: Mark
    quoted: bool = False


@dataclass(frozen=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    mark: Mark


@dataclass(frozen=True)
class Mapping:
    """A mapping with plain keys, in the order of the file, each with the mark of its key."""

    items: tuple[tuple[Text, Node], ...]
    mark: Mark

    def get(self, key: str) -> Node | None:
        """The value under a key."""
        return next((value for name, value in self.items if name.value == key), None)


Node = Text | Sequence | Mapping


def read_yaml(path: Path, kind: type[InputError]) -> Mapping:
    """Read a file as a mapping. Raises `kind` with the place of whatever is wrong."""
    return parse_yaml(read_bounded(path, MOST_BYTES, kind), str(path), kind)


def parse_yaml(data: bytes, path: str, kind: type[InputError]) -> Mapping:
    """Parse bytes as a mapping."""
    text = _decoded(data, path, kind)
    try:
        node = _quickly(text, path, kind) or _Composer(path, kind, _events(text)).document()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Mark(path, mark.line + 1, mark.column + 1) if mark else Mark(path, 0, 0)
        raise place.error(kind, _problem(error, text)) from error
    except ReaderError as error:
        before = text[: error.position].split("\n")
        place = Mark(path, len(before), len(before[-1]) + 1)
        raise place.error(kind, f"character not allowed in YAML: U+{error.character:04X}") from error
    except (YAMLError, AssertionError, TypeError, ValueError, RecursionError) as error:
        raise kind(f"not YAML: {type(error).__name__}", path=path) from error
    if not isinstance(node, Mapping):
        raise node.mark.error(kind, "expected a mapping at the top", "`key: value` lines")
    return node


def _problem(error: MarkedYAMLError, text: str) -> str:
    mark = error.problem_mark
    line = text.splitlines()[mark.line] if mark and mark.line < len(text.splitlines()) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return "a tab indents this line; use spaces"
    return (error.problem or "not YAML").strip()


def _decoded(data: bytes, path: str, kind: type[InputError]) -> str:
    if len(data) > MOST_BYTES:
        raise kind(f"larger than {MOST_BYTES >> 20} MiB", path=path, hint="split the file")
    text = decoded(data, path, kind)
    for number, line in enumerate(text.splitlines() if _CONTROL.search(text) else (), 1):
        for column, letter in enumerate(line, 1):
            if (ord(letter) < 32 and letter != "\t") or ord(letter) == 127:
                raise kind(f"control character \\x{ord(letter):02x}", path=path, line=number, column=column)
    if _VERSION.search(data):
        raise kind("YAML version is not 1.2", path=path, line=1)
    return text


def _quickly(text: str, path: str, kind: type[InputError]) -> Mapping | None:
    """By libyaml; None where it is not for libyaml to say."""
    if _APART.search(text):
        return None
    composer = _Composer(path, kind, libyaml.parse(text, Loader=libyaml.CSafeLoader))
    try:
        node = composer.document()
    except (libyaml.YAMLError, InputError, AssertionError):
        if composer.nodes > MOST_NODES:
            raise
        return None
    return node if isinstance(node, Mapping) else None


def _events(text: str) -> Iterator[Event]:
    yaml = YAML(typ="safe", pure=True)
    yield from yaml.parse(text)


class _Composer:
    """Builds the tree from events, refusing what a later reader could misread."""

    def __init__(self, path: str, kind: type[InputError], events: Iterator[Event]) -> None:
        self.path, self.kind, self.events = path, kind, events
        self.nodes = 0

    def document(self) -> Node:
        root: Node | None = None
        for event in self.events:
            if isinstance(event, DOCUMENTS) and root is not None:
                raise self._mark(event).error(self.kind, "one document per file")
            if isinstance(event, NODES):
                root = self._node(event, 1)
        if root is None or (isinstance(root, Text) and not root.value and not root.quoted):
            raise self.kind("empty file", path=self.path)
        return root

    def _mark(self, event: Event) -> Mark:
        return Mark(self.path, event.start_mark.line + 1, event.start_mark.column + 1)

    def _node(self, event: Event, depth: int) -> Node:
        mark = self._mark(event)
        self._refuse(event, mark, depth)
        if isinstance(event, SCALARS):
            return Text(event.value, mark, bool(event.style) and event.style in "'\"|>")
        if isinstance(event, SEQUENCES):
            return Sequence(tuple(self._children(depth)), mark)
        return self._mapping(mark, depth)

    def _refuse(self, event: Event, mark: Mark, depth: int) -> None:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise mark.error(self.kind, f"more than {MOST_NODES:,} keys and values", "split the file")
        if isinstance(event, ALIASES) or getattr(event, "anchor", None):
            raise mark.error(self.kind, "anchors and aliases are not allowed")
        if getattr(event, "ctag", None) is not None or getattr(event, "tag", None) is not None:
            raise mark.error(self.kind, "tags are not allowed", "a secret is written as {env: NAME} or {file: PATH}")
        if depth > DEEPEST:
            raise mark.error(self.kind, f"nesting deeper than {DEEPEST}")
        assert isinstance(event, (*SCALARS, *SEQUENCES, *MAPPINGS))

    def _children(self, depth: int) -> Iterator[Node]:
        for event in self.events:
            if not isinstance(event, NODES):
                return
            yield self._node(event, depth + 1)

    def _mapping(self, mark: Mark, depth: int) -> Mapping:
        items: dict[str, tuple[Text, Node]] = {}
        children = self._children(depth)
        for key in children:
            if not isinstance(key, Text) or (key.value != "<<" and not _PLAIN_KEY.fullmatch(key.value)):
                raise key.mark.error(self.kind, "keys must be plain text")
            if key.value == "<<":
                raise key.mark.error(self.kind, "merge keys are not allowed")
            if key.value in items:
                first = items[key.value][0].mark
                raise key.mark.error(self.kind, f"duplicate key {key.value!r}", f"first on line {first.line}")
            items[key.value] = (key, next(children))
        return Mapping(tuple(items.values()), mark)

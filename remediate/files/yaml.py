"""YAML 1.2 for our own files: every scalar is text with its mark, and nothing else is clever.

Tags, anchors, aliases, merge keys, duplicate keys, several documents, deep nesting and large files are refused
(a YAML loader that accepts them silently changes what was written: PyYAML and ruamel both do).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from remediate.errors import InputError

MOST_BYTES = 1 << 20
DEEPEST = 20
_VERSION = re.compile(rb"^%YAML\s+(?!1\.[12]\s)", re.MULTILINE)
_PLAIN_KEY = re.compile(r"[\w.-]+")


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
    try:
        data = path.read_bytes()
    except OSError as error:
        raise kind(f"cannot be read: {error.strerror}", path=str(path)) from error
    return parse_yaml(data, str(path), kind)


def parse_yaml(data: bytes, path: str, kind: type[InputError]) -> Mapping:
    """Parse bytes as a mapping."""
    text = _decoded(data, path, kind)
    try:
        node = _Composer(path, kind, _events(text)).document()
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Mark(path, mark.line + 1, mark.column + 1) if mark else Mark(path, 0, 0)
        raise place.error(kind, _problem(error, text)) from error
    except (YAMLError, ReaderError, AssertionError, TypeError, ValueError, RecursionError) as error:
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
        raise kind("larger than 1 MiB", path=path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise kind(f"not UTF-8 at byte {error.start}", path=path) from error
    for number, line in enumerate(text.splitlines(), 1):
        for column, letter in enumerate(line, 1):
            if (ord(letter) < 32 and letter != "\t") or ord(letter) == 127:
                raise kind(f"control character \\x{ord(letter):02x}", path=path, line=number, column=column)
    if _VERSION.search(data):
        raise kind("YAML version is not 1.2", path=path, line=1)
    return text


def _events(text: str) -> Iterator[Event]:
    yaml = YAML(typ="safe", pure=True)
    yield from yaml.parse(text)


class _Composer:
    """Builds the tree from events, refusing what a later reader could misread."""

    def __init__(self, path: str, kind: type[InputError], events: Iterator[Event]) -> None:
        self.path, self.kind, self.events = path, kind, events

    def document(self) -> Node:
        root: Node | None = None
        for event in self.events:
            if isinstance(event, DocumentStartEvent) and root is not None:
                raise self._mark(event).error(self.kind, "one document per file")
            if isinstance(event, ScalarEvent | CollectionStartEvent | AliasEvent):
                root = self._node(event, 1)
        if root is None or (isinstance(root, Text) and not root.value and not root.quoted):
            raise self.kind("empty file", path=self.path)
        return root

    def _mark(self, event: Event) -> Mark:
        return Mark(self.path, event.start_mark.line + 1, event.start_mark.column + 1)

    def _node(self, event: Event, depth: int) -> Node:
        mark = self._mark(event)
        self._refuse(event, mark, depth)
        if isinstance(event, ScalarEvent):
            return Text(event.value, mark, event.style is not None and event.style in "'\"|>")
        if isinstance(event, SequenceStartEvent):
            return Sequence(tuple(self._children(depth)), mark)
        return self._mapping(mark, depth)

    def _refuse(self, event: Event, mark: Mark, depth: int) -> None:
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            raise mark.error(self.kind, "anchors and aliases are not allowed")
        if getattr(event, "ctag", None) is not None or getattr(event, "tag", None) is not None:
            raise mark.error(self.kind, "tags are not allowed", "a secret is written as {env: NAME} or {file: PATH}")
        if depth > DEEPEST:
            raise mark.error(self.kind, f"nesting deeper than {DEEPEST}")
        assert isinstance(event, ScalarEvent | SequenceStartEvent | MappingStartEvent)

    def _children(self, depth: int) -> Iterator[Node]:
        for event in self.events:
            if not isinstance(event, ScalarEvent | CollectionStartEvent | AliasEvent):
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

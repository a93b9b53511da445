"""Variables as Ansible's files hold them: the text that was written, and where. Nothing is evaluated here.

A scalar stays text (`yes` and `05022` too). Source: Ansible user guide, "How to build your inventory".
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml import nodes as parsed
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError

from remediate.errors import InventoryError
from remediate.files.reading import decoded, is_file, is_folder, read_bounded
from remediate.files.yaml import Mapping, Mark, Node, Sequence, Text

VAULT_TAG = "!vault"
VAULT_HEADER = "$ANSIBLE_VAULT;"
_MERGE = "tag:yaml.org,2002:merge"
_MOST_BYTES = 4 << 20
_ENDINGS = ("", ".yml", ".yaml", ".json")
_MOST_NODES = 200_000
_DEEPEST = 50
_TOO_DEEP = re.compile(rf"(?:[\[{{]\s*){{{_DEEPEST + 1}}}")
"""The library below takes seconds to find out."""


@dataclass(frozen=True)
class Vaulted(Text):
    """A value, or a whole file, that Ansible's vault encrypted; `value` is what stands there."""


Variables: TypeAlias = dict[str, Node]


def read_variables(path: Path) -> Variables:
    """A file of variables. One that is encrypted as a whole stands under its own path. Raises InventoryError."""
    text = file_text(path)
    if text.startswith(VAULT_HEADER):
        return {str(path): Vaulted(text, Mark(str(path), 1, 1))}
    return parse(text, str(path))


def parse(text: str, path: str) -> Variables:
    """The mapping at the top of a YAML 1.1 text, anchors and merge keys as Ansible reads them; an empty text
    has no variables. Raises InventoryError with the line."""
    if deep := _TOO_DEEP.search(text):
        line = text.count("\n", 0, deep.start()) + 1
        raise InventoryError(f"nesting deeper than {_DEEPEST}", path=path, line=line)
    yaml = YAML(typ="safe", pure=True)
    yaml.version = (1, 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ReusedAnchorWarning)  # the later one counts, as for Ansible
            node = yaml.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Mark(path, mark.line + 1, mark.column + 1) if mark else Mark(path, 0, 0)
        raise place.error(InventoryError, (error.problem or "not YAML").strip()) from error
    except (YAMLError, AssertionError, TypeError, ValueError, RecursionError) as error:
        raise InventoryError(f"not YAML: {type(error).__name__}", path=path) from error
    return _Converter(path).variables(node)


class _Converter:
    """Nodes of the YAML library to ours. Bounded, since aliases can make a small file large."""

    def __init__(self, path: str) -> None:
        self._path, self._left = path, _MOST_NODES

    def variables(self, node: parsed.Node | None) -> Variables:
        return {key.value: self._node(value, 1) for key, value in self._pairs(node)}

    def _node(self, node: parsed.Node, depth: int) -> Node:
        mark = self._mark(node)
        self._left -= 1
        if depth > _DEEPEST:
            raise mark.error(InventoryError, f"nesting deeper than {_DEEPEST}")
        if self._left < 0:
            raise mark.error(InventoryError, "aliases make this file too large")
        if isinstance(node, parsed.MappingNode):
            return Mapping(tuple((key, self._node(value, depth + 1)) for key, value in self._pairs(node)), mark)
        if isinstance(node, parsed.SequenceNode):
            return Sequence(tuple(self._node(item, depth + 1) for item in node.value), mark)
        return Vaulted(node.value, mark) if str(node.tag) == VAULT_TAG else Text(node.value, mark)

    def _pairs(self, node: parsed.Node | None) -> Iterator[tuple[Text, parsed.Node]]:
        """Merge keys are followed; a key that is written wins over one that is merged."""
        if node is None or (isinstance(node, parsed.ScalarNode) and node.value in ("", "null", "~")):
            return
        if not isinstance(node, parsed.MappingNode):
            raise self._mark(node).error(InventoryError, "expected a mapping")
        merged: dict[str, tuple[Text, parsed.Node]] = {}
        written: dict[str, tuple[Text, parsed.Node]] = {}
        for key, value in node.value:
            if str(key.tag) == _MERGE:
                sources = value.value if isinstance(value, parsed.SequenceNode) else [value]
                for source in reversed(sources):
                    merged |= {k.value: (k, v) for k, v in self._pairs(source)}
            elif isinstance(key, parsed.ScalarNode):
                written[key.value] = (Text(key.value, self._mark(key)), value)
        yield from (merged | written).values()

    def _mark(self, node: parsed.Node) -> Mark:
        return Mark(self._path, node.start_mark.line + 1, node.start_mark.column + 1)


def variable_files(folder: Path, name: str) -> tuple[Path, ...]:
    """`group_vars/NAME`: a file with or without an ending, or every file of a folder, in Ansible's order."""
    for ending in _ENDINGS:
        path = folder / f"{name}{ending}"
        if is_folder(path):
            found = (p for p in path.rglob("*") if p.is_file() and not p.name.startswith(".") and p.suffix in _ENDINGS)
            return tuple(sorted(found))
        if is_file(path):
            return (path,)
    return ()


def file_text(path: Path) -> str:
    """A file's text. Raises InventoryError."""
    return decoded(read_bounded(path, _MOST_BYTES, InventoryError), str(path), InventoryError)

"""What `lint --fix` writes: the same words in the spelling that the loaders take, and nothing that means more.

A key or a word that differs from a known one in case, hyphens and underscores alone, a fingerprint with colons, blanks
or capitals, and tabs where YAML wants blanks. Comments, order and layout stay. What an edit would do to the meaning is
not argued but looked at: the edited text must parse into the same tree but for the edited scalars.
"""

from __future__ import annotations

import codecs
import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from remediate.errors import InputError
from remediate.files.convert import Reader
from remediate.files.durable import write_private
from remediate.files.reading import read_bounded
from remediate.files.schemas.inventories import of_inventory, of_policy
from remediate.files.schemas.parts import SHA256, Schema
from remediate.files.schemas.playbooks import of_playbook, of_settings
from remediate.files.yaml import MOST_BYTES, Mapping, Mark, Node, Sequence, Text, parse_yaml

_SCHEMAS = {"inventory": of_inventory, "policy": of_policy, "playbook": of_playbook, "settings": of_settings}
_TABS = re.compile(r"^[ \t]*\t[ \t]*", re.MULTILINE)
_read = Reader(InputError)


@dataclass(frozen=True)
class Edit:
    """One scalar in another spelling."""

    mark: Mark
    old: str
    new: str

    @property
    def finding(self) -> InputError:
        """As lint tells it."""
        return self.mark.error(InputError, f"{self.old!r} is written {self.new}")


@dataclass(frozen=True)
class Fixed:
    """A file before and after; equal where nothing is to be done."""

    path: Path
    before: str
    after: str
    edits: tuple[Edit, ...]
    tabs: bool
    """Whether tabs became blanks."""

    @property
    def difference(self) -> str:
        """Unified, as `diff -u` prints it; empty where nothing is to be done."""
        lines = (self.before.splitlines(keepends=True), self.after.splitlines(keepends=True))
        return "".join(difflib.unified_diff(*lines, str(self.path), f"{self.path} (mended)", n=1))

    def write(self) -> None:
        """In place of the file, whole or not at all, with its mode. Raises InputError."""
        target = self.path.resolve()
        marked = codecs.BOM_UTF8 if read_bounded(target, MOST_BYTES, InputError).startswith(codecs.BOM_UTF8) else b""
        write_private(target, marked + self.after.encode(), target.stat().st_mode & 0o777)


def kind_of(path: Path, tree: Mapping) -> str:
    """`inventory`, `policy`, `playbook` or `settings`; empty for what is none of ours."""
    if path.name in ("policy.yml", "remediate.yml", ".remediate.yml"):
        return "policy" if path.name == "policy.yml" else "settings"
    return next((kind for key, kind in (("plays", "playbook"), ("clusters", "inventory")) if tree.get(key)), "")


def fixed(path: Path) -> Fixed | None:
    """What can be mended in a file; None where it cannot be read, does not parse even so, or is none of ours."""
    try:
        before = read_bounded(path, MOST_BYTES, InputError).decode("utf-8-sig")
    except (InputError, UnicodeDecodeError):
        return None
    text = _without_tabs(before, path)
    tree = _parsed(text, path)
    kind = kind_of(path, tree) if tree is not None else ""
    if tree is None or not kind:
        return None
    wanted = dict.fromkeys(_edits(tree, _SCHEMAS[kind]()))
    edits = tuple(edit for edit in wanted if _stands(text, edit))
    after = _edited(text, edits)
    return (
        Fixed(path, before, after, edits, text != before)
        if _means_the_same(tree, _parsed(after, path), edits)
        else None
    )


def _without_tabs(text: str, path: Path) -> str:
    """Blanks for each tab that indents, where that makes YAML of what was none, and one YAML whatever their number."""
    if _parsed(text, path) is not None:
        return text
    made = {width: _with_blanks(text, width) for width in (2, 4, 8)}
    trees = {width: tree for width in made if (tree := _parsed(made[width], path)) is not None}
    meanings = {tuple(value for _, value in _scalars(tree)) for tree in trees.values()}
    return made[min(trees)] if len(meanings) == 1 else text


def _with_blanks(text: str, width: int) -> str:
    return _TABS.sub(lambda found: found[0].replace("\t", " " * width), text)


def _parsed(text: str, path: Path) -> Mapping | None:
    try:
        return parse_yaml(text.encode(), str(path), InputError)
    except InputError:
        return None


def _edits(node: Node, schema: Schema) -> Iterator[Edit]:
    """Top down, as far as the schema knows the way."""
    for form in _forms(schema):
        match node:
            case Text() if form.get("format") == SHA256 or "enum" in form:
                yield from _of_scalar(node, form)
            case Sequence() if "items" in form:
                for item in node.items:
                    yield from _edits(item, form["items"])
            case Mapping() if form.get("type") == "object":
                for key, value in node.items:
                    yield from _of_key(key, value, form, {known.value for known, _ in node.items})


def _forms(schema: Schema) -> Iterator[Schema]:
    yield schema
    for word in ("anyOf", "oneOf"):
        for form in schema.get(word, ()):
            yield from _forms(form)


def _of_key(key: Text, value: Node, form: Schema, present: set[str]) -> Iterator[Edit]:
    known: Schema = form.get("properties", {})
    name = key.value if key.value in known else _same(key.value, known.keys() - present)
    if name and name != key.value:
        yield Edit(key.mark, key.value, name)
    below = known.get(name or key.value, form.get("additionalProperties"))
    if isinstance(below, dict):
        yield from _edits(value, below)


def _of_scalar(node: Text, form: Schema) -> Iterator[Edit]:
    words = [word for word in form.get("enum", ()) if isinstance(word, str)]
    new = "" if node.value in words else _same(node.value, words)
    if form.get("format") == SHA256:
        try:
            new = _read.sha256(node)
        except InputError:  # lint tells it
            return
    if new and new != node.value:
        yield Edit(node.mark, node.value, new)


def _same(word: str, known: Iterable[str]) -> str:
    """The one known word that differs in case, hyphens, underscores and blanks alone; empty: none, or several."""
    alike = [one for one in known if _plain(one) == _plain(word)]
    return alike[0] if len(alike) == 1 else ""


def _plain(word: str) -> str:
    return re.sub(r"[-_ ]", "", word).casefold()


def _start(text: str, edit: Edit) -> int:
    """Where the scalar's own letters begin."""
    lines = text.split("\n")
    at = sum(len(line) + 1 for line in lines[: edit.mark.line - 1]) + edit.mark.column - 1
    return at + (text[at : at + 1] in ("'", '"'))


def _stands(text: str, edit: Edit) -> bool:
    """Whether it is there letter by letter, not folded or escaped."""
    return text.startswith(edit.old, _start(text, edit))


def _edited(text: str, edits: Iterable[Edit]) -> str:
    for at, edit in sorted(((_start(text, edit), edit) for edit in edits), key=lambda pair: -pair[0]):
        text = text[:at] + edit.new + text[at + len(edit.old) :]
    return text


def _means_the_same(tree: Mapping, again: Mapping | None, edits: tuple[Edit, ...]) -> bool:
    meant = {(edit.mark.line, edit.mark.column): edit.new for edit in edits}
    wanted = [meant.get(place, value) for place, value in _scalars(tree)]
    return again is not None and wanted == [value for _, value in _scalars(again)]


def _scalars(node: Node, depth: int = 0) -> Iterator[tuple[tuple[int, int], str]]:
    """Place and value of each, keys too, and where lists and mappings begin and end."""
    match node:
        case Text():
            yield (node.mark.line, node.mark.column), node.value
        case Sequence():
            yield from (((0, 0), f"[{depth}"), *(s for item in node.items for s in _scalars(item, depth + 1)))
        case Mapping():
            yield (0, 0), f"{{{depth}"
            for key, value in node.items:
                yield from (*_scalars(key), *_scalars(value, depth + 1))

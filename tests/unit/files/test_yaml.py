"""Our YAML is text with marks, and nothing clever."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remediate.errors import InputError, PlaybookError
from remediate.files import yaml
from remediate.files.yaml import Mapping, Sequence, Text, parse_yaml, read_yaml

ROWS = [
    ("B001", b'a: !!python/object/apply:os.system ["id"]', "f.yml:1:4: tags are not allowed"),
    ("B002", b"a: !vault x", "f.yml:1:4: tags are not allowed"),
    ("B003", b"a: &a [x]\nb: [*a, *a]", "f.yml:1:4: anchors and aliases are not allowed"),
    ("B004", b"<<: {a: 1}", "f.yml:1:1: merge keys are not allowed"),
    ("B006", b"a: &x [*x]", "f.yml:1:4: anchors and aliases are not allowed"),
    ("B007", b"a: " + b"[" * 3000, "nesting deeper than 20"),
    ("B008", b"".join(b" " * i + b"a:\n" for i in range(600)), "nesting deeper than 20"),
    ("B017", b"a:\n\t- b", "f.yml:2:1: a tab indents this line"),
    ("B018", b"a: \x07", "f.yml:1:4: control character \\x07"),
    ("B018-nul", b"a: \x00", "f.yml:1:4: control character \\x00"),
    ("B019", b"a: \xe9", "not UTF-8 at byte 3"),
    ("B019", "a: b".encode("utf-16"), "this is UTF-16: iconv -f UTF-16 -t UTF-8 f.yml > NEW"),
    ("B022", b"a: 1\n---\nb: 2", "f.yml:2:1: one document per file"),
    ("B023", b"", "empty file"),
    ("B023-comments", b"# nothing\n", "empty file"),
    ("B024", b"- a", "f.yml:1:1: expected a mapping at the top"),
    ("B024-scalar", b"a", "f.yml:1:1: expected a mapping at the top"),
    ("B027", b"? [a]\n: b", "f.yml:1:3: keys must be plain text"),
    ("B028", b"%YAML 1.3\n---\na: 1", "YAML version is not 1.2"),
    ("B018-not-allowed", "a: b\nc: \ufffe".encode(), "f.yml:2:4: character not allowed in YAML: U+FFFE"),
    ("B029", b"a: " + b"x" * (4 << 20), "larger than 4 MiB"),
    ("B029-parts", b"a: [" + b"x, " * 200_000 + b"]", "more than 200,000 keys and values: split the file"),
    ("duplicate", b"a: 1\na: 2", "f.yml:2:1: duplicate key 'a': first on line 1"),
    ("unfinished", b"a: {b: c", "f.yml:1:"),
]


@pytest.mark.parametrize(("data", "words"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_refused(data: bytes, words: str) -> None:
    """Each refusal names the place and what is wrong, as the error of that kind of file."""
    with pytest.raises(PlaybookError) as caught:
        parse_yaml(data, "f.yml", PlaybookError)
    assert words in str(caught.value)


def test_b011_scalars_stay_text() -> None:
    """No word, number, time or octal becomes something else."""
    tree = parse_yaml(b"a: Off\nb: 14.10\nc: 05022\nd: 12:34:56\ne: ~\nf: 0x1F\n", "f.yml", InputError)
    assert [v.value for _, v in tree.items if isinstance(v, Text)] == ["Off", "14.10", "05022", "12:34:56", "~", "0x1F"]


def test_b029_file_without_end() -> None:
    """No more of a file is read than it may hold."""
    with pytest.raises(InputError, match="/dev/zero: larger than 4 MiB"):
        read_yaml(Path("/dev/zero"), InputError)


def test_b021_marks() -> None:
    """Every node knows its line and column; a byte order mark is no letter."""
    tree = parse_yaml(b"\xef\xbb\xbfa:\n  - b\n  - c: d\n", "f.yml", InputError)
    inner = tree.get("a")
    assert isinstance(inner, Sequence)
    assert [(i.mark.line, i.mark.column) for i in inner.items] == [(2, 5), (3, 5)]
    assert isinstance(inner.items[1], Mapping)


@given(st.one_of(st.binary(max_size=400), st.text("ab:-[]{}&*!<? \n\t'\"%|>#,", max_size=200).map(str.encode)))
def test_anything_ends_in_a_tree_or_our_error(data: bytes) -> None:
    """No foreign exception leaves, whatever the bytes."""
    with suppress(InputError):
        assert isinstance(parse_yaml(data, "f.yml", InputError), Mapping)


PIECES = (
    "a", "key", ": ", ":", "\n", "\n  ", "\n    ",
    "- ", "?", "[", "]", "{", "}", ",", "'x'", '"y"', "|\n  t", ">-", "#", " #c",
    "!t ", "&a ", "*a", "~", "\u00e9", "%", "@", "<<", "a:b", "https://x:1/",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=14).map(lambda parts: "k: " + "".join(parts)))
def test_both_parsers_read_alike(text: str) -> None:
    """What libyaml takes, a parser of YAML 1.2 takes for the same; it may place an empty value behind its spaces."""
    quick = yaml._quickly(text, "f.yml", InputError)
    if quick is not None:
        slow = yaml._Composer("f.yml", InputError, yaml._events(text)).document()
        assert plain(quick) == plain(slow)


def plain(node: yaml.Node) -> object:
    """Values and places, save those of empty values."""
    if isinstance(node, Mapping):
        return [(plain(key), plain(value)) for key, value in node.items], node.mark
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items], node.mark
    return node.value, node.quoted, node.mark if node.value or node.quoted else None

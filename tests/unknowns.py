"""Facts that nobody is sure of, and the tests that show how the tool behaves in each case: `make coverage-table`.

Each form that the vendor's texts leave open is a switch of the lab; a test turns it by name, so the table is read from
the tests themselves. What no switch can stand for is in `OTHERS`.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import NamedTuple

from remediate.lab.world import Switches, UcSwitches

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "lab.md"
_ROW = re.compile(r"^\| `(?P<name>\w+)` \|(?:[^|]*\|){2}(?P<told>[^|]*)\|$", re.MULTILINE)
_WORD = re.compile(r"\w+")

NOT_MET = frozenset({"diagnostic_key", "diagnostic_method"})
"""Switches of what no command of the tool touches yet."""

OTHERS = {
    "an iPAddress entry: TAC's note says it helps, the traffic server measured refuses": (
        "test_address_in_an_ip_entry_is_undetermined",
    ),
    "which certificate a port serves: read, never assumed": ("test_purpose_is_the_node_s_own_word",),
    "an unknown axlcode, or a fault: shown verbatim, never tried again": ("test_no_such_row", "test_throttled_write"),
    "401 on a write: read-only account or wrong password": ("test_read_only_account", "test_wrong_password"),
    "thick rename by AXL: in the schema, and said not to work; SQL only by the operator's word": (
        "test_accepted_without_effect",
    ),
    "what of IM and Presence and trunks follows a rename: named, never edited": ("test_cluster_holds_it_back",),
    "transcripts of the OS CLI: prompt and PEM markers count, nothing else": (
        "test_certificates_by_command_line",
        "test_long_output_and_unknown_command",
    ),
    "what a rename takes with it: certificates, phones, TFTP": ("test_whole_window", "test_certificates_regenerated"),
    "which services restart after a rename: TAC 211393's, in its order": ("test_in_order",),
}
"""Contradictions and unknowns beside the switches, each with its tests."""


class Fact(NamedTuple):
    """One thing nobody is sure of, and who shows what the tool does about it."""

    name: str
    told: str
    tests: tuple[str, ...]


def facts() -> tuple[Fact, ...]:
    """Every switch, then the others."""
    told = {row["name"]: row["told"].strip() for row in _ROW.finditer(PAGE.read_text(encoding="utf-8"))}
    words = dict(_words_of_tests())
    switches = [field.name for kind in (Switches, UcSwitches) for field in fields(kind) if field.name not in NOT_MET]
    found = tuple(
        Fact(name, told.get(name, ""), tuple(sorted(test for test, said in words.items() if name in said)))
        for name in switches
    )
    known = {test.partition("::")[2]: test for test in words}
    others = (Fact(name, "", tuple(known.get(t, f"{t} is missing") for t in tests)) for name, tests in OTHERS.items())
    return (*found, *others)


def _words_of_tests() -> Iterator[tuple[str, frozenset[str]]]:
    """`path::function` of every test, and every word that it says in code: names, keywords and text."""
    for path in sorted(TESTS.rglob("test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        shared = dict(_shared(tree))
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield f"{path.relative_to(TESTS.parent)}::{node.name}", frozenset(_words(node, shared))


def _shared(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    """What a file's tests share: constants, fixtures and helpers."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                yield name, value
            case ast.FunctionDef(name=name) if not name.startswith("test_"):
                yield name, node


def _words(tree: ast.AST, shared: dict[str, ast.AST]) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)):
                yield from _WORD.findall(text)
            case ast.keyword(arg=str(name)) | ast.Attribute(attr=name):
                yield name
            case ast.Name(id=name) | ast.arg(arg=name) if name in shared:
                yield from _words(shared[name], {key: value for key, value in shared.items() if key != name})


def table() -> str:
    """For people."""
    lines = []
    for fact in facts():
        lines.append(f"{fact.name}{f': {fact.told}' if fact.told else ''}")
        lines += [f"    {test}" for test in fact.tests] or ["    NO TEST"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(table())

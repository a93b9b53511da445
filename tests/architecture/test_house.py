"""The house stays as it was drawn."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

import remediate
from remediate.actions import ALL as ACTIONS
from remediate.checks import ALL as CHECKS
from remediate.errors import RemediateError
from remediate.planning.remedies import ALL as REMEDIES

ROOT = Path(remediate.__file__).parent
PROJECT = ROOT.parent
FILES = sorted(ROOT.rglob("*.py"))
LONGEST = 300
MOST_PARAMETERS = 6
REFUSED = re.compile(r"^(utils|helpers|common|manager|handler|info|misc)$")
UNCHECKED = re.compile(r"verify\s*=\s*False|AutoAddPolicy|CERT_NONE|VERIFY_NONE|shell\s*=\s*True")
MAY_SKIP_VERIFICATION = {"drivers/handshake.py"}
"""The one door for TLS without verification: it sends no application data."""


def relative(path: Path) -> str:
    """As printed."""
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_file(path: Path) -> None:
    """A file has one subject: it says it, in at most 300 lines, under a name that means something."""
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LONGEST
    assert not REFUSED.match(path.stem)
    assert ast.get_docstring(ast.parse(text)), "no docstring"


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_functions_take_few_parameters(path: Path) -> None:
    """More than six parameters mean a missing type."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            count = len(node.args.args) + len(node.args.posonlyargs)
            assert count - (node.args.args[:1] != [] and node.args.args[0].arg in ("self", "cls")) <= MOST_PARAMETERS


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_no_unverified_tls(path: Path) -> None:
    """Nothing but the handshake capture, and the lab's servers, ever skips verification."""
    inside = relative(path)
    if inside in MAY_SKIP_VERIFICATION or inside.startswith("lab/"):
        return
    assert not UNCHECKED.search(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=relative)
def test_no_broad_silence(path: Path) -> None:
    """No `except Exception: pass` and no sleep."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Name):
            broad = node.type.id in ("Exception", "BaseException")
            assert not (broad and len(node.body) == 1 and isinstance(node.body[0], ast.Pass))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "sleep":
            assert relative(path).startswith("lab/"), "waits belong to the clock"


def classes(folder: str) -> set[str]:
    """Names of the classes in a folder that state a permanent `id`, `kind` or `name` of their own."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / folder).glob("*.py"))
    found = (node for tree in trees for node in tree.body if isinstance(node, ast.ClassDef))
    return {node.name for node in found if any(_states_identity(statement) for statement in node.body)}


def _states_identity(statement: ast.stmt) -> bool:
    match statement:
        case ast.Assign(targets=[ast.Name(id="id" | "name")]):
            return True
        case ast.AnnAssign(target=ast.Name(id="kind"), value=ast.Constant()):
            return True
    return False


def test_registries_are_complete() -> None:
    """What is written is registered: checks, actions, remedies."""
    assert {type(check).__name__ for check in CHECKS} == classes("checks")
    assert {action.__name__ for action in ACTIONS} == classes("actions")
    assert {type(remedy).__name__ for remedy in REMEDIES} == classes("planning/remedies")


@pytest.mark.parametrize("check", CHECKS, ids=lambda c: c.id)
def test_check_has_a_page(check: object) -> None:
    """`remediate explain ID` prints the docstring of the check: what is wrong, and what mends it."""
    page = type(check).__doc__ or ""
    assert len(page.split()) >= 12
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", check.id)  # type: ignore[attr-defined]


def test_ids_are_unique() -> None:
    """A finding's id names one check."""
    assert len({check.id for check in CHECKS}) == len(CHECKS)


def test_error_tree_is_drawn() -> None:
    """Every error class stands in the drawing at the top of its file."""
    drawing = (ROOT / "errors.py").read_text(encoding="utf-8").split('"""')[1]
    names = {c.__name__ for c in subclasses(RemediateError) if c.__module__ == "remediate.errors"}
    assert {name for name in names if name not in drawing} == set()


def subclasses(kind: type[BaseException]) -> set[type[BaseException]]:
    """All of them, and itself."""
    return {kind}.union(*map(subclasses, kind.__subclasses__()))


def test_top_level() -> None:
    """Beside the six there is only what the user of this project asked for."""
    allowed = {"pyproject.toml", "README.md", "remediate", "playbooks", "inventories", "tests", "docs", "CHANGELOG.md",
               "LICENSE", "Makefile", "requirements"}  # fmt: skip
    tracked = {path.name for path in PROJECT.iterdir() if not path.name.startswith(".")}
    assert tracked - allowed <= {"build", "dist", "site", "__pycache__"}


def test_rooms_match_the_contract() -> None:
    """Each room is a layer of the import contract, and the architecture page names it."""
    contracts = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(c["layers"] for c in contracts if c["id"] == "rooms")
    drawn = {room.strip("() ") for layer in layers for room in layer.split("|")}
    rooms = {p.name for p in ROOT.iterdir() if p.is_dir() and (p / "__init__.py").exists()} | {"errors"}
    assert rooms <= drawn
    page = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")
    assert {room for room in rooms if f"`{room}/`" not in page and f"`{room}.py`" not in page} == set()


@pytest.mark.parametrize(
    "room", sorted(p for p in ROOT.iterdir() if (p / "__init__.py").exists()), ids=lambda p: p.name
)
def test_room_says_what_it_touches(room: Path) -> None:
    """The docstring of a room is one sentence or two."""
    assert ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8")))

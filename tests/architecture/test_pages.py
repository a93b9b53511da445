"""What the pages say can be typed."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import remediate
from remediate.actions import ALL as ACTIONS
from remediate.checks import ALL as CHECKS
from remediate.checks import connections_for, findings_for
from remediate.cli.aliases import rewritten
from remediate.cli.exits import Exit
from remediate.cli.main import VERBS, overview, parser_of
from remediate.files.captures import read_capture
from remediate.files.project import load_desired
from remediate.files.schemas import SCHEMAS, schema_text
from remediate.files.settings import SETTINGS
from remediate.report.as_text.verify import verify
from tests.golden.cases import HERE
from tests.support.pages import FOLLOWED, missing, typed

PROJECT = Path(__file__).parents[2]
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
COMMAND = re.compile(r"^\s*\$ (remediate .*?)(?:\s+#.*)?$", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)\)")


def commands() -> list[str]:
    """Every line that types `remediate`, but for pages whose lines are run, by tests/lab/stories/test_docs.py."""
    shown = (page.read_text(encoding="utf-8") for page in PAGES if page not in FOLLOWED)
    return sorted({line for text in shown for line in COMMAND.findall(text)})


@pytest.mark.parametrize("line", commands())
def test_command_parses(line: str) -> None:
    """A command that a page shows is one that the tool takes."""
    verb, *arguments = shlex.split(line)[1:]
    if verb in ("--version", "--help"):
        return
    _, unknown = parser_of(verb).parse_known_args([verb, *rewritten(arguments)])
    assert unknown == []


def test_overview_stands_in_the_readme() -> None:
    """The README's list of commands is `remediate --help`, word for word."""
    assert f"```text\n{overview()}```" in (PROJECT / "README.md").read_text(encoding="utf-8")


def test_output_in_the_readme_is_real() -> None:
    """Each line that the README shows comes of its golden case, in that order; `…` at its end cuts a line."""
    case = HERE / "seed-untrusted-ca"
    desired, observed = load_desired(case / "inventory", case / "playbook.yml"), read_capture(case / "observed.json")
    matrix = verify(connections_for(desired, observed), findings_for(desired, observed), observed.taken_at)
    printed = [*matrix.splitlines(), *(case / "plan.txt").read_text(encoding="utf-8").splitlines()]
    block = (PROJECT / "README.md").read_text(encoding="utf-8").split("shown -->")[1]
    lines = [line for command in typed(block.split("```")[1]) for line in command.shown]
    assert len(lines) > 25
    assert missing(lines, printed) is None


def test_exit_codes_in_the_readme() -> None:
    """Its table has every code, and no other."""
    table = (PROJECT / "README.md").read_text(encoding="utf-8").split("## Exit codes")[1].split("## ")[0]
    cells = re.findall(r"^\| ([\d, ]+) \|", table, re.MULTILINE)
    assert [int(code) for cell in cells for code in cell.split(", ")] == sorted(Exit)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documentation as `make docs` builds it: a warning of mkdocs fails it."""
    place = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", ".mkdocs.yml", "-d", str(place)]
    done = subprocess.run(command, cwd=PROJECT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return place


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("findings", [check.id for check in CHECKS]),
        ("actions", [str(action.model_fields["kind"].default) for action in ACTIONS]),
        ("commands", [f"usage: remediate {verb} " for verb in VERBS]),
        ("exit-codes", [f"<td>{code:d}</td>" for code in Exit]),
        ("settings", [f"<td><code>{name}</code></td>" for name in SETTINGS]),
        ("schemas", [f'href="schemas/{name}.schema.json"' for name in SCHEMAS]),
        ("python", [f'<h2 id="{name.lower()}">' for name in remediate.__all__ if name != "__version__"]),
    ],
)
def test_reference_is_complete(site: Path, page: str, words: list[str]) -> None:
    """What the code has, a page of the reference that is made of it tells."""
    told = (site / "reference" / f"{page}.html").read_text(encoding="utf-8")
    assert [word for word in words if word not in told] == []


def test_schemas_lie_on_the_site(site: Path) -> None:
    """Each one as it is shipped."""
    for name in SCHEMAS:
        assert (site / "reference" / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8") == schema_text(name)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    """A link within the project leads to a file."""
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target

"""What the pages say can be typed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from remediate.checks import connections_for, findings_for
from remediate.cli.aliases import rewritten
from remediate.cli.main import overview, parser_of
from remediate.files.captures import read_capture
from remediate.files.project import load_desired
from remediate.report.as_text.verify import verify
from tests.golden.cases import HERE

PROJECT = Path(__file__).parents[2]
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").rglob("*.md"))]
COMMAND = re.compile(r"^\s*\$ (remediate .*?)(?:\s+#.*)?$", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)\)")


def commands() -> list[str]:
    """Every line of a console block that types `remediate`."""
    return sorted({line for page in PAGES for line in COMMAND.findall(page.read_text(encoding="utf-8"))})


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
    printed = iter([*matrix.splitlines(), *(case / "plan.txt").read_text(encoding="utf-8").splitlines()])
    block = (PROJECT / "README.md").read_text(encoding="utf-8").split("shown -->")[1]
    lines = [line for line in block.splitlines()[2:-2] if not line.startswith("$ ")]
    assert len(lines) > 30
    for line in lines:
        start, cut, _ = line.partition("…")
        assert any(real.startswith(start) if cut else real == line for real in printed), line


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_somewhere(page: Path) -> None:
    """A link within the project leads to a file."""
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target

"""Where an option's value comes from: command line, environment, settings file, its own default."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import pytest

from remediate.cli import defaults
from remediate.cli.main import main, parser_of
from remediate.cli.parser import leaf
from remediate.cli.wiring import production

Capsys = pytest.CaptureFixture[str]
EXAMPLE = Path(__file__).parents[3] / "inventories" / "example"


def unused(*_: object) -> NoReturn:
    """A factory that nobody may call."""
    raise AssertionError("a device was asked")


@pytest.fixture(autouse=True)
def _nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A place without settings."""
    for name in ("REMEDIATE_CONFIG", "REMEDIATE_INVENTORY", "REMEDIATE_FORKS", "ANSIBLE_INVENTORY", "ANSIBLE_FORKS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "work").mkdir(mode=0o755)
    monkeypatch.chdir(tmp_path / "work")


def parsed(*argv: str) -> Namespace:
    """What `verify` is given."""
    parser = parser_of("verify")
    defaults.set_defaults(leaf(parser, "verify"), lambda _: None)
    known: Namespace = parser.parse_args(["verify", *defaults.added_arguments("verify"), *argv])
    return known


def test_settings_file() -> None:
    """Its keys are long option names; paths are relative to it; values are checked as if typed."""
    Path("remediate.yml").write_text("inventory: inv/prod\nforks: 20\nverbose: 1\nno-color: true\n")
    args = parsed()
    assert (args.inventory, args.forks, args.verbose, args.no_color) == ("inv/prod", 20, 1, True)
    assert parsed("-f", "3").forks == 3


def test_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment wins over the file, ours over Ansible's, the command line over all."""
    Path("remediate.yml").write_text("inventory: from-file\n")
    monkeypatch.setenv("ANSIBLE_INVENTORY", "from-ansible")
    assert parsed().inventory == "from-ansible"
    monkeypatch.setenv("REMEDIATE_INVENTORY", "from-environment")
    assert parsed().inventory == "from-environment"
    assert parsed("-i", "typed").inventory == "typed"


def test_arguments_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if typed first, for every verb and for one."""
    monkeypatch.setenv("REMEDIATE_CLI_ARGS", "-i 'a b'")
    monkeypatch.setenv("REMEDIATE_CLI_ARGS_verify", "--view enforced -f 2")
    args = parsed("-f", "4")
    assert (args.inventory, args.view, args.forks) == ("a b", "enforced", 4)


def test_chosen_and_home_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """$REMEDIATE_CONFIG comes first; ~/.remediate.yml where there is none here."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".remediate.yml").write_text("forks: 7\n")
    assert parsed("-i", "x").forks == 7
    (tmp_path / "chosen.yml").write_text("forks: 9\n")
    monkeypatch.setenv("REMEDIATE_CONFIG", str(tmp_path / "chosen.yml"))
    assert parsed("-i", "x").forks == 9


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("fork: 3\n", "remediate.yml:1:1: unknown key 'fork': did you mean forks?"),
        ("forks: many\n", "'many' is not a whole number"),
        ("- a\n", "expected a mapping at the top"),
    ],
)
def test_bad_settings(capsys: Capsys, content: str, words: str) -> None:
    """A setting that is wrong is told with its place, and ends in 5."""
    Path("remediate.yml").write_text(content)
    assert main(["verify", "-i", str(EXAMPLE)]) == 5
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("place", ["remediate.yml", "."])
def test_place_that_anybody_may_write_to(capsys: Capsys, place: str) -> None:
    """Settings there are ignored, aloud: whoever can write there would choose our inventory."""
    Path("remediate.yml").write_text("forks: 0\n")
    Path(place).chmod(0o777)
    assert main(["lint", str(EXAMPLE)]) == 0
    assert "ignored, since anybody may write to it or its folder" in capsys.readouterr().err


def test_variables_from_a_file(capsys: Capsys, tmp_path: Path) -> None:
    """`-e @file` holds many; what stands later wins."""
    (tmp_path / "vars.json").write_text('{"axl_user": "axl", "change": "A"}')
    argv = ["verify", "-i", str(EXAMPLE), "-e", f"@{tmp_path / 'vars.json'}", "-e", "change=B", "--list-hosts"]
    assert main(argv) == 0
    capsys.readouterr()
    assert main(["verify", "-i", "x", "-e", "@nowhere.yml"]) == 5
    assert "nowhere.yml: cannot be read" in capsys.readouterr().err


def test_list_hosts(capsys: Capsys) -> None:
    """Nodes of the clusters that `-l` names, and of a playbook's plays; no device is asked."""
    wiring = replace(production(), readers=unused)
    assert main(["verify", "-i", str(EXAMPLE), "-e", "axl_user=axl", "-l", "exp-c", "--list-hosts"], wiring) == 0
    assert capsys.readouterr().out == "  hosts (2):\n    exp-c-1\n    exp-c-2\n"
    playbook = str(EXAMPLE.parents[1] / "playbooks" / "mra-origin-verification.yml")
    argv = ["plan", playbook, "-i", str(EXAMPLE), "-e", "axl_user=axl", "--list-hosts", "--list-tags"]
    assert main(argv, wiring) == 0
    out = capsys.readouterr().out
    assert "play #1 (exp-c)" in out
    assert "TAGS: [" in out
    assert "      cucm-pub" in out

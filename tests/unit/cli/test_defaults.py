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
from remediate.cli.session import Session, _words
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


def test_tags_typed_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """All count, as for Ansible, those of the environment too."""
    monkeypatch.setenv("REMEDIATE_CLI_ARGS_plan", "-t a")
    parser = parser_of("plan")
    words = ["p", "-i", "x", "-t", "b,c", "--tags=d", "--skip-tags", "e"]
    known = parser.parse_args(["plan", *defaults.added_arguments("plan"), *words])
    assert (_words(known.tags), _words(known.skip_tags)) == (frozenset("abcd"), frozenset("e"))


def test_directory_of_the_environment(monkeypatch: pytest.MonkeyPatch, capsys: Capsys) -> None:
    """It would come too late for settings and paths, so it is refused instead of forgotten."""
    monkeypatch.setenv("REMEDIATE_CLI_ARGS", "--chdir /")
    monkeypatch.setenv("REMEDIATE_INVENTORY", str(EXAMPLE))
    assert main(["verify", "--list-hosts"]) == 5
    assert capsys.readouterr().err.startswith("error: REMEDIATE_CLI_ARGS: --chdir counts where it is typed alone")


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
        ("forks: many\n", "remediate.yml:1:8: not a number: 'many'"),
        ("ledger: x\nforks: 1001\n", "remediate.yml:2:8: 1001 is not between 1 and 1000"),
        ("no-color: maybe\n", "remediate.yml:1:11: expected true or false, not 'maybe'"),
        ("node-timeout: soon\n", "remediate.yml:1:15: not a duration: 'soon': such as 30s or 5m"),
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


def test_directory_is_gone_to_first(monkeypatch: pytest.MonkeyPatch, capsys: Capsys, tmp_path: Path) -> None:
    """`-chdir` counts for the settings file and for every path, and ends with the command."""
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "remediate.yml").write_text(f"inventory: {EXAMPLE}\n")
    (tmp_path / "there" / "vars.yml").write_text("axl_user: axl\n")
    monkeypatch.chdir(tmp_path)
    assert main(["-chdir=there", "verify", "-e", "@vars.yml", "--list-hosts"]) == 0
    assert "exp-c-1" in capsys.readouterr().out
    assert Path.cwd() == tmp_path


def test_variables_of_ansible_are_said(monkeypatch: pytest.MonkeyPatch, capsys: Capsys) -> None:
    """With -v: whose variable counts where ours is not set, and that host keys are checked all the same."""
    monkeypatch.setenv("ANSIBLE_INVENTORY", str(EXAMPLE))
    monkeypatch.setenv("ANSIBLE_HOST_KEY_CHECKING", "False")
    argv = ["verify", "-e", "axl_user=axl", "--list-hosts"]
    assert main(argv) == 0
    assert capsys.readouterr().err == ""
    assert main([*argv, "-v"]) == 0
    assert capsys.readouterr().err.splitlines() == [
        "ANSIBLE_INVENTORY counts, since REMEDIATE_INVENTORY is not set",
        "ANSIBLE_HOST_KEY_CHECKING does not count: a host key is always checked",
    ]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("REMEDIATE_HOST_KEY_CHECKING", "false", "a host key is always checked: pin it: remediate trust add HOST"),
        ("REMEDIATE_PRIVATE_KEY_FILE", "key", "an Expressway takes an SSH key for root alone"),
        ("REMEDIATE_INPUT", "perhaps", "'perhaps' is neither true nor false"),
    ],
)
def test_environment_that_asks_for_what_is_never_done(
    monkeypatch: pytest.MonkeyPatch, capsys: Capsys, name: str, value: str, words: str
) -> None:
    """It is refused by name, not ignored in silence."""
    monkeypatch.setenv(name, value)
    assert main(["verify", "-i", str(EXAMPLE)]) == 5
    assert words in capsys.readouterr().err


def test_terraform_s_spelling_of_input(monkeypatch: pytest.MonkeyPatch) -> None:
    """`0` is false, as in TF_INPUT."""
    monkeypatch.setenv("REMEDIATE_INPUT", "0")
    assert parsed("-i", "x").input == "false"
    assert parsed("-i", "x", "--input=true").input == "true"


def test_data_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The ledger and what lies beside it go where REMEDIATE_DATA_DIR says, unless --ledger says otherwise."""
    monkeypatch.setenv("REMEDIATE_DATA_DIR", str(tmp_path / "data"))
    session = Session(parsed("-i", str(EXAMPLE)), production())
    assert (session.home, session.ledger_url) == (tmp_path / "data", str(tmp_path / "data" / "ledger.sqlite"))
    assert Session(parsed("-i", "x", "--ledger", "l"), production()).ledger_url == "l"

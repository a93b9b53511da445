"""What fingers and scripts expect of the command line: every row parses, and means what they mean by it."""

from __future__ import annotations

import shlex
from argparse import Namespace
from importlib import import_module

import pytest

from remediate.cli.aliases import rewritten, without_directory
from remediate.cli.main import VERBS, main, parser_of
from remediate.errors import InputError

PLAN = "plan site.yml -i inv"
APPLY = "apply fix.plan -i inv"
RUN = "run site.yml -i inv"

ROWS: dict[str, tuple[str, dict[str, object]]] = {
    "ansible check": (f"{RUN} -C -D", {"check": True, "diff": True}),
    "ansible check, long": (f"{RUN} --check --diff", {"check": True, "diff": True}),
    "plan file": ("plan site.yml -i inv -out=fix.plan", {"out": "fix.plan"}),
    "plan file apart": ("plan site.yml -i inv -out fix.plan", {"out": "fix.plan"}),
    "detailed": (f"{PLAN} -detailed-exitcode", {"detailed_exitcode": True}),
    "terraform init and plan": (f"{PLAN} -input=false -no-color -lock=false", {"input": "false", "lock": "false"}),
    "plan waits for nobody": (f"{PLAN} -lock-timeout=3s", {"lock_timeout": 3.0}),
    "auto approve": (f"{RUN} -auto-approve", {"auto_approve": ["all"]}),
    "auto approve, short": (f"{RUN} -y", {"auto_approve": ["all"]}),
    "auto approve, one class": (f"{RUN} --auto-approve=additive", {"auto_approve": ["additive"]}),
    "apply asks nothing anyway": (f"{APPLY} -auto-approve", {"plan": "fix.plan"}),
    "no prompts": (f"{APPLY} -input=false", {"input": "false"}),
    "limit": (f"{PLAN} -l 'a:&b'", {"limit": "a:&b"}),
    "limit, long": (f"{PLAN} --limit @file", {"limit": "@file"}),
    "list hosts": (f"{PLAN} --list-hosts", {"list_hosts": True}),
    "list tasks": (f"{PLAN} --list-tasks", {"list_tasks": True}),
    "list tags": (f"{PLAN} --list-tags", {"list_tags": True}),
    "variables": (f"{PLAN} -e a=b -e c=d", {"extra_vars": [("a", "b"), ("c", "d")]}),
    "terraform variable": (f"{PLAN} -var a=b", {"extra_vars": [("a", "b")]}),
    "terraform variable, joined": (f"{PLAN} -var=a=b", {"extra_vars": [("a", "b")]}),
    "tags": (f"{PLAN} -t mra --skip-tags x", {"tags": ["mra"], "skip_tags": ["x"]}),
    "forks": (f"{PLAN} -f 9", {"forks": 9}),
    "parallelism": (f"{PLAN} -parallelism=9", {"forks": 9}),
    "verbosity": (f"{PLAN} -vvvv", {"verbose": 4}),
    "login": (f"{PLAN} -u ann -k -T 20", {"remote_user": "ann", "ask_pass": True, "timeout": 20}),
    "login, long": (f"{PLAN} --user ann --ask-pass --timeout 20", {"remote_user": "ann", "timeout": 20}),
    "vault": (f"{PLAN} -J --vault-id prod@file", {"ask_vault_pass": True, "vault_id": ["prod@file"]}),
    "vault file": (f"{PLAN} --vault-password-file f", {"vault_password_file": ["f"]}),
    "step": (f"{APPLY} --step", {"step": True}),
    "target": (f"{PLAN} -target=a -target b", {"target": ["a", "b"]}),
    "exclude": (f"{PLAN} --exclude a", {"exclude": ["a"]}),
    "resume": (f"{APPLY} --resume RUN", {"resume": "RUN"}),
    "lock timeout": (f"{APPLY} -lock-timeout=3s", {"lock_timeout": 3.0}),
    "unlock": ("force-unlock -force 3f1c", {"lock_id": "3f1c", "force": True}),
    "plan as a document": (f"{PLAN} -json", {"json": True}),
    "show as a document": ("show -json fix.plan", {"json": True}),
    "events": (f"{APPLY} -json", {"events": True}),
    "events beside words": (f"{APPLY} --json-into=e", {"events": False, "json_into": "e"}),
    "document beside words": (f"{PLAN} --json-into e", {"json": False, "json_into": "e"}),
    "colour": (f"{APPLY} -no-color", {"no_color": True}),
    "summary": (f"{PLAN} --summary", {"shape": "summary"}),
    "concise": (f"{PLAN} --concise", {"shape": "concise"}),
    "expand": (f"{PLAN} --expand", {"shape": "expand"}),
    "offline": (f"{PLAN} --from c", {"capture": ["c"]}),
}


def parsed(line: str) -> Namespace:
    """What the verb of a line is given; nothing may be left over."""
    words, _ = without_directory(shlex.split(line))
    known, unknown = parser_of(words[0]).parse_known_args(rewritten(words))
    assert unknown == []
    return known


@pytest.mark.parametrize(("line", "meant"), ROWS.values(), ids=ROWS)
def test_row(line: str, meant: dict[str, object]) -> None:
    """A line that Ansible's or Terraform's hands type is taken as they mean it."""
    known = vars(parsed(line))
    known["lock_id"] = known.get("lock")
    assert {name: known[name] for name in meant} == meant


def examples() -> list[tuple[str, str]]:
    """Verb and line, for each `remediate …` that a help shows; what a shell does with it is cut off."""
    found = []
    for verb in VERBS:
        example = import_module(f"remediate.cli.arguments.{verb.replace('-', '_')}").EXAMPLE
        for line in example.strip().splitlines():
            words = shlex.split(line[line.index("remediate ") :])
            shell = [place for place, word in enumerate(words) if word in ("|", ">", "<")]
            found.append((verb, shlex.join(words[1 : min(shell, default=len(words))])))
    return found


@pytest.mark.parametrize(("verb", "line"), examples())
def test_example_of_the_help(verb: str, line: str) -> None:
    """Every example that a help ends with can be typed."""
    assert shlex.split(line)[0] == verb
    assert parsed(line).verb == verb


@pytest.mark.parametrize("verb", VERBS)
def test_nothing_is_abbreviated(verb: str) -> None:
    """`--verb` is no `--verbose`: what a later release adds must not change what a script of today means."""
    assert parser_of(verb).parse_known_args([*_required(verb), "--verb"])[1] == ["--verb"]


def _required(verb: str) -> list[str]:
    line = next(line for name, line in examples() if name == verb)
    return rewritten(shlex.split(line))


DIRECTORIES = {
    "-chdir=there plan x": (["plan", "x"], "there"),
    "-chdir there plan x": (["plan", "x"], "there"),
    "plan x --chdir there": (["plan", "x"], "there"),
    "plan x --chdir=there": (["plan", "x"], "there"),
    "plan x -- --chdir=there": (["plan", "x", "--", "--chdir=there"], ""),
}


@pytest.mark.parametrize("typed", DIRECTORIES)
def test_directory(typed: str) -> None:
    """Terraform names the directory before the verb, pyinfra after it."""
    assert without_directory(typed.split()) == DIRECTORIES[typed]


def test_directory_that_is_not_named() -> None:
    """The option alone is an error, and takes nothing from what stands elsewhere."""
    with pytest.raises(InputError, match="expected one argument"):
        without_directory(["plan", "--chdir"])


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("plan x -exclude=y", "write --exclude ID"),
        ("plan x -refresh-only", "write remediate drift"),
        ("plan x -var-file=y", "write -e @FILE"),
        ("verify -i x --private-key=x", "use -u and -k"),
        ("--chdir nowhere verify", "cannot go there: No such file or directory"),
        ("verify --input=maybe", "'maybe' is neither true nor false"),
        ("plan x --summary --expand", "not allowed with argument"),
    ],
)
def test_refused(typed: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What we spell otherwise, or never do, says how it is written: 5, and never 2."""
    assert main(typed.split()) == 5
    assert words in capsys.readouterr().err

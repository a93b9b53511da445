"""Terraform's single-dash words."""

from __future__ import annotations

import pytest

from remediate.cli.aliases import ALIASES, rewritten
from remediate.errors import InputError

REWRITTEN = {
    "-out=f": ["--out=f"],
    "-out f": ["--out", "f"],
    "-detailed-exitcode": ["--detailed-exitcode"],
    "-auto-approve": ["--auto-approve=all"],
    "--auto-approve": ["--auto-approve=all"],
    "-y": ["--auto-approve=all"],
    "-auto-approve=additive": ["--auto-approve=additive"],
    "-json": ["--json"],
    "-no-color": ["--no-color"],
    "-lock=true": ["--lock=true"],
    "-lock-timeout=3s": ["--lock-timeout=3s"],
    "-target=x": ["--target=x"],
    "-input=false": ["--input=false"],
    "-parallelism=3": ["--forks=3"],
    "-var a=b": ["--extra-vars", "a=b"],
    "-var=a=b": ["--extra-vars=a=b"],
    "-help": ["--help"],
    "force-unlock -force": ["force-unlock", "--force"],
}


@pytest.mark.parametrize("typed", REWRITTEN)
def test_alias(typed: str) -> None:
    """Each alias becomes its long form, with or without an equals sign."""
    assert rewritten(typed.split()) == REWRITTEN[typed]


def test_every_alias_is_tried() -> None:
    """The table above leaves no alias out."""
    typed = {word.partition("=")[0] for line in REWRITTEN for word in line.split()}
    assert set(ALIASES) <= typed


OURS = ["-i inv", "-C", "-D", "-CD", "-vvvv", "-f 3", "-f3", "-l exp*", "-", "--out=x", "-e k=v"]


@pytest.mark.parametrize("typed", OURS)
def test_ours_stay(typed: str) -> None:
    """Our own short options pass untouched."""
    assert rewritten(typed.split()) == typed.split()


@pytest.mark.parametrize("typed", ["-exclude=x", "-force", "-chdir=x", "-lockx=3", "-input-x", "-refresh=false"])
def test_other_words_are_refused(typed: str) -> None:
    """A single-dash word outside the list is an error, never a short option's value."""
    with pytest.raises(InputError, match="unknown option"):
        rewritten([typed])


def test_nearest_alias() -> None:
    """A typo names the alias that was meant."""
    with pytest.raises(InputError, match="did you mean -detailed-exitcode"):
        rewritten(["-detailed-exit-code"])


def test_after_two_dashes() -> None:
    """What stands after `--` is an argument, whatever it looks like."""
    assert rewritten(["--", "-exclude=x"]) == ["--", "-exclude=x"]

"""Completion scripts, run by the shell that they are for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from remediate.cli.arguments.completion import SHELLS
from remediate.cli.main import VERBS, main
from tests.support.required import program

ASK = """
source {script}
COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
COMP_LINE="${{COMP_WORDS[*]}}"; COMP_POINT=${{#COMP_LINE}}
_shtab_remediate
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def completed(script: Path, *words: str) -> set[str]:
    """What bash offers for the last of these words."""
    quoted = " ".join(f"'{word}'" for word in words)
    asked = ASK.format(script=script, words=quoted)
    done = subprocess.run([program("bash", "bash"), "-c", asked], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_bash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Verbs, options of a verb and words of an option are offered."""
    assert main(["completion", "bash"]) == 0
    script = tmp_path / "remediate.bash"
    script.write_text(capsys.readouterr().out)
    assert set(VERBS) <= completed(script, "remediate", "")
    assert completed(script, "remediate", "ver") == {"verify"}
    assert {"--inventory", "--view", "--limit"} <= completed(script, "remediate", "verify", "--")
    assert completed(script, "remediate", "verify", "--view", "e") == {"enforced"}


FILES = (
    ("show", "{}"),
    ("plan", "{}"),
    ("verify", "-i", "{}"),
    ("plan", "site.yml", "-i", "inv", "--from", "{}"),
    ("report", "{}"),
    ("lint", "inv", "{}"),
    ("approve", "fix.plan", "--key", "{}"),
)


@pytest.mark.parametrize("words", FILES, ids=" ".join)
def test_files_in_bash(words: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where a file is taken, files are offered."""
    assert main(["completion", "bash"]) == 0
    script = tmp_path / "remediate.bash"
    script.write_text(capsys.readouterr().out)
    (tmp_path / "fix.plan").touch()
    typed = (word.format(tmp_path / "fi") for word in words)
    assert completed(script, "remediate", *typed) == {str(tmp_path / "fix.plan")}


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each script knows every verb."""
    assert main(["completion", shell]) == 0
    out = capsys.readouterr().out
    assert all(verb in out for verb in VERBS)

"""The entry: verbs, usage errors, and how every ending becomes an exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

import remediate
from remediate.cli import main as entry
from remediate.cli.main import SYNONYMS, VERBS, main
from remediate.cli.wiring import Wiring, production
from remediate.errors import AuthenticationFailed, BugError, ForbiddenStep, RemediateError
from tests.support import forge

Captured = pytest.CaptureFixture[str]
GOLDEN = Path(__file__).parents[2] / "golden"


def told(argv: list[str], capsys: Captured) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    code = main(argv)
    said = capsys.readouterr()
    return code, said.out, said.err


def test_version(capsys: Captured) -> None:
    """The version is printed alone."""
    assert told(["--version"], capsys) == (0, f"remediate {remediate.__version__}\n", "")


def test_help_names_every_verb(capsys: Captured) -> None:
    """The overview lists every verb and ends with an example."""
    code, out, _ = told(["--help"], capsys)
    assert code == 0
    assert all(f"\n  {verb} " in out for verb in VERBS)
    assert "example:" in out


def test_file_for_a_peer_that_nobody_knows(capsys: Captured) -> None:
    """A typing error in a peer's name is told, and the file not ignored in silence."""
    case = GOLDEN / "seed-untrusted-ca"
    where = ["-i", str(case / "inventory"), "--from", str(case / "observed.json")]
    code, _, err = told(["verify", *where, "--trust", "exp-c-9=list.pem"], capsys)
    assert (code, err) == (
        5,
        "error: --trust: no Expressway peer exp-c-9: the inventory has exp-c-1, exp-c-2, exp-e-1\n",
    )


def test_nothing_typed(capsys: Captured) -> None:
    """Without a verb the overview is printed, and the exit code says that nothing was done."""
    assert told([], capsys)[0] == 5


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_a_verb(verb: str, capsys: Captured) -> None:
    """Every verb has a description and an example."""
    code, out, err = told([verb, "--help"], capsys)
    assert (code, err) == (0, "")
    assert f"\nexample:\n  remediate {verb}" in out


@pytest.mark.parametrize("typed", [["help", "plan"], ["plan", "-help"], ["plan", "-h"]])
def test_help_as_others_spell_it(typed: list[str], capsys: Captured) -> None:
    """Ansible's, Terraform's and git's hands find the same page."""
    assert told(typed, capsys) == told(["plan", "--help"], capsys)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams(closed: str) -> None:
    """As in a daemon: no bug, and the code is as always."""
    shell = f"exec {sys.executable} -m remediate explain origin-not-trusted {closed}"
    assert subprocess.run(["/bin/sh", "-c", shell], check=False, capture_output=True).returncode == 0
    case = f"{GOLDEN / 'seed-untrusted-ca'}"
    shell = f"exec {sys.executable} -m remediate verify -i {case}/inventory --from {case}/observed.json {closed}"
    assert subprocess.run(["/bin/sh", "-c", shell], check=False, capture_output=True).returncode == 9


@pytest.mark.parametrize("alias", SYNONYMS)
def test_synonym(alias: str, capsys: Captured) -> None:
    """Words of other tools lead to the same verb."""
    assert f"remediate {SYNONYMS[alias]}" in told([alias, "--help"], capsys)[1]


USAGE = {
    "B120 typo of a verb": (["aply", "x"], "unknown command aply: did you mean apply?"),
    "B120 typo of an option": (["apply", "f", "-i", "x", "--by-hnd"], "unknown option --by-hnd: did you mean --by-ha"),
    "option before the verb": (["-i", "x", "plan"], "options stand behind the command: remediate plan … -i"),
    "option alone": (["--no-color"], "options stand behind the command: remediate COMMAND … --no-color"),
    "help of no verb": (["help", "pln"], "unknown command pln: did you mean plan?"),
    "forced": (["apply", "f", "-force"], "unknown option -force: write it with force-unlock alone"),
    "blank reason": (["apply", "f", "-i", "x", "--override-window", "  "], "--override-window: must not be blank"),
    "two inventories": (["plan", "p", "-i", "x", "--inventory=y"], "-i is given twice: one inventory per run"),
    "B120 abbreviation": (["apply", "f", "-i", "x", "--by"], "unknown option --by"),
    "B121 password": (["plan", "p", "-i", "x", "--password", "s"], "a password never stands on a command line"),
    "B123 zero": (["collect", "-i", "x", "-o", "y", "-f", "0"], "'0' is not a whole number from 1 to 1000"),
    "B123 negative": (["collect", "-i", "x", "-o", "y", "-f", "-1"], "-f"),
    "B123 exponent": (["collect", "-i", "x", "-o", "y", "-f", "1e3"], "'1e3' is not a whole number"),
    "B123 percent": (["collect", "-i", "x", "-o", "y", "-f", "50%%"], "'50%%' is not a whole number"),
    "B125 escape codes": (["\x1b[2Jx"], "unknown command \\x1b[2Jx"),
    "B125 surrogate": (["\udcff"], "unknown command \\udcff"),
    "B126 plan from a pipe": (["approve", "-", "--key", "k"], "a plan is approved as a file: write it with -o first"),
    "B123 endless duration": (["verify", "-i", "x", "--node-timeout", "9" * 400], "longer than a year"),
    "name too long": (["verify", "-i", "x" * 5000], "cannot be read: File name too long"),
    "ledger's name too long": (["status", "--ledger", "x" * 5000], "xxx: no file has a name this long"),
    "terraform word": (["plan", "-exclude=x"], "unknown option -exclude=x"),
    "missing argument": (["show"], "the following arguments are required: FILE"),
    "time without zone": (["plan", "p", "-i", "x", "--at", "2026-01-01"], "is not a time with its zone"),
    "peer file": (["collect", "-i", "x", "-o", "y", "--trust", "peer"], "'peer' is not PEER=FILE"),
    "unknown finding": (["explain", "origin-not-trustd"], "did you mean origin-not-trusted?"),
}


@pytest.mark.parametrize(("argv", "words"), USAGE.values(), ids=USAGE)
def test_usage_error(argv: list[str], words: str, capsys: Captured) -> None:
    """A usage error answers 5 with the place, what is wrong and the nearest word, and never 2."""
    code, out, err = told(argv, capsys)
    assert (code, out) == (5, "")
    assert err.startswith("error: ")
    assert words in err
    assert "\x1b" not in err


class Raising(ModuleType):
    """A verb that ends in an error."""

    def __init__(self, error: BaseException) -> None:
        super().__init__("raising")
        self.error = error

    def add(self, parsers: object) -> None:
        """No arguments of its own."""
        from remediate.cli import parser as options  # noqa: PLC0415

        options.verb(parsers, "lint", "Raise.", "remediate lint")  # type: ignore[arg-type]

    def run(self, _args: Namespace, _wiring: Wiring) -> int:
        """Raise."""
        raise self.error


def ending(error: BaseException, capsys: Captured, monkeypatch: pytest.MonkeyPatch, *argv: str) -> tuple[int, str]:
    """Exit code and stderr of a verb that raises."""
    monkeypatch.setattr(entry, "import_module", lambda _: Raising(error))
    code, _, err = told(["lint", *argv], capsys)
    return code, err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ForbiddenStep("no\x1b[2J"), 7),
        (AuthenticationFailed("h", "refused"), 1),
        (RemediateError("x"), 1),
    ],
    ids=["refused", "authentication", "other"],
)
def test_errors_are_one_clean_line(
    error: Exception, code: int, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our own errors are printed as one inert line with their code."""
    answered, err = ending(error, capsys, monkeypatch)
    assert answered == code
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert "\x1b" not in err


@pytest.mark.parametrize("error", [BugError("promise"), ZeroDivisionError("x")], ids=["bug", "foreign"])
def test_internal_error(error: Exception, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """Anything else answers 250 without a traceback."""
    code, err = ending(error, capsys, monkeypatch)
    assert code == 250
    assert err.startswith("internal error: ")
    assert "Traceback" not in err


def test_debug_keeps_the_traceback_in_a_private_file(
    capsys: Captured, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """With --debug the details lie in a file that only its owner reads."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    ending(ZeroDivisionError("x"), capsys, monkeypatch, "--debug")
    (kept,) = tmp_path.iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "ZeroDivisionError" in kept.read_text(encoding="utf-8")


def test_interrupted(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C answers 130."""
    assert ending(KeyboardInterrupt(), capsys, monkeypatch) == (130, "interrupted\n")


def test_explain(capsys: Captured) -> None:
    """A finding's page is the docstring of its check; the list has a line for each."""
    assert "origin-not-trusted\n\n" in told(["explain", "origin-not-trusted"], capsys)[1]
    assert "\npeer-unreachable: " in told(["explain", "list"], capsys)[1]


def pems(tmp_path: Path) -> tuple[str, str]:
    """Files of a self-signed leaf and of a root that did not issue it."""
    leaf, root = tmp_path / "leaf.pem", tmp_path / "root.pem"
    leaf.write_bytes(forge.leaf("cucm.example.test", None, ("cucm.example.test",)).certificate.pem)
    root.write_bytes(forge.authority("Corp Root").certificate.pem)
    return str(leaf), str(root)


def test_predict(tmp_path: Path, capsys: Captured) -> None:
    """A leaf that is trusted is accepted (0), one that is not is refused (2)."""
    leaf, root = pems(tmp_path)
    asked = ["--host", "cucm.example.test", "--chain", leaf]
    assert told(["predict", *asked, "--trust", leaf], capsys)[:2][0] == 0
    code, out, _ = told(["predict", *asked, "--trust", root], capsys)
    assert (code, out.splitlines()[0]) == (2, "reject")


def test_predict_batch(tmp_path: Path) -> None:
    """One answer per line; a malformed line is told by number, the others are answered, and the code is 5."""
    leaf, _ = pems(tmp_path)
    pem = Path(leaf).read_text(encoding="ascii")
    good = json.dumps({"id": 1, "chain": [pem], "trust": pem, "host": "cucm.example.test"})
    bad = ["{", '{"id": 2}', '{"id": 3, "chain": 7, "trust": "", "host": "x"}', "[]"]
    done = subprocess.run(
        [sys.executable, "-m", "remediate", "predict", "--batch", "-"],
        check=False,
        capture_output=True,
        input="\n".join([*bad, good]),
        text=True,
        encoding="utf-8",
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr) == (5, "")
    assert [a.get("line") for a in answers] == [1, 2, 3, 4, None]
    assert (answers[-1]["id"], answers[-1]["verdict"]) == (1, "accept")


def test_start_imports_nothing_heavy() -> None:
    """`--version` and `--help` load neither values, nor devices, nor argparse."""
    code = (
        "import sys; from remediate.cli.main import main; main(['--version']); main(['--help']);"
        "heavy = {'pydantic', 'paramiko', 'sqlalchemy', 'cryptography', 'OpenSSL', 'rich', 'argparse'};"
        "print(*heavy & set(sys.modules),"
        " file=sys.stderr, end='')"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_reader_that_went_away() -> None:
    """A closed pipe is no error: the exit code stays the command's own."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "remediate", "explain", "list"], check=False, stdout=writing, stderr=subprocess.PIPE
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def test_b128_plain_where_the_screen_knows_no_unicode() -> None:
    """On a screen without Unicode what cannot be shown is escaped, not raised."""
    surroundings = {**os.environ, "PYTHONIOENCODING": "ascii", "TERM": "dumb", "NO_COLOR": "1", "COLUMNS": "20"}
    done = subprocess.run(
        [sys.executable, "-m", "remediate", "explain", "nö"], check=False, capture_output=True, env=surroundings
    )
    assert done.returncode == 5
    assert b"no finding n\\xf6" in done.stderr


def test_wiring_can_be_replaced() -> None:
    """Every port is a factory that a test may exchange."""
    wired = production()
    assert replace(wired, output=wired.output) == wired

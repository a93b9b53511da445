"""`lint --fix` mends spellings and nothing that means more."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remediate.cli.main import main
from remediate.files.fixes import fixed
from remediate.files.lint import lint
from remediate.files.project import load_desired

PROJECT = Path(__file__).parents[3]
EXAMPLE = PROJECT / "inventories" / "example"
PIN = "5f739234b5469f58bd5c8fc784bb792c6981959682a26720080bee8816277e56"
Captured = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The example inventory, to be edited."""
    shutil.copytree(EXAMPLE, tmp_path / "inv")
    return tmp_path / "inv"


def changed(folder: Path, old: str, new: str, file: str = "clusters.yml") -> str:
    """Put a mistake into a file; the text that was right."""
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    return text


@pytest.mark.parametrize(
    ("old", "new", "file"),
    [
        ("role: cucm\n", "Role: cucm\n", "clusters.yml"),
        ("role: expressway-c", 'role: "Expressway_C"', "clusters.yml"),
        ("replication_interval:", "replication-interval:", "clusters.yml"),
        ("accept: [left-in-place]", "accept: [Left_in_place]", "clusters.yml"),
        (PIN, ":".join(PIN[i : i + 2] for i in range(0, 64, 2)).upper(), "clusters.yml"),
        ("password: {env:", "password: {ENV:", "clusters.yml"),
        ("kind: allow", "kind: Allow", "policy.yml"),
        ("days: [sat, sun]", "days: [Sat, SUN]", "policy.yml"),
        ("        address: 192.0.2.11\n", "\t\t\t\taddress: 192.0.2.11\n", "clusters.yml"),
    ],
    ids=["key", "quoted", "hyphen", "word in a list", "fingerprint", "flow", "policy", "several", "tab"],
)
def test_mended(folder: Path, capsys: Captured, old: str, new: str, file: str) -> None:
    """Without --fix it says so and writes nothing; with it the very file comes back, its comments, order and mode."""
    good = changed(folder, old, new, file).replace(old, old if '"' not in new else 'role: "expressway-c"')
    (folder / file).chmod(0o640)
    bad = (folder / file).read_text(encoding="utf-8")
    main(["lint", str(folder)])
    assert "(--fix mends it)" in capsys.readouterr().out
    assert (folder / file).read_text(encoding="utf-8") == bad
    assert main(["lint", str(folder), "--fix"]) == 0
    told = capsys.readouterr().out
    assert f"--- {folder / file}\n+++ {folder / file} (mended)\n" in told
    assert told.endswith("Nothing wrong.\n")
    assert (folder / file).read_text(encoding="utf-8") == good
    assert (folder / file).stat().st_mode & 0o777 == 0o640


def test_playbook_and_settings(tmp_path: Path, capsys: Captured) -> None:
    """Of all files that people write."""
    playbook, settings_file = tmp_path / "off.yml", tmp_path / "remediate.yml"
    playbook.write_text("plays:\n- name: a\n  Hosts: all\n  desired: {verify-origin-server: ON} # why\n")
    settings_file.write_text("no_color: True\nForks: 5\n")
    assert main(["lint", str(playbook), str(settings_file), "--fix"]) == 0
    assert playbook.read_text() == "plays:\n- name: a\n  hosts: all\n  desired: {verify_origin_server: On} # why\n"
    assert settings_file.read_text() == "no-color: true\nforks: 5\n"
    assert capsys.readouterr().out.count("(mended)") == 2


def test_settings_that_count_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """The settings file of this very place can be mended, though no other command would run with it."""
    monkeypatch.chdir(tmp_path)
    Path("remediate.yml").write_text("Forks: 5\n")
    assert main(["lint", "remediate.yml", "--fix"]) == 0
    assert Path("remediate.yml").read_text() == "forks: 5\n"
    assert "not used: remediate.yml:1:1: unknown key 'Forks'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("role: cucm\n", "rol: cucm\n"),
        ("role: cucm\n", "role: cucm\n    Role: cucm\n"),
        ("tftp: 6972", "tftp: 06972"),
        (PIN, PIN[:-1]),
        ("role: cucm\n", "&a role: cucm\n"),
        ("change: CHG0123", "Change: CHG0123"),
    ],
    ids=["guess", "twice", "octal", "short", "anchor", "a name of one's own"],
)
def test_left_alone(folder: Path, old: str, new: str) -> None:
    """What would be a guess, or would change what is meant, is for people to mend."""
    changed(folder, old, new)
    found = fixed(folder / "clusters.yml")
    assert found is None or found.before == found.after


def test_tabs_that_could_mean_two_things(tmp_path: Path) -> None:
    """Where it depends on the width of a tab what belongs to what, nothing is done."""
    file = tmp_path / "a.yml"
    file.write_text("plays:\n  - name: a\n    desired:\n\torigins: verified\n    hosts: all\n")
    assert fixed(file) is None


def test_link_stays(tmp_path: Path) -> None:
    """A link to a file leads to the mended file afterwards."""
    (tmp_path / "real.yml").write_text("\ufeffForks: 5\n")
    (tmp_path / "remediate.yml").symlink_to(tmp_path / "real.yml")
    one = fixed(tmp_path / "remediate.yml")
    assert one is not None
    one.write()
    assert (tmp_path / "remediate.yml").is_symlink()
    assert (tmp_path / "real.yml").read_text() == "\ufeffforks: 5\n"


def test_schemas_are_listed(capsys: Captured) -> None:
    """Where editors find them; without a path there is nothing to check."""
    assert main(["lint", "--schemas"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert {name for name, _ in lines} >= {"inventory", "policy", "playbook", "settings", "plan", "capture"}
    assert all(Path(path).is_file() for _, path in lines)
    assert main(["lint"]) == 5


TEXT = (EXAMPLE / "clusters.yml").read_text(encoding="utf-8")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(0, len(TEXT)), st.sampled_from(["\t", "Role", ":", "é", "'", "AB:", "\n", "- ", "-", "_", "\r\n"]))
def test_never_worse(folder: Path, at: int, piece: str) -> None:
    """Whatever is put into a file: once mended there is nothing more to mend, and a file that loaded loads the same."""
    file = folder / "clusters.yml"
    file.write_text(TEXT[:at] + piece + TEXT[at:], encoding="utf-8")
    before = lint([file])
    one = fixed(file)
    if one is None or one.before == one.after:
        return
    loaded = load_desired(file, extra={"axl_user": "x"}) if not before else None
    one.write()
    again = fixed(file)
    assert again is not None
    assert again.before == again.after
    assert loaded is None or load_desired(file, extra={"axl_user": "x"}) == loaded

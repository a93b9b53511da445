"""I50: a secret of every kind goes through a whole window with failures, and is found in nothing that is left of it."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from remediate.lab.control import send
from remediate.lab.serve import Order as LabOrder
from remediate.lab.serve import down, up
from tests.support import ansible, keyrings
from tests.support.canary import Canary, found, searched
from tests.support.mortal import Order, live

PLAYBOOKS = Path(__file__).parents[3] / "playbooks"
FIX, OFF = PLAYBOOKS / "mra-origin-verification.yml", PLAYBOOKS / "mra-workaround.yml"
VARIABLE = "EDGE_PASSWORD"
WRONG = Canary("admin", "Wr0ng-but-secret-all-the-same")
DEADLINE_S = 60.0


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Its passwords are the canaries: one per kind of device, each in a file that the inventory names."""
    made = tmp_path_factory.mktemp("canary") / "lab"
    up(LabOrder("seed-untrusted-ca", made), detach=True)
    send(made, "snapshot", name="start")
    yield made
    down(made)


@pytest.fixture
def canaries(lab: Path) -> tuple[Canary, ...]:
    """What must not be found."""
    send(lab, "restore", name="start")
    files = sorted((lab / "inventory" / "secrets").iterdir())
    kept = tuple(Canary(file.name.rpartition("-")[2], file.read_text().strip()) for file in files)
    assert len(kept) > 3
    users = {"axl": "axladmin", "platform": "osadmin"}
    return (*(Canary(users.get(one.user, one.user), one.password) for one in kept), WRONG)


def environment(home: Path, lab: Path) -> dict[str, str]:
    """Whatever the tool may write by itself lies in `home` then; the Expressways' password comes by a variable."""
    password = (lab / "inventory" / "secrets" / "exp-c-admin").read_text().strip()
    for name in ("tmp", "user"):
        (home / name).mkdir(exist_ok=True)
    keyring = {"PYTHON_KEYRING_BACKEND": keyrings.BACKEND, keyrings.PLACE: str(lab / "inventory/secrets/exp-c-admin")}
    log = {"REMEDIATE_LOG": "trace", "REMEDIATE_LOG_PATH": str(home / "wires.log")}
    places = {"HOME": str(home / "user"), "TMPDIR": str(home / "tmp"), "REMEDIATE_DATA_DIR": str(home / "data")}
    return {**places, VARIABLE: password, **keyring, **log}


def inventory(lab: Path, source: str) -> Path:
    """The lab's inventory with the Expressway-C password from another place."""
    place = lab / "inventory" / "clusters.yml"
    text = re.sub(r"\n +file: secrets/exp-c-admin", f"\n          {source}", place.read_text())
    other = lab / "inventory" / f"by-{source.partition(':')[0]}.yml"
    other.write_text(text)
    return other


def test_window(lab: Path, canaries: tuple[Canary, ...], tmp_path: Path) -> None:
    """Read, plan, apply, fail in every way, take back: captures, plans, ledger, screens, run folders and the
    log of the wires are clean."""
    by_env = inventory(lab, f"env: {VARIABLE}")
    wrong = inventory(lab, f"file: {tmp_path / 'wrong'}")
    (tmp_path / "wrong").touch(mode=0o600)
    (tmp_path / "wrong").write_text(WRONG.password)
    ledger = f"--ledger {tmp_path / 'ledger' / 'ledger.sqlite'}"
    story = (
        ("", f"collect -i ENV -o HOME/before.capture -vv {ledger}"),
        ("read-lost", f"verify -i ENV --debug {ledger}"),
        ("https-error", f"verify -i ENV --debug {ledger}"),
        ("", f"verify -i WRONG --debug {ledger}"),
        ("", f"plan {FIX} -i ENV -o HOME/fix.plan {ledger}"),
        ("upload-lost", f"apply HOME/fix.plan -i ENV --debug {ledger}"),
        ("", f"plan {OFF} -i ENV -o HOME/off.plan --json {ledger}"),
        ("set-refused", f"apply HOME/off.plan -i ENV --debug {ledger}"),
        ("", f"plan {OFF} -i ENV -o HOME/off.plan {ledger}"),
        ("set-lost", f"apply HOME/off.plan -i ENV -v {ledger}"),
        ("", f"status -i ENV --json {ledger}"),
        ("", f"rollback last -i ENV -o HOME/undo.plan --accept-login-failures canary {ledger}"),
        ("set-dropped", f"apply HOME/undo.plan -i ENV --debug {ledger}"),
        ("", f"ledger export {ledger}"),
    )
    words = {"ENV": str(by_env), "WRONG": str(wrong)}
    codes = []
    for number, (point, line) in enumerate(story):
        if point:
            send(lab, "fail", point=point, every=True)
        argv = tuple(words.get(w, w.replace("HOME/", f"{tmp_path}/")) for w in line.split())
        life = live(Order(argv, lab, tmp_path / f"screen-{number}", environment=environment(tmp_path, lab)))
        codes.append(life.code)
        send(lab, "fail", point=point, clear=True)
    assert {0, 2, 4} <= set(codes), codes
    assert 250 not in codes, codes
    (tmp_path / "wrong").unlink()
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) > 2 * len(story)
    assert "exp-c-1 > xStatus SystemUnit" in (tmp_path / "wires.log").read_text()
    assert len(list((tmp_path / "data" / "artifacts").iterdir())) > 1
    assert searched(canaries, tmp_path) == {}


def test_other_places(lab: Path, canaries: tuple[Canary, ...], tmp_path: Path) -> None:
    """From a keyring, a file that ansible-vault encrypted, and an Ansible inventory with a vaulted value: readings that
    succeed, that fail, and a vault password that does not fit leave none of them, nor the vault's own."""
    told = environment(tmp_path, lab)
    del told[VARIABLE]
    mixed = from_other_places(lab / "inventory")
    (lab / "other-password").write_text(WRONG.password)
    (lab / "other-password").chmod(0o600)
    fits, fits_not = ansible.password_file(lab), lab / "other-password"
    ledger = f"--ledger {tmp_path / 'ledger' / 'ledger.sqlite'}"
    story = (
        ("", f"collect -i {mixed} -o {tmp_path}/before.capture -vv --vault-password-file {fits} {ledger}", 0),
        ("https-error", f"verify -i {mixed} --debug --vault-password-file {fits} {ledger}", 4),
        ("", f"verify -i {mixed} --debug --vault-password-file {fits_not} {ledger}", 5),
    )
    for number, (point, line, code) in enumerate(story):
        if point:
            send(lab, "fail", point=point, every=True)
        life = live(Order(tuple(line.split()), lab, tmp_path / f"screen-{number}", environment=told))
        send(lab, "fail", point=point, clear=True)
        assert life.code == code, life.screen
    assert searched((*canaries, Canary("vault", ansible.PASSWORD)), tmp_path) == {}


def from_other_places(folder: Path) -> Path:
    """The lab's inventory with three passwords in places of three kinds."""
    axl, platform = (json.dumps((folder / "secrets" / f"cucm-{n}").read_text().strip()) for n in ("axl", "platform"))
    (folder / "kept.yml").write_text(ansible.vaulted(f"other: x\npassword: {axl}\n"))
    hosts = f"all:\n  hosts:\n    pub:\n      ansible_password: {ansible.tagged(json.loads(platform), 8)}"
    (folder / "hosts.yml").write_text(hosts)
    text = (folder / "clusters.yml").read_text()
    for file, place in (
        ("exp-c-admin", f"keyring: {keyrings.SERVICE}/{keyrings.USER}"),
        ("cucm-axl", "vault: kept.yml#password"),
        ("cucm-platform", "ansible: hosts.yml#pub#ansible_password"),
    ):
        assert f"file: secrets/{file}" in text
        text = text.replace(f"file: secrets/{file}", place)
    other = folder / "by-other-places.yml"
    other.write_text(text)
    return other


def test_prompt_and_process_list(lab: Path, canaries: tuple[Canary, ...], tmp_path: Path) -> None:
    """A password typed at the terminal is not echoed, and no process shows one in its command line."""
    by_prompt = inventory(lab, "prompt: Expressway password")
    argv = [sys.executable, "-m", "remediate", "collect", "-i", str(by_prompt), "-o", str(tmp_path / "now.capture")]
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        argv,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        env={**os.environ, **environment(tmp_path, lab)},
    )
    os.close(theirs)
    end = threading.Timer(DEADLINE_S, child.kill)
    end.start()
    screen, typed, lists = b"", False, b""
    with suppress(OSError):  # a terminal whose last program is gone reads as an error
        while data := os.read(ours, 4096):
            screen += data
            lists += b"".join(_command_lines())
            if b"Expressway password" in screen and not typed:
                typed = True
                os.write(ours, environment(tmp_path, lab)[VARIABLE].encode() + b"\n")
    assert child.wait(DEADLINE_S) == 0, screen
    end.cancel()
    os.close(ours)
    assert typed
    assert found(canaries, screen) == []
    assert b"collect" in lists
    assert found(canaries, lists) == []
    assert searched(canaries, tmp_path) == {}


def _command_lines() -> Iterator[bytes]:
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it may have ended
            yield (process / "cmdline").read_bytes()


def test_the_search_finds() -> None:
    """Each form is found, at any place, and what is near it is not."""
    canary = Canary("admin", "s3cret/<one>&more+")
    for form in canary.forms():
        assert found([canary], b"before " + form + b" after") == ["admin"]
    assert found([canary], b"secret one and more") == []

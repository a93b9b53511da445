"""A lab's own doors: starting, stopping, and what a hand may do to it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from remediate.cli.main import main
from remediate.lab.control import NAME, send
from remediate.lab.errors import LabError
from remediate.lab.serve import Order, down, up
from tests.lab.simulator.stock_clients import RunningLab, running, until

RULE = "https://cucm-pub.example.test:8443/cucm-uds/"


def test_no_lab(tmp_path: Path) -> None:
    """Asking where no lab runs says how to start one."""
    with pytest.raises(LabError, match="lab up"):
        send(tmp_path, "state")
    with pytest.raises(LabError, match="lab up"):
        down(tmp_path)


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ({"scenario": "nothing"}, "choose one of"),
        ({"peers": 7}, "1 to 6 peers"),
        ({"clusters": 0}, "at least one cluster"),
        ({"clusters": 30_000}, "fewer --clusters"),
        ({"version": "X9"}, "no release X9"),
        ({"switches": {"nothing": "on"}}, "no switch nothing"),
        ({"switches": {"casing": "lower"}}, "switch casing cannot be 'lower'"),
        ({"switches": {"restart_s": "soon"}}, "a number of seconds"),
        ({"switches": {"prompt": "maybe"}}, "on or off"),
    ],
)
def test_bad_order(tmp_path: Path, order: dict[str, object], said: str) -> None:
    """An order that cannot be met is refused in a sentence, before or after the process starts."""
    given = {"scenario": "healthy", "directory": tmp_path, **order}
    with pytest.raises(LabError, match=said):
        up(Order(**given), detach=True)  # type: ignore[arg-type]


def test_foreign_directory(tmp_path: Path) -> None:
    """A directory that holds other things is left alone."""
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(LabError, match="holds no lab"):
        up(Order("healthy", tmp_path), detach=True)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_two_labs_and_one_directory(lab: RunningLab, tmp_path: Path) -> None:
    """Labs run side by side, one per directory, each on addresses of its own; a directory serves again."""
    for _ in range(2):
        with running(tmp_path / "second", "healthy", peers=1) as other:
            assert other.hand("state")["network"] != lab.hand("state")["network"]
            with pytest.raises(LabError, match="runs in"):
                up(Order("healthy", other.directory), detach=True)
    assert not (tmp_path / "second" / NAME).exists()


def test_start_without_the_real_traffic_server(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the lab's process has to say at its start, the operator reads too: where, how to stop, and how exact."""
    monkeypatch.setenv("REMEDIATE_LAB_ENGINE", "proxy")
    with running(tmp_path / "lab", "healthy", peers=1):
        said = capsys.readouterr().out
    assert f"inventory in {tmp_path / 'lab' / 'inventory'}." in said
    assert "lab down --dir" in said
    assert "names approximately" in said
    assert max(len(line) for line in said.replace(str(tmp_path), "").splitlines()) <= 100


def test_private_files(lab: RunningLab) -> None:
    """Secrets are for the owner alone."""
    inventory = lab.directory / "inventory"
    assert stat.S_IMODE(lab.directory.stat().st_mode) == 0o700
    for path in [*(inventory / "secrets").iterdir(), lab.directory / NAME]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_secrets_stay_secret(lab: RunningLab) -> None:
    """No password stands in the record, in the process's own words or in the inventory itself."""
    lab.web("exp-c-1").trusted()
    with lab.shell("exp-c-1") as shell:
        shell.ask("xStatus Alarm")
    shown = [lab.directory / "record.ndjson", lab.directory / "lab.log", lab.directory / "inventory" / "clusters.yml"]
    for secret in (lab.directory / "inventory" / "secrets").iterdir():
        assert all(secret.read_text().strip() not in path.read_text() for path in shown)


def test_kill_and_revive(lab: RunningLab) -> None:
    """A killed peer refuses and cuts; a revived one answers with the same uptime."""
    page = lab.web("exp-c-1")
    with lab.shell("exp-c-1") as shell:
        lab.hand("kill", host="exp-c-1")
        until(lambda: not shell.channel.get_transport().is_active(), "the session was not cut")
    assert page.uptime() is None
    lab.hand("revive", host="exp-c-1")
    assert (page.uptime() or 0) > 1000


def test_value_that_waited_for_a_dead_peer(lab: RunningLab) -> None:
    """A peer that was down follows the primary once it is back."""
    path = "EdgeConfigServer PurgeInterval"
    lab.hand("kill", host="exp-c-2")
    lab.hand("edit", peer="exp-c-1", path=path, value="99")
    lab.hand("clock", seconds=5)
    assert lab.state("exp-c-2")["settings"][path] == "43200"
    lab.hand("revive", host="exp-c-2")
    assert lab.state("exp-c-2")["settings"][path] == "99"


def test_refresh_follows_names(lab: RunningLab) -> None:
    """Rules and zones hold the old name until Refresh, the new one after; a hand's own rules stay."""

    def cluster() -> dict[str, list[str]]:
        return dict(lab.hand("state")["clusters"]["exp-c"])

    lab.hand("edit", cluster="exp-c", rule="https://10.1.1.1:8443/")
    lab.hand("edit", node="cucm-pub", name="10.1.1.2")
    assert RULE in cluster()["allow_list"]
    assert "CEtcp-cucm-pub.example.test" in cluster()["zones"]
    lab.hand("refresh", cluster="exp-c")
    assert RULE not in cluster()["allow_list"]
    assert {"https://10.1.1.1:8443/", "https://10.1.1.2:8443/cucm-uds/"} <= set(cluster()["allow_list"])
    assert "CEtcp-10.1.1.2" in cluster()["zones"]


def test_the_page_of_trusted_certificates(lab: RunningLab, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What Show all prints can be kept, and an appended file is listed and not loaded: a way without an API."""
    place = ["--dir", str(lab.directory)]
    assert main(["lab", "hand", "trusted-ca", "exp-c-1", *place]) == 0
    page = capsys.readouterr().out
    assert page.count("BEGIN CERTIFICATE") == len(lab.state("exp-c-1")["listed"])
    kept = tmp_path / "one.pem"
    kept.write_text(page[page.rindex("-----BEGIN") :])
    digest = lab.state("exp-c-1")["listed"][-1]
    lab.hand("remove-ca", peer="exp-c-1", sha256=digest)
    lab.hand("restart", peer="exp-c-1")
    assert main(["lab", "hand", "append-ca", "exp-c-1", str(kept), *place]) == 0
    state = lab.state("exp-c-1")
    assert state["listed"][-1] == digest
    assert digest not in state["loaded"]
    assert main(["lab", "hand", "append-ca", "exp-c-1", str(tmp_path / "none.pem"), *place]) == 5
    assert "none.pem: cannot be read" in capsys.readouterr().err


def test_removal_of_a_ca(lab: RunningLab) -> None:
    """A hand takes an entry out, colons or not; what is not there cannot be removed."""
    digest = lab.state("exp-c-1")["listed"][-1]
    written = ":".join(digest[i : i + 2] for i in range(0, 64, 2)).upper()
    lab.hand("remove-ca", peer="exp-c-1", sha256=written)
    assert digest not in lab.state("exp-c-1")["listed"]
    assert digest in lab.state("exp-c-1")["loaded"]
    with pytest.raises(LabError, match="holds no certificate"):
        lab.hand("remove-ca", peer="exp-c-1", sha256=digest)


def test_snapshot(lab: RunningLab) -> None:
    """A restore brings back settings, lists, names, life and clock."""
    before = lab.hand("state")
    lab.hand("snapshot", name="mine")
    lab.hand("edit", peer="exp-c-1", path="EdgeConfigServer VerifyOriginServer", value="Off")
    lab.hand("edit", node="cucm-pub", name="10.1.1.2")
    lab.hand("kill", host="exp-c-2")
    lab.hand("clock", seconds=3600)
    lab.hand("restore", name="mine")
    after = lab.hand("state")
    assert {**before, "now": 0} == {**after, "now": 0}
    assert lab.web("exp-c-2").uptime()


def test_clock(lab: RunningLab) -> None:
    """The clock moves the lab's time and the uptimes that follow from it."""
    page = lab.web("exp-c-1")
    before = page.uptime() or 0
    lab.hand("clock", seconds=7200)
    assert (page.uptime() or 0) >= before + 7200


@pytest.mark.parametrize(
    ("verb", "arguments", "said"),
    [
        ("dance", {}, "no verb dance"),
        ("restart", {}, "restart needs peer"),
        ("restart", {"peer": "exp-c-9"}, "choose one of exp-c-1"),
        ("refresh", {"cluster": "cucm"}, "no Expressway cluster cucm"),
        ("edit", {"node": "nobody", "name": "x"}, "no UC node nobody"),
        ("edit", {"peer": "exp-c-1", "path": "No Such", "value": "x"}, "has no setting"),
        ("fail", {"point": "anything"}, "choose one of read-lost"),
        ("restore", {"name": "never"}, "no snapshot never"),
        ("kill", {"host": "nobody"}, "no host nobody: choose one of exp-c-1"),
    ],
)
def test_refusals(lab: RunningLab, verb: str, arguments: dict[str, str], said: str) -> None:
    """A verb that cannot be carried out says why."""
    with pytest.raises(LabError, match=said):
        lab.hand(verb, **arguments)


def test_latency(tmp_path: Path) -> None:
    """With latency every reply is later, and lines of one write wait once."""
    with running(tmp_path / "slow", "healthy", peers=1, latency_ms=30) as slow, slow.shell("exp-c-1") as shell:
        replies = shell.ask(*["xStatus Alarm"] * 20)
    assert all(reply.endswith("OK") for reply in replies)

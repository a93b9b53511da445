"""Peers of different releases, restarts that are interrupted, and logins that are refused too often."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest
import requests

from remediate.lab.errors import LabError
from tests.lab.simulator.stock_clients import RunningLab, running, until

VERIFY = "EdgeConfigServer VerifyOriginServer"
CIPHERS = "Ciphers UcClientTLSCiphers Value"
PREFIX = "ECDHE-RSA-AES256-GCM-SHA384:"
PURGE = "EdgeConfigServer PurgeInterval"
QUICK = {"restart_s": "0.1", "refresh_s": "0.05"}


@pytest.fixture
def older(tmp_path: Path) -> Iterator[RunningLab]:
    """The seed's first case before its upgrade, each upgrade leaving the cipher lists as the seed's did."""
    switches = {**QUICK, "upgrade_ciphers": "kept"}
    with running(tmp_path / "lab", "seed-untrusted-ca", version="X14.0.7", switches=switches) as made:
        yield made


def refused(lab: RunningLab) -> set[str]:
    """Which peers answer 502."""
    return {step["peer"] for step in lab.hand("login")["steps"] if step["status"] == 502}


def test_first_upgraded_peer_breaks_logins(older: RunningLab) -> None:
    """The first upgraded peer verifies and refuses; the other does neither, and knows no such setting."""
    assert refused(older) == set()
    older.hand("upgrade", peer="exp-c-2", version="X14.2.5")
    assert refused(older) == {"exp-c-2"}
    with older.shell("exp-c-2") as shell:
        assert shell.ask(f"xConfiguration {VERIFY}") == [f'*c xConfiguration {VERIFY}: "On"\nOK']
    with older.shell("exp-c-1") as shell:
        assert shell.ask(f"xConfiguration {VERIFY}") == ["Command not recognized."]
    assert older.state("exp-c-2")["version"] == "X14.2.5"
    assert older.web("exp-c-2").call("GET", "/api/provisioning/sysinfo").json()["SoftwareVersion"] == "X14.2.5"
    assert (older.web("exp-c-2").uptime() or 0) < 1000


def test_no_replication_across_releases(older: RunningLab) -> None:
    """Values wait until both run one release, then the subordinate follows the primary, Off and all."""
    older.hand("upgrade", peer="exp-c-1", version="X14.2.5")
    older.hand("edit", peer="exp-c-1", path=VERIFY, value="Off")
    older.hand("edit", peer="exp-c-1", path=PURGE, value="99")
    older.hand("clock", seconds=60)
    assert older.state("exp-c-2")["settings"][PURGE] == "43200"
    assert VERIFY not in older.state("exp-c-2")["settings"]
    with older.shell("exp-c-1") as shell:
        said = shell.ask("xStatus Cluster", "xStatus Alternates")
    assert 'Status: "Failed"' in said[0]
    assert "Software version mismatch" in said[1]
    older.hand("upgrade", peer="exp-c-2", version="X14.2.5")
    until(lambda: older.state("exp-c-2")["settings"][VERIFY] == "Off", "the second peer never followed")
    assert older.state("exp-c-2")["settings"][PURGE] == "99"


def test_a_workaround_of_one_upgraded_peer_does_not_last(older: RunningLab) -> None:
    """Off on an upgraded subordinate holds while releases differ; once the primary has come, its On rules."""
    older.hand("upgrade", peer="exp-c-2", version="X14.2.5")
    with older.shell("exp-c-2") as shell:
        shell.ask(f"xConfiguration {VERIFY}: Off")
    older.hand("clock", seconds=60)
    assert older.state("exp-c-2")["settings"][VERIFY] == "Off"
    older.hand("upgrade", peer="exp-c-1", version="X14.2.5")
    until(lambda: older.state("exp-c-2")["settings"][VERIFY] == "On", "the second peer never followed")


def test_an_upgrade_loads_what_is_listed(older: RunningLab) -> None:
    """Its reboot pays the restart that an earlier upload owes."""
    trust = older.directory / "inventory" / "trust"
    for node in ("cucm-pub", "cucm-sub"):
        older.web("exp-c-1").upload((trust / f"{node}-tomcat-ecdsa.pem").read_bytes())
    assert older.state("exp-c-1")["restart_needed"]
    older.hand("upgrade", peer="exp-c-1", version="X14.2.5")
    state = older.state("exp-c-1")
    assert state["loaded"] == state["listed"]
    assert not state["restart_needed"]
    assert refused(older) == set()


@pytest.mark.parametrize(
    ("path", "rsa_first"),
    [
        (("X12.7", "X14.2.5"), False),
        (("X14.0.7", "X14.2.5"), True),
        (("X12.7", "X14.0.7", "X15.0"), True),
        (("X14.2.5", "X15.0"), False),
    ],
)
def test_cipher_lists_by_path(tmp_path: Path, path: tuple[str, ...], rsa_first: bool) -> None:
    """From below X14.0 ECDSA is preferred, from X14.0 on RSA; later upgrades change nothing (RN X14.2.5)."""
    with running(tmp_path / "lab", "healthy", peers=1, version=path[0], switches=QUICK) as lab:
        for version in path[1:]:
            lab.hand("upgrade", peer="exp-c-1", version=version)
        assert lab.state("exp-c-1")["settings"][CIPHERS].startswith(PREFIX) is rsa_first


def test_an_edited_cipher_list_stays(tmp_path: Path) -> None:
    """A list that somebody changed comes through an upgrade as it was."""
    with running(tmp_path / "lab", "healthy", peers=1, version="X14.0.7", switches=QUICK) as lab:
        lab.hand("edit", peer="exp-c-1", path=CIPHERS, value="HIGH:!aNULL")
        lab.hand("upgrade", peer="exp-c-1", version="X14.2.5")
        assert lab.state("exp-c-1")["settings"][CIPHERS] == "HIGH:!aNULL"


@pytest.mark.parametrize(("version", "said"), [("X14.2.5", "later"), ("X12.7", "later"), ("X99", "give one of")])
def test_refused_upgrades(lab: RunningLab, version: str, said: str) -> None:
    """Only a later release that the lab has."""
    with pytest.raises(LabError, match=said):
        lab.hand("upgrade", peer="exp-c-1", version=version)
    lab.hand("kill", host="exp-c-1")
    with pytest.raises(LabError, match="revive it first"):
        lab.hand("upgrade", peer="exp-c-1", version="X15.0")


def test_killed_in_a_restart(tmp_path: Path) -> None:
    """A peer killed while it restarts stays down until revived, and has started then."""
    with running(tmp_path / "lab", "healthy", switches={"restart_s": "0.3"}) as lab:
        trust = lab.directory / "inventory" / "trust" / "devices" / "cucm-pub.pem"
        lab.web("exp-c-2").upload(trust.read_bytes())
        restart = threading.Thread(target=lab.hand, args=("restart",), kwargs={"peer": "exp-c-2"})
        restart.start()
        until(lambda: not lab.state("exp-c-2")["alive"], "the peer never went down")
        lab.hand("kill", host="exp-c-2")
        restart.join()
        assert not lab.state("exp-c-2")["alive"]
        assert lab.state("exp-c-2")["restart_needed"]
        lab.hand("revive", host="exp-c-2")
        state = lab.state("exp-c-2")
        assert state["alive"]
        assert state["loaded"] == state["listed"]
        assert (lab.web("exp-c-2").uptime() or 0) < 1000


def test_revived_from_a_stuck_restart(lab: RunningLab) -> None:
    """A peer that never came back from its restart has started once somebody revives it."""
    lab.hand("fail", point="restart-stuck", host="exp-c-1")
    lab.hand("restart", peer="exp-c-1")
    assert not lab.state("exp-c-1")["alive"]
    lab.hand("revive", host="exp-c-1")
    assert (lab.web("exp-c-1").uptime() or 0) < 1000


def test_rest_logins_count_towards_the_ban(lab: RunningLab) -> None:
    """Refused logins over REST and SSH add up; a request without credentials is none."""
    lab.hand("edit", cluster="exp-c", switch="ban_after", value="2")
    page = lab.web("exp-c-1")
    page.session.auth = None
    assert page.call("GET", "/api/provisioning/sysinfo").status_code == 401
    page.session.auth = ("admin", "wrong")
    assert page.call("GET", "/api/provisioning/sysinfo").status_code == 401
    with pytest.raises(paramiko.AuthenticationException), lab.connected("exp-c-1", "wrong"):
        pass
    with pytest.raises(requests.ConnectionError):
        lab.web("exp-c-1").call("GET", "/api/provisioning/sysinfo")
    with pytest.raises((paramiko.SSHException, EOFError, ConnectionError)), lab.connected("exp-c-1", lab.password()):
        pass
    assert lab.web("exp-c-2").uptime()
    lab.hand("restart", peer="exp-c-1")
    assert lab.web("exp-c-1").uptime() is not None

"""A change window done by hand on the lab: what a login shows before, between and after."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.simulator.stock_clients import RunningLab, running, until

VERIFY = "EdgeConfigServer VerifyOriginServer"
QUICK = {"restart_s": "0.1", "refresh_s": "0.05"}
Failure = tuple[str, str, int, int]


def failures(lab: RunningLab) -> set[Failure]:
    """Every step of a login that is not answered 200: peer, name, port, status."""
    steps: list[dict[str, Any]] = lab.hand("login")["steps"]
    assert {step["peer"] for step in steps} == {"exp-c-1", "exp-c-2"}
    return {(step["peer"], step["name"], step["port"], step["status"]) for step in steps if step["status"] != 200}


@pytest.fixture
def by_ip(tmp_path: Path) -> Iterator[RunningLab]:
    """A lab of the seed's second case."""
    with running(tmp_path / "lab", "seed-server-by-ip", switches=QUICK) as lab:
        yield lab


def test_untrusted_ca(lab: RunningLab) -> None:
    """502 on 6972 alone; an upload mends it on that peer, and only after its restart."""
    nodes = [f"cucm-{word}.example.test" for word in ("pub", "sub")]
    broken = {(peer, node, 6972, 502) for peer in ("exp-c-1", "exp-c-2") for node in nodes}
    assert failures(lab) == broken
    trust = lab.directory / "inventory" / "trust"
    for node in ("cucm-pub", "cucm-sub"):
        lab.web("exp-c-2").upload((trust / f"{node}-tomcat-ecdsa.pem").read_bytes())
    assert failures(lab) == broken
    lab.hand("restart", peer="exp-c-2")
    assert failures(lab) == {failure for failure in broken if failure[0] == "exp-c-1"}


def test_workaround(lab: RunningLab) -> None:
    """Off on the primary lets every login through once the other peer has followed; On shuts it again."""
    with lab.shell("exp-c-1") as shell:
        shell.ask(f"xConfiguration {VERIFY}: Off")
        until(lambda: lab.state("exp-c-2")["settings"][VERIFY] == "Off", "the second peer never followed")
        assert not failures(lab)
        shell.ask(f"xConfiguration {VERIFY}: On")
        until(lambda: lab.state("exp-c-2")["settings"][VERIFY] == "On", "the second peer never followed")
    assert len(failures(lab)) == 4


def test_server_by_ip(by_ip: RunningLab) -> None:
    """502 by the publisher's address; a rename gives 403 until Refresh, then 200."""
    address = by_ip.inventory["clusters"]["cucm"]["nodes"]["cucm-pub"]["address"]
    assert {(name, status) for _, name, _, status in failures(by_ip)} == {(address, 502)}
    by_ip.hand("edit", node="cucm-pub", name="cucm-pub.example.test")
    assert {(name, status) for _, name, _, status in failures(by_ip)} == {("cucm-pub.example.test", 403)}
    by_ip.hand("refresh", cluster="exp-c")
    assert not failures(by_ip)


def test_older_release(tmp_path: Path) -> None:
    """Before X14.2 nothing is verified, and the setting is not known."""
    with running(tmp_path / "lab", "seed-untrusted-ca", version="X14.0.7") as lab:
        assert not failures(lab)
        with lab.shell("exp-c-1") as shell:
            assert shell.ask(f"xConfiguration {VERIFY}") == ["Command not recognized."]

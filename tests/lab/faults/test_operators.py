"""Two operators at once: two processes, one ledger, one cluster. The lab's own record says who wrote when."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from remediate.lab.control import send
from remediate.lab.serve import Order as LabOrder
from remediate.lab.serve import down, up
from tests.support.mortal import Life, Order, ended, live, started
from tests.support.postgresql import server
from tests.support.truth import Record, truth

PLAYBOOKS = Path(__file__).parents[3] / "playbooks"
PLANS = {"fix": "mra-origin-verification.yml", "off": "mra-workaround.yml"}
ROUNDS = 2
PEERS = 3


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Three peers, each with settings and a list of its own, and a plan for either."""
    home = tmp_path_factory.mktemp("operators")
    made = home / "lab"
    up(LabOrder("seed-untrusted-ca", made, peers=PEERS, switches={"verify_scope": "per-peer"}), detach=True)
    try:
        for name, playbook in PLANS.items():
            line = ("plan", str(PLAYBOOKS / playbook), "-i", str(made / "inventory"), "-o", str(home / f"{name}.plan"))
            life = live(Order(line, made, home / name))
            assert life.code == 0, life.screen
        send(made, "snapshot", name="start")
        yield made
    finally:
        down(made)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """One empty ledger for both: a file, then a database that two machines would share."""
    if request.param == "sqlite":
        yield str(tmp_path / "ledger" / "ledger.sqlite")
        return
    with server() as made:
        yield made.new_database()


def at_once(lab: Path, home: Path, *lines: str) -> list[Life]:
    """Operators press Enter in the same moment; `FIX` and `OFF` stand for the plans."""
    gate = home / "gate"
    gate.unlink(missing_ok=True)
    words = {name.upper(): str(lab.parent / f"{name}.plan") for name in PLANS} | {"INV": str(lab / "inventory")}
    orders = [
        Order(tuple(words.get(word, word) for word in line.split()), lab, home / f"operator-{number}", waits_for=gate)
        for number, line in enumerate(lines)
    ]
    processes = [started(order) for order in orders]
    gate.touch()
    return [ended(order, process) for order, process in zip(orders, processes, strict=True)]


def turns(record: Record) -> list[str]:
    """Whose writes followed each other: the two plans write by different verbs."""
    return [verb for verb, _ in groupby(write.verb for write in record.writes())]


def test_writes_never_interleave(lab: Path, url: str, tmp_path: Path) -> None:
    """I12: one waits for the other; each writes on all peers without the other in between."""
    for number in range(ROUNDS):
        send(lab, "restore", name="start")
        record, before = Record(lab), truth(lab)
        wait = f"-i INV --ledger {url}{number if '://' not in url else ''} --lock-timeout 10h"
        fix, off = at_once(lab, tmp_path, f"apply FIX {wait}", f"apply OFF {wait}")
        assert (fix.code, off.code) == (0, 0), fix.screen + off.screen
        assert len(record.writes()) == 2 * PEERS
        assert sorted(turns(record)) == ["https-POST", "ssh-set"]
        assert len(truth(lab).off) == PEERS
        assert all(listed != before.trusted(peer) for peer, listed in truth(lab).listed if peer.startswith("exp-c"))
        if "://" in url:
            return


def test_the_second_is_told_who_holds_the_lock(lab: Path, url: str, tmp_path: Path) -> None:
    """Without patience the loser ends with 6, names the holder, and has written nothing."""
    send(lab, "restore", name="start")
    record = Record(lab)
    lives = at_once(lab, tmp_path, *(f"apply {plan} -i INV --ledger {url}" for plan in ("FIX", "OFF")))
    codes = sorted(life.code for life in lives)
    assert codes in ([0, 6], [0, 0]), [life.screen for life in lives]
    assert len(turns(record)) == codes.count(0)
    for life in lives:
        assert life.code == 0 or "exp-c is locked by" in life.screen


def test_one_plan_twice(lab: Path, url: str, tmp_path: Path) -> None:
    """I8: the same plan by two operators is carried out once."""
    send(lab, "restore", name="start")
    record = Record(lab)
    wait = f"apply FIX -i INV --ledger {url} --lock-timeout 10h"
    lives = at_once(lab, tmp_path, wait, wait)
    assert {life.code for life in lives} <= {0, 3}, [life.screen for life in lives]
    assert len(record.writes()) == PEERS


def test_two_ledgers(lab: Path, tmp_path: Path) -> None:
    """F031: nothing but the devices connects the two. Each write is compared with what stands there right before it;
    nobody switches back and forth, and no device is left with half of anything."""
    send(lab, "restore", name="start")
    record, before = Record(lab), truth(lab)
    lines = (f"apply FIX -i INV --ledger {tmp_path / str(n) / 'ledger.sqlite'}" for n in range(2))
    lives = at_once(lab, tmp_path, *lines)
    assert {life.code for life in lives} <= {0, 2, 3, 9}, [life.screen for life in lives]
    assert len(record.writes()) <= 2 * PEERS
    for peer, listed in truth(lab).listed:
        assert listed[: len(before.trusted(peer))] == before.trusted(peer)
        assert len(set(listed)) == len(listed)

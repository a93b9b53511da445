"""Verbs that need nothing but a ledger, on a real one."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from remediate.cli.main import main
from remediate.journal.entries import Entry, LeaseOpened, ObligationOwed, RunClosed, RunOpened
from remediate.ledger.store import open_ledger
from remediate.model.outstanding import Lease, Obligation

NOW = datetime.now(UTC).replace(microsecond=0)
Captured = pytest.CaptureFixture[str]


class Now:
    """The ledger's clock."""

    def now(self) -> datetime:
        """The moment of this test run."""
        return NOW


def opened() -> tuple[Entry, ...]:
    """A run on one cluster that opened and closed well."""
    whole = RunOpened(
        run="r1", at=NOW, plan="0" * 64, steps_digest="0" * 64, purpose="remediate", clusters=("exp-c",), who="me"
    )
    return whole, RunClosed(run="r1", at=NOW, outcome="done")


def leased(expires: datetime) -> Entry:
    """A temporary workaround of that run."""
    lease = Lease(
        cluster="exp-c",
        owner="A. Person",
        ticket="CHG1",
        reason="x",
        opened_at=NOW - timedelta(days=3),
        expires=expires,
        run="r1",
    )
    return LeaseOpened(run="r1", cluster="exp-c", at=NOW, lease=lease)


def owed(kind: str) -> Entry:
    """A pending action of that run."""
    obligation = Obligation.model_validate(
        {
            "id": f"r1.{kind}",
            "kind": kind,
            "cluster": "cucm",
            "host": "cucm-pub",
            "since": NOW,
            "run": "r1",
            "what": "Cisco Tftp",
        }
    )
    return ObligationOwed(run="r1", cluster="cucm", at=NOW, obligation=obligation)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Where the ledger of a test lies."""
    return str(tmp_path / ".remediate" / "ledger.sqlite")


def written(url: str, *entries: Entry) -> None:
    """A ledger that holds a closed run and these."""
    ledger = open_ledger(url, Now())
    for entry in (*opened(), *entries):
        ledger.append(entry)


def test_no_ledger_is_nothing_outstanding(url: str, capsys: Captured) -> None:
    """Where nothing was ever written nothing is outstanding; it says where it looked, and asking writes nothing."""
    assert main(["status", "--ledger", url]) == 0
    told = capsys.readouterr().out
    assert told.startswith(f"Nothing is outstanding.\nNo ledger at {url} yet")
    assert not Path(url).exists()


@pytest.mark.parametrize(("hours", "status", "listed"), [(5, 13, 0), (-5, 12, 12)], ids=["in time", "expired"])
def test_workaround(url: str, capsys: Captured, hours: int, status: int, listed: int) -> None:
    """A temporary workaround is outstanding (13); past its date both verbs alarm (12)."""
    written(url, leased(NOW + timedelta(hours=hours)))
    assert main(["status", "--ledger", url]) == status
    assert capsys.readouterr().out.endswith(f"\nLedger: {url}\n")
    assert main(["workaround", "list", "--ledger", url, "-detailed-exitcode"]) == listed
    assert main(["workaround", "list", "--ledger", url]) == 0


def test_status_as_json(url: str, capsys: Captured) -> None:
    """The document names what is expired and what is owed."""
    written(url, leased(NOW - timedelta(hours=1)), owed("restart"))
    main(["status", "--ledger", url, "-json"])
    document = json.loads(capsys.readouterr().out)
    assert (document["kind"], document["expired"]) == ("status", ["exp-c"])
    assert [o["kind"] for o in document["obligations"]] == ["restart"]


def extended(url: str, days: float, cluster: str = "exp-c") -> int:
    """Exit code of an extension to so many days from now."""
    until = (NOW + timedelta(days=days)).isoformat()
    words = ["--until", until, "--approver", "B", "--reason", "y"]
    return main(["workaround", "extend", cluster, "--ledger", url, *words])


def test_extended_twice_at_most(url: str, capsys: Captured) -> None:
    """Two extensions are noted with approver and reason; the third is refused."""
    written(url, leased(NOW + timedelta(days=1)))
    assert [extended(url, 2), extended(url, 3), extended(url, 4)] == [0, 0, 7]
    assert "extended 2 times already" in capsys.readouterr().err


@pytest.mark.parametrize(("days", "cluster"), [(0.5, "exp-c"), (31, "exp-c"), (2, "exp-d")])
def test_extension_out_of_bounds(url: str, days: float, cluster: str) -> None:
    """Not earlier than its present end, not beyond 30 days, and not where none is in force."""
    written(url, leased(NOW + timedelta(days=1)))
    assert extended(url, days, cluster) == 5


def test_extended_into_the_past(url: str, capsys: Captured) -> None:
    """One that is over is not moved to another time that is over; that would only use an extension up."""
    written(url, leased(NOW - timedelta(days=3)))
    assert extended(url, -1) == 5
    assert "later than now" in capsys.readouterr().err
    assert extended(url, 1) == 0


def test_extended_without_a_word(url: str, capsys: Captured) -> None:
    """Who allowed it, and why, is not blank."""
    written(url, leased(NOW + timedelta(days=1)))
    until = (NOW + timedelta(days=2)).isoformat()
    words = ["--until", until, "--approver", "B", "--reason", " "]
    assert main(["workaround", "extend", "exp-c", "--ledger", url, *words]) == 5
    assert "--reason: must not be blank" in capsys.readouterr().err


def test_attested(url: str, capsys: Captured) -> None:
    """The restart of a UC service leaves no trace; once somebody vouches for it, it is owed no more."""
    written(url, owed("restart-service"))
    assert main(["status", "--ledger", url]) == 13
    assert "remediate attest r1.restart-service -i INV\n" in capsys.readouterr().out
    assert main(["attest", "r1.restart-service", "--ledger", url, "--who", "A. Person"]) == 0
    assert main(["status", "--ledger", url]) == 0


def test_what_can_be_seen_is_not_attested(url: str, capsys: Captured) -> None:
    """A peer's restart is read, so nobody's word stands for it; an unknown id names the nearest."""
    written(url, owed("restart"))
    assert main(["attest", "r1.restart", "--ledger", url]) == 7
    assert main(["attest", "r1.restrat", "--ledger", url]) == 5
    assert "did you mean r1.restart?" in capsys.readouterr().err


def test_ledger_verify_and_export(url: str, capsys: Captured) -> None:
    """Each chain is named with its end; the export is one JSON document per line."""
    written(url)
    assert main(["ledger", "verify", "--ledger", url]) == 0
    assert capsys.readouterr().out.startswith("r1 -: 2 entries, ends with ")
    assert main(["ledger", "export", "--ledger", url]) == 0
    assert [json.loads(line)["kind"] for line in capsys.readouterr().out.splitlines()] == ["run-opened", "run-closed"]


def test_b109_ledger_that_is_no_ledger(url: str, capsys: Captured) -> None:
    """A text file in its place is an error in one line, and nothing is written."""
    Path(url).parent.mkdir(mode=0o700)
    Path(url).write_text("not a database, " * 100, encoding="utf-8")
    Path(url).chmod(0o600)
    assert main(["status", "--ledger", url]) == 1
    assert capsys.readouterr().err.startswith("error: ")


def test_lint(tmp_path: Path, capsys: Captured) -> None:
    """Files that cannot be read are told, with the exit code of bad input."""
    assert main(["lint", str(tmp_path / "nowhere.yml")]) == 5
    assert "nowhere.yml" in capsys.readouterr().out


def test_rollback_where_nothing_ran(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty ledger is most likely another inventory's."""
    (tmp_path / "clusters.yml").write_text("clusters:\n  c: {role: expressway-c, peers: {p: {address: 10.0.0.1}}}\n")
    assert main(["rollback", "last", "-i", str(tmp_path)]) == 5
    assert "this ledger holds no run: was it -i of another inventory?" in capsys.readouterr().err

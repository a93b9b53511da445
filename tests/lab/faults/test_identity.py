"""Who is at the other end, and who may know a password."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lab.faults.bench import Bench, Benches
from tests.lab.stories.window import FIX
from tests.support.tiny_tcp import listening, relaying

pytestmark = pytest.mark.xdist_group("faults-admins")
PEER = "exp-c-2"


def logins(story: Bench, host: str = PEER) -> int:
    """Login attempts that a peer saw."""
    return story.sent("ssh-login").count(host)


def test_f060_unknown_host_key(bench: Benches) -> None:
    """No pin: the fingerprint and the way to pin it are shown, no password leaves, nothing is stored."""
    story = bench()
    with story.document() as document:
        del document["clusters"]["exp-c"]["peers"][PEER]["ssh_host_key"]
    before = sorted(path.name for path in story.inventory.rglob("*"))
    plan = story.type(f"plan {FIX} -i INV")
    assert plan.code == 4, plan.text
    assert "SHA256:" in plan.text
    assert "trust add exp-c-2" in plan.text
    assert logins(story) == 0
    assert sorted(path.name for path in story.inventory.rglob("*")) == before


def test_f061_changed_host_key(bench: Benches) -> None:
    """Both fingerprints are shown, no password leaves, the other peers are read."""
    story = bench()
    with story.document() as document:
        peers = document["clusters"]["exp-c"]["peers"]
        peers[PEER]["ssh_host_key"] = peers["exp-c-3"]["ssh_host_key"]
    read = story.type("status -i INV")
    told = next(line for line in read.text.splitlines() if line.startswith(f"{PEER}: unknown"))
    assert told.count("SHA256:") >= 2
    assert logins(story) == 0
    assert "exp-c-3: VerifyOriginServer On" in read.text


@pytest.mark.parametrize("command", ["status -i INV", "collect -i INV -o HOME/c.capture"], ids=["F063", "F143"])
def test_wrong_password(command: str, bench: Benches) -> None:
    """One refused login in the whole fleet, whatever is read; the risk is named."""
    story = bench()
    (story.inventory / "secrets" / "exp-c-admin").write_text("not it\n")
    read = story.type(command)
    refused = [e for e in story.record() if e["verb"] == "ssh-login" and e["result"] != "accepted"]
    assert len(refused) == 1
    assert "lock an account" in read.text
    assert "not it" not in read.text


ENVIRONMENTS = {
    "F066": {"REQUESTS_CA_BUNDLE": "/dev/null", "CURL_CA_BUNDLE": "/dev/null", "SSL_CERT_FILE": "/dev/null"},
    "F067": {
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "ALL_PROXY": "http://127.0.0.1:9",
        "HTTP_PROXY": "http://127.0.0.1:9",
    },
}


@pytest.mark.parametrize("more", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_environment(more: dict[str, str], bench: Benches) -> None:
    """CA bundles, proxies and a netrc of the surroundings change nothing of what is read."""
    story = bench()
    (story.home / ".netrc").write_text("default login mallory password wrong\n")
    (story.home / ".netrc").chmod(0o600)
    plain = story.type("status -i INV")
    other = story.ended(story.start("status -i INV", env=story.environment(HOME=str(story.home), **more)))
    assert (other.code, other.text) == (plain.code, plain.text)


def test_f068_key_log(bench: Benches) -> None:
    """No file of TLS keys is made, though the surroundings ask for one."""
    story = bench()
    file = story.home / "keys.log"
    read = story.ended(story.start("collect -i INV -o HOME/c.capture", env=story.environment(SSLKEYLOGFILE=str(file))))
    assert read.code == 0, read.text
    assert not file.exists()


def test_f070_certificate_that_nobody_vouches_for(bench: Benches) -> None:
    """What a UC port shows is evidence: without a word of the operator no byte of it is in the plan."""
    story = bench()
    with story.document() as document:
        document["trusted_certificates"] = {
            name: kept for name, kept in document["trusted_certificates"].items() if name.startswith("lab-")
        }
    plan = story.type(f"plan {FIX} -i INV -o HOME/fix.plan")
    assert plan.code == 7, plan.text
    assert "UNVERIFIED" in plan.text
    assert b"upload-certificates" not in (story.home / "fix.plan").read_bytes()


def test_f071_wrong_fingerprint(bench: Benches) -> None:
    """Refused; the right one is not said, and nothing is stored."""
    story = bench()
    before = sorted(path.name for path in story.inventory.rglob("*"))
    told = story.type(f"trust add {PEER} -i INV --fingerprint SHA256:{'A' * 43}")
    assert told.code != 0, told.text
    assert logins(story) == 0
    assert sorted(path.name for path in story.inventory.rglob("*")) == before


def test_f073_certificate_changes_after_the_plan(bench: Benches) -> None:
    """A UC server has a new certificate since the plan: stale, neither the old nor the new one is uploaded."""
    story = bench()
    story.planned()
    story.hand("reissue", node="cucm-pub", service="tomcat-ECDSA", issuer="self")
    done = story.type("apply HOME/fix.plan -i INV")
    assert done.code == 3, done.text
    assert "cucm-pub:6972" in done.text
    assert story.sent("https-POST") == []


def test_f075_pin_of_another_device(bench: Benches) -> None:
    """A self-signed certificate that is not the pinned one gets no HTTP byte, and says so."""
    story = bench()
    with story.document() as document:
        peers = document["clusters"]["exp-c"]["peers"]
        peers[PEER].update({name: peers["exp-c-3"][name] for name in ("tls_certificate", "tls_sha256")})
    plan = story.type(f"plan {FIX} -i INV")
    assert plan.code == 4, plan.text
    assert story.sent("https-GET").count(PEER) == 0
    assert "nothing was sent" in plan.text


def test_f076_address_that_leads_elsewhere(bench: Benches) -> None:
    """After the plan the way to a peer ends at another one: its host key is not the pinned one, no login, no write."""
    story = bench()
    story.planned()
    address = story.address(PEER)
    before = logins(story, "exp-c-3")
    with listening(relaying((story.address("exp-c-3"), 5022)), address) as port, story.document() as document:
        document["clusters"]["exp-c"]["peers"][PEER]["ports"]["ssh"] = port
        story.flush(document)
        done = story.type("apply HOME/fix.plan -i INV")
    assert done.code == 4, done.text
    assert story.writes() == []
    assert "the SSH host key has changed" in done.text
    assert logins(story, "exp-c-3") - before <= 2


def test_f077_address_of_another_device(bench: Benches) -> None:
    """The inventory now gives a peer the address and the keys of another device: the plan does not fit it."""
    story = bench()
    story.planned()
    with story.document() as document:
        peers = document["clusters"]["exp-c"]["peers"]
        one, other = dict(peers[PEER]), dict(peers["exp-c-3"])
        peers[PEER].update(other)
        peers["exp-c-3"].update(one)
    done = story.type("apply HOME/fix.plan -i INV")
    assert done.code == 3, done.text
    assert story.writes() == []


def test_secrets_stay_out(bench: Benches) -> None:
    """The password of a device is in no file that a window leaves, nor on its screens."""
    story = bench()
    password = (story.inventory / "secrets" / "exp-c-admin").read_text().strip()
    story.planned()
    story.type("apply HOME/fix.plan -i INV -v")
    files = [path for path in Path(story.home).rglob("*") if path.is_file() and path.parent.name != "secrets"]
    assert [path.name for path in files if password.encode() in path.read_bytes()] == []
    assert not any(password in screen.text for screen in story.screens)

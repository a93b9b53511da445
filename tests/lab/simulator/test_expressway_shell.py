"""The xAPI shell, asked by stock SSH clients."""

from __future__ import annotations

import asyncio
import re

import asyncssh
import netmiko
import paramiko
import pytest

from tests.lab.simulator.stock_clients import RunningLab, until

VERIFY = "xConfiguration EdgeConfigServer VerifyOriginServer"


def test_banner_names_the_version(lab: RunningLab) -> None:
    """The text after login holds what version scanners look for."""
    with lab.shell("exp-c-1") as shell:
        shell.channel.sendall(b"\r\n")
        text = shell.read_until("\r\n\r\n")
    found = re.search(r"TANDBERG Video Communication Server X([0-9.]+[^\r\n]+)", text)
    assert found is not None
    assert found[1] == "14.2.5"


def test_exact_leaf(lab: RunningLab) -> None:
    """One leaf reads back as one `*c` line, its value quoted, then OK."""
    with lab.shell("exp-c-1") as shell:
        assert shell.ask(VERIFY) == [f'*c {VERIFY}: "On"\nOK']


def test_subtree(lab: RunningLab) -> None:
    """A path above leaves lists all of them."""
    with lab.shell("exp-c-1") as shell:
        (reply,) = shell.ask("xConfiguration EdgeConfigServer")
    names = [line.split()[3].rstrip(":") for line in reply.splitlines()[:-1]]
    assert names == ["CredentialTtl", "PurgeInterval", "RateLimitLogins", "RateLimitPeriod", "VerifyOriginServer"]


@pytest.mark.parametrize("asked", ["xconf edgeconfigserver verifyoriginserver", VERIFY.upper(), f"  {VERIFY}  "])
def test_case_and_abbreviation(lab: RunningLab, asked: str) -> None:
    """Verbs may be short, and case is free."""
    with lab.shell("exp-c-1") as shell:
        (reply,) = shell.ask(asked)
    assert reply.endswith(f'*c {VERIFY}: "On"\nOK')


def test_netmiko(lab: RunningLab) -> None:
    """netmiko's own driver for this shell works; its pattern wants the CR LF that it else normalises away."""
    entry = lab.peer("exp-c-1")
    session = netmiko.ConnectHandler(
        device_type="cisco_tp",
        host=entry["address"],
        port=entry["ports"]["ssh"],
        username="admin",
        password=lab.password(),
        disable_lf_normalization=True,
        global_delay_factor=0.05,
    )
    try:
        assert '"On"' in session.send_command(VERIFY)
    finally:
        assert session.remote_conn_pre is not None
        session.remote_conn_pre.close()  # its own farewell waits for a prompt that this shell has not


def test_replication_from_the_primary(lab: RunningLab) -> None:
    """A set on the primary answers OK and reaches the other peer later, not at once."""
    with lab.shell("exp-c-1") as first, lab.shell("exp-c-2") as second:
        assert first.ask(f"{VERIFY}: Off") == ["OK"]
        assert '"On"' in second.ask(VERIFY)[0]
        until(lambda: '"Off"' in second.ask(VERIFY)[0], "the second peer never followed")


def test_write_on_a_subordinate(lab: RunningLab) -> None:
    """A set on a subordinate holds until the primary overwrites it."""
    with lab.shell("exp-c-2") as second:
        assert second.ask(f"{VERIFY}: Off", VERIFY)[1].splitlines()[0].endswith('"Off"')
        until(lambda: '"On"' in second.ask(VERIFY)[0], "the primary never overwrote it")


def test_per_peer_scope(lab: RunningLab) -> None:
    """With the switch, a peer keeps what it was told and the other keeps its own."""
    lab.hand("edit", cluster="exp-c", switch="verify_scope", value="per-peer")
    with lab.shell("exp-c-1") as first, lab.shell("exp-c-2") as second:
        first.ask(f"{VERIFY}: Off", "xConfiguration EdgeConfigServer PurgeInterval: 60")
        until(lambda: '"60"' in second.ask("xConfiguration EdgeConfigServer PurgeInterval")[0], "nothing followed")
        assert '"On"' in second.ask(VERIFY)[0]


@pytest.mark.parametrize(
    ("line", "last"),
    [
        ("xConfiguration EdgeConfigServer NoSuchThing", "Command not recognized."),
        ("xConfiguration EdgeConfigServer NoSuchThing: On", "Command not recognized."),
        ("xCommand SecurityCertAdd", "Command not recognized."),
        ("xStatus NoSuchThing", "Command not recognized."),
        ("show version", "Command not recognized."),
        (f"{VERIFY}: Perhaps", "ERROR"),
        (f"{VERIFY}:", "ERROR"),
        ("xConfiguration EdgeConfigServer RateLimitLogins: 101", "ERROR"),
        ("xConfiguration SystemUnit Name: two words", "ERROR"),
        ('xConfiguration SystemUnit Name: "open', "ERROR"),
        ('xConfiguration SystemUnit Name: "two words"', "OK"),
        (f'{VERIFY}: "off"', "OK"),
    ],
)
def test_last_line(lab: RunningLab, line: str, last: str) -> None:
    """What is unknown, wrong or right ends in its own last line."""
    with lab.shell("exp-c-1") as shell:
        assert shell.ask(line)[0].splitlines()[-1] == last


def test_casing_switch(lab: RunningLab) -> None:
    """With the switch, only the release note's casing is taken."""
    lab.hand("edit", cluster="exp-c", switch="casing", value="upper")
    with lab.shell("exp-c-1") as shell:
        replies = shell.ask(f"{VERIFY}: Off", f"{VERIFY}: OFF", VERIFY)
    assert [reply.splitlines()[-1] for reply in replies] == ["ERROR", "OK", "OK"]
    assert '"Off"' in replies[2]


def test_status_frames(lab: RunningLab) -> None:
    """A status element is framed by `*s NAME: /` and `*s/end`, its children indented."""
    with lab.shell("exp-c-1") as shell:
        (reply,) = shell.ask("xStatus SystemUnit")
    assert reply.startswith("*s SystemUnit: /\n")
    assert reply.endswith("*s/end\nOK")
    assert re.search(r'    Version: "X14\.2\.5"', reply)
    assert re.search(r'ExpresswaySeries\s*:\s*"True"', reply)


def test_alternates_show_a_dead_peer(lab: RunningLab) -> None:
    """A peer that is down reads Failed on the others."""
    lab.hand("kill", host="exp-c-2")
    with lab.shell("exp-c-1") as shell:
        alternates, cluster = shell.ask("xStatus Alternates", "xStatus Cluster")
    assert 'Cause: "Connect failed"' in alternates
    assert 'Status: "Failed"' in cluster


def test_dns_lookup(lab: RunningLab) -> None:
    """A peer resolves the nodes' names, and says nothing for others."""
    address = lab.inventory["clusters"]["cucm"]["nodes"]["cucm-pub"]["address"]
    with lab.shell("exp-c-1") as shell:
        found, missing = shell.ask(
            'xCommand DNS Lookup Hostname: "cucm-pub.example.test" RecordType: a',
            'xCommand DNS Lookup Hostname: "nobody.example.test" RecordType: a',
        )
    assert f'Address: "{address}"' in found
    assert "Address" not in missing


def test_restart_command(lab: RunningLab) -> None:
    """A restart answers OK, cuts the session and comes back with a small uptime."""
    page = lab.web("exp-c-1")
    with lab.shell("exp-c-1") as shell:
        assert shell.ask("xCommand Restart") == ["OK"]
        until(lambda: not shell.channel.get_transport().is_active(), "the session was not cut")
    until(lambda: (page.uptime() or 10_000) < 1000, "the peer never came back")


def test_force_config_update(lab: RunningLab) -> None:
    """A subordinate takes the primary's settings again, at once."""
    lab.hand("edit", cluster="exp-c", switch="verify_scope", value="per-peer")
    with lab.shell("exp-c-2") as shell:
        shell.ask("xConfiguration EdgeConfigServer PurgeInterval: 77")
        replies = shell.ask("xCommand Force Config Update", "xConfiguration EdgeConfigServer PurgeInterval")
    assert "43200" in replies[1]


def test_wrong_password(lab: RunningLab) -> None:
    """A wrong password is refused, recorded without the password, and the right one still works."""
    with pytest.raises(paramiko.AuthenticationException), lab.connected("exp-c-1", "wr0ng-Secret"):
        pass
    assert lab.record(host="exp-c-1", verb="ssh-login", result="refused")
    assert "wr0ng-Secret" not in (lab.directory / "record.ndjson").read_text()
    with lab.shell("exp-c-1") as shell:
        assert shell.ask(VERIFY)


def test_ban(lab: RunningLab) -> None:
    """With the switch, a client that was refused too often is cut off until the peer restarts."""
    lab.hand("edit", cluster="exp-c", switch="ban_after", value="1")
    with pytest.raises(paramiko.AuthenticationException), lab.connected("exp-c-1", "wr0ng-Secret"):
        pass
    with pytest.raises((paramiko.SSHException, EOFError, OSError)), lab.connected("exp-c-1", lab.password()):
        pass
    lab.hand("restart", peer="exp-c-1")
    with lab.shell("exp-c-1") as shell:
        assert shell.ask(VERIFY)


def test_session_limit(lab: RunningLab) -> None:
    """With the switch, one session more than allowed gets no shell until another has ended."""

    def granted() -> bool:
        try:
            with lab.shell("exp-c-1") as other:
                return bool(other.ask(VERIFY))
        except paramiko.ChannelException:
            return False

    with lab.shell("exp-c-1") as shell:
        lab.hand("edit", cluster="exp-c", switch="max_sessions", value="1")
        assert not granted()
        assert shell.ask(VERIFY)
    until(granted, "the ended session still counts")


def test_idle_timeout(lab: RunningLab) -> None:
    """With the switch, a silent session is closed."""
    lab.hand("edit", cluster="exp-c", switch="idle_s", value="0.05")
    with lab.shell("exp-c-1") as shell:
        until(lambda: shell.channel.closed, "the session stayed")


def test_exec_channel(lab: RunningLab) -> None:
    """Commands on an exec channel are refused: only the shell is there."""
    with lab.connected("exp-c-1", lab.password()) as client, pytest.raises(paramiko.SSHException):
        client.exec_command(VERIFY)


def test_batch_in_one_write(lab: RunningLab) -> None:
    """Lines sent at once are answered in order."""
    with lab.shell("exp-c-1") as shell:
        replies = shell.ask(f"{VERIFY}: Off", VERIFY, f"{VERIFY}: On", VERIFY)
    assert [reply.splitlines()[0].split()[-1] for reply in replies] == ["OK", '"Off"', "OK", '"On"']


def test_batch_switch(lab: RunningLab) -> None:
    """With the switch, only the first line of a write is executed."""
    lab.hand("edit", cluster="exp-c", switch="batch", value="first-line-only")
    with lab.shell("exp-c-1") as shell:
        shell.channel.sendall(f"{VERIFY}: Off\r\nxConfiguration SystemUnit Name: dropped\r\n".encode())
        shell.read_until("OK\r\n")
        assert '"exp-c-1"' in shell.ask("xConfiguration SystemUnit Name")[0]


def test_reply_end_and_prompt_switches(lab: RunningLab) -> None:
    """The forms that no document settles are there to be met."""
    lab.hand("edit", cluster="exp-c", switch="reply_end", value="** end")
    lab.hand("edit", cluster="exp-c", switch="prompt", value="on")
    with lab.shell("exp-c-1") as shell:
        shell.channel.sendall(f"{VERIFY}\r\n".encode())
        assert "** end\r\nOK\r\ntsh> " in shell.read_until("OK\r\ntsh> ")


@pytest.mark.parametrize(
    ("point", "executed"),
    [("set-dropped", False), ("set-lost", True), ("set-refused", False), ("set-ignored", False)],
)
def test_failpoints_of_a_set(lab: RunningLab, point: str, executed: bool) -> None:
    """A set may get lost before or after it took effect, be refused, or be ignored; the record knows."""
    lab.hand("fail", point=point, nth=1, host="exp-c-1")
    with lab.shell("exp-c-1") as shell:
        shell.channel.sendall(f"{VERIFY}: Off\r\n".encode())
        until(lambda: bool(lab.record(verb="ssh-set", result=point.removeprefix("set-"))), "no set was recorded")
    assert lab.state("exp-c-1")["settings"]["EdgeConfigServer VerifyOriginServer"] == ("Off" if executed else "On")


@pytest.mark.parametrize(("kex", "meets"), [("ecdh-sha2-nistp256", True), ("curve25519-sha256", False)])
def test_key_exchange(lab: RunningLab, kex: str, meets: bool) -> None:
    """The server offers what an X15.0 sshd offers, and nothing newer."""
    entry = lab.peer("exp-c-1")

    async def connect() -> bool:
        try:
            async with asyncssh.connect(
                entry["address"],
                entry["ports"]["ssh"],
                username="admin",
                password=lab.password(),
                kex_algs=[kex],
                known_hosts=None,
                config=None,
                client_keys=None,
            ):
                return True
        except (asyncssh.KeyExchangeFailed, asyncssh.ConnectionLost):  # whichever side finds out first hangs up
            return False

    assert asyncio.run(connect()) is meets

"""One wrong password is tried on one device."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from remediate.drivers.credentials import Gate
from remediate.errors import AuthenticationFailed, Unreachable
from remediate.model.inventory import Credentials, Host, Role, SecretRef
from tests.support.tiny_inventory import Plain


def host(name: str, place: str = "A") -> Host:
    """A host with a secret of this name."""
    login = Credentials(username="admin", password=SecretRef(source="env", name=place))
    return Host(name=name, address="x", fqdn="x", role=Role.EXPRESSWAY_C, cluster="c", credentials=login)


def test_refused_once_is_refused_everywhere() -> None:
    """Of fifty devices at once, one is tried; the others name it. Another secret is not affected."""
    gate, tried = Gate(lambda _: Plain("x")), []

    def login(number: int) -> str:
        with pytest.raises(AuthenticationFailed) as refused:
            refused_login(number)
        return str(refused.value)

    def refused_login(number: int) -> None:
        with gate.password(host(f"h{number}")):
            tried.append(number)
            raise AuthenticationFailed(f"h{number}", "refused")

    with ThreadPoolExecutor(max_workers=20) as pool:
        said = list(pool.map(login, range(50)))
    assert len(tried) == 1
    assert sum(f"not tried: the password was refused on h{tried[0]}" in text for text in said) == 49
    with gate.password(host("other", "B")) as pair:
        assert pair == ("admin", "x")


def test_accepted_once_is_used_side_by_side() -> None:
    """After the first success nobody waits for anybody."""
    gate = Gate(lambda _: Plain("x"))
    with gate.password(host("first")):
        pass
    together = threading.Barrier(5, timeout=10)

    def login(number: int) -> int:
        with gate.password(host(f"h{number}")):
            return together.wait()

    with ThreadPoolExecutor(max_workers=5) as pool:
        assert sorted(pool.map(login, range(5))) == [0, 1, 2, 3, 4]


def test_refused_after_it_was_accepted() -> None:
    """A password that one device refuses is tried nowhere else, though another took it before."""
    gate = Gate(lambda _: Plain("x"))
    with gate.password(host("first")):
        pass
    with pytest.raises(AuthenticationFailed), gate.password(host("second")):
        raise AuthenticationFailed("second", "refused")
    with pytest.raises(AuthenticationFailed, match="refused on second"), gate.password(host("third")):
        pass


def test_unreachable_device_says_nothing_of_the_password() -> None:
    """The next device tries."""
    gate = Gate(lambda _: Plain("x"))
    with pytest.raises(Unreachable), gate.password(host("dead")):
        raise Unreachable("dead", "gone")
    with gate.password(host("alive")) as pair:
        assert pair == ("admin", "x")


def test_secret_is_resolved_once() -> None:
    """A prompt or a vault is asked once per run."""
    asked: list[SecretRef] = []

    def resolve(reference: SecretRef) -> Plain:
        asked.append(reference)
        return Plain("x")

    gate = Gate(resolve)
    for name in ("a", "b", "c"):
        with gate.password(host(name)):
            pass
    assert len(asked) == 1

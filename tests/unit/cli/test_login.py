"""`-u`, `-k`, `-T`: what the command line adds to an inventory."""

from __future__ import annotations

from argparse import Namespace

import pytest

from remediate.cli.login import with_login
from remediate.cli.wiring import production
from remediate.errors import SecretError
from remediate.files.secrets import SecretSource
from remediate.model.inventory import Cluster, Credentials, Host, Inventory, Role, SecretRef

KNOWN = Credentials(username="admin", password=SecretRef(source="file", name="secrets/admin"))


def inventory(credentials: Credentials | None) -> Inventory:
    """One Expressway-C peer with these credentials, and a publisher with its own."""
    peer = Host(name="p", address="192.0.2.1", fqdn="p.test", role=Role.EXPRESSWAY_C, cluster="e")
    publisher = Host(name="c", address="192.0.2.2", fqdn="c.test", role=Role.CUCM_PUBLISHER, cluster="u")
    clusters = (
        Cluster(name="e", role="expressway-c", hosts=(peer.model_copy(update={"credentials": credentials}),)),
        Cluster(name="u", role="cucm", hosts=(publisher.model_copy(update={"credentials": KNOWN}),)),
    )
    return Inventory(clusters=clusters)


def after(credentials: Credentials | None, user: str, *, ask: bool, seconds: int = 0) -> tuple[Inventory, list[str]]:
    """The inventory as the command line has it, and what was said."""
    said: list[str] = []
    args = Namespace(remote_user=user, ask_pass=ask, timeout=seconds)
    return with_login(inventory(credentials), args, said.append), said


def test_user_where_the_inventory_names_nobody() -> None:
    """`-u` fills what is missing, and its password is typed; an account of another realm stays."""
    found, said = after(None, "ann", ask=False)
    typed = SecretRef(source="prompt", name="Password of ann")
    assert found.host("p").credentials == Credentials(username="ann", password=typed)
    assert (found.host("c").credentials, said) == (KNOWN, [])


def test_the_inventory_leads_over_the_user() -> None:
    """As with Ansible an account of the inventory counts; that `-u` does nothing is said."""
    found, said = after(KNOWN, "ann", ask=False)
    assert found.host("p").credentials == KNOWN
    assert said == ["-u ann: not used, since the inventory names an account for every Expressway node"]


def test_password_is_typed() -> None:
    """`-k` asks for the password of the account that the inventory names."""
    found, _ = after(KNOWN, "", ask=True)
    typed = SecretRef(source="prompt", name="Password of admin")
    assert found.host("p").credentials == Credentials(username="admin", password=typed)
    assert found.host("c").credentials == KNOWN


def test_timeout_holds_for_every_cluster() -> None:
    """`-T` is how long a connection may take, wherever it leads."""
    found, _ = after(KNOWN, "", ask=False, seconds=3)
    assert {cluster.durations.connect_timeout for cluster in found.clusters} == {3}


def test_nothing_typed() -> None:
    """Without the three the inventory is the very same."""
    given = inventory(KNOWN)
    assert with_login(given, Namespace(remote_user="", ask_pass=False, timeout=0), print) is given


def test_nobody_is_asked() -> None:
    """With --input=false a secret that would be typed is an error that says so, though a terminal is there."""
    wired = production()
    wired.unattended()
    source = SecretSource(wired.vault(), wired.vault().prompt)
    with pytest.raises(SecretError, match="is not asked for with --input=false"):
        source(SecretRef(source="prompt", name="Password of ann"))

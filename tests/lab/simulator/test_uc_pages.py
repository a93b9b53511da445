"""UDS, configuration files and CUPI of the lab's UC nodes, by stock requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.lab.simulator.running import Running, lab, texts


@pytest.fixture(scope="module")
def by_ip(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A running world whose System > Server holds the publisher's IP address."""
    with lab("seed-server-by-ip", tmp_path_factory.mktemp("pages")) as running:
        yield running


def test_uds_answers_without_credentials(by_ip: Running) -> None:
    """Version, home cluster and devices are XML with status 200, for any node."""
    get = by_ip.session().get
    version = get(by_ip.url("/cucm-uds/version"), timeout=20)
    assert texts(version, "version") == ["14.0.1"]
    home = get(by_ip.url("/cucm-uds/clusterUser?username=emusk"), timeout=20)
    assert texts(home, "homeCluster") == [by_ip.publisher.db_name]
    devices = get(by_ip.url("/cucm-uds/user/emusk/devices?max=100"), timeout=20)
    assert texts(devices, "name") == ["CSFemusk"]
    nobody = get(by_ip.url("/cucm-uds/clusterUser"), timeout=20)
    assert b'found="false"' in nobody.content


def test_configuration_files_name_the_servers(by_ip: Running) -> None:
    """6972 serves a device's file and the default one, both naming System > Server's rows; else 404."""
    get = by_ip.session().get
    for path in ("/CSFemusk.cnf.xml", "/SPDefault.cnf.xml"):
        names = texts(get(by_ip.url(path, 6972), timeout=20), "processNodeName")
        assert names == [node.db_name for node in by_ip.cucm.nodes]
    assert get(by_ip.url("/cucm-uds/version", 6972), timeout=20).status_code == 404


def test_unity_connection_tells_its_version_and_members(by_ip: Running) -> None:
    """`/vmrest/version` and `/vmrest/vmsservers` answer with what the cluster is; the latter wants a password."""
    cluster = by_ip.world.ucs[2]
    node = cluster.nodes[0]
    session = by_ip.session(node)
    get = session.get
    assert texts(get(by_ip.url("/vmrest/version", node=node), timeout=20), "version") == [cluster.version]
    assert get(by_ip.url("/vmrest/vmsservers", node=node), timeout=20).status_code == 401
    session.auth = (cluster.axl_user, cluster.axl_password)
    assert texts(get(by_ip.url("/vmrest/vmsservers", node=node), timeout=20), "HostName") == [node.fqdn]


@pytest.mark.parametrize("form", ["array", "object"])
def test_unity_connection_speaks_json_to_who_asks(by_ip: Running, form: str) -> None:
    """`Accept: application/json`: the version as an object, the members under `VmsServer` with their number beside
    them, one of them as an object where the switch says so, each by its own URI too."""
    cluster = by_ip.world.ucs[2]
    by_ip.change(lambda: setattr(cluster.switches, "single_record_json", form))
    node = cluster.nodes[0]
    session = by_ip.session(node)
    session.auth = (cluster.axl_user, cluster.axl_password)
    session.headers["Accept"] = "application/json"

    def told(path: str) -> Any:
        return session.get(by_ip.url(path, node=node), timeout=20).json()

    assert told("/vmrest/version") == {"name": "vmrest", "version": cluster.version}
    listed = told("/vmrest/vmsservers")
    assert listed["@total"] == "1"
    server = listed["VmsServer"] if form == "object" else listed["VmsServer"][0]
    assert (server["HostName"], server["ClusterMemberId"], server["ServerDisplayState"]) == (node.fqdn, "0", "3")
    assert told(server["URI"]) == server

"""AXL and Control Center of the lab's CUCM, spoken to by stock clients."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from zeep import Client
from zeep.exceptions import Fault
from zeep.transports import Transport

from tests.lab.simulator.running import Running, lab, texts
from tests.lab.simulator.small_wsdl import AST, AXL, AXL_WSDL, CONTROL_CENTER_WSDL

V = "14.0"
ENVELOPE = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:ns="http://www.cisco.com/AXL/API/{version}"><soapenv:Header/><soapenv:Body>{body}</soapenv:Body>'
    "</soapenv:Envelope>"
)


@pytest.fixture
def by_ip(tmp_path: Path) -> Iterator[Running]:
    """A running world whose System > Server holds the publisher's IP address."""
    with lab("seed-server-by-ip", tmp_path) as running:
        yield running


def post(
    running: Running, body: str, *, user: str = "", version: str = V, action: str | None = ""
) -> requests.Response:
    """One AXL call to the publisher; `action` None leaves SOAPAction out, empty quotes the usual one."""
    session = running.session()
    session.auth = (user or running.cucm.axl_user, running.cucm.axl_password)
    headers = {"Content-Type": "text/xml;charset=UTF-8"}
    if action is not None:
        headers["SOAPAction"] = action or f'"CUCM:DB ver={version}"'
    data = ENVELOPE.format(version=version, body=body).encode()
    return session.post(running.url("/axl/"), data=data, headers=headers, timeout=20)


def service(running: Running, wsdl: str = AXL_WSDL, path: str = "/axl/", space: str = AXL, user: str = "") -> Any:
    """A zeep service on a small WSDL of our own."""
    file = running.directory / "small.wsdl"
    file.write_text(wsdl)
    session = running.session()
    session.auth = (user or running.cucm.axl_user, running.cucm.axl_password)
    transport = Transport(session=session)  # type: ignore[no-untyped-call]
    client: Any = Client(str(file), transport=transport)  # type: ignore[no-untyped-call]
    return client.create_service(f"{{{space}}}Binding", running.url(path))


@pytest.mark.parametrize("action", ["", "CUCM:DB ver=14.0 getCCMVersion", '"CUCM:DB ver=14.0 getCCMVersion"', None])
def test_the_developer_guides_example_is_answered(by_ip: Running, action: str | None) -> None:
    """`getCCMVersion` answers the product's version, SOAPAction quoted, bare or absent."""
    answer = post(by_ip, "<ns:getCCMVersion><processNodeName></processNodeName></ns:getCCMVersion>", action=action)
    assert answer.status_code == 200
    assert texts(answer, "version") == [by_ip.cucm.version]


def test_the_oldest_schema_answers_the_bootstrap_call(by_ip: Running) -> None:
    """Namespace 1.0 without SOAPAction is answered in the oldest supported schema."""
    answer = post(by_ip, "<ns:getCCMVersion/>", version="1.0", action=None)
    assert answer.status_code == 200
    assert b"http://www.cisco.com/AXL/API/11.0" in answer.content


@pytest.mark.parametrize(("version", "action"), [("10.0", None), ("15.0", None), ("14.0", '"CUCM:DB ver=12.5"')])
def test_a_version_that_does_not_fit_is_a_fault(by_ip: Running, version: str, action: str | None) -> None:
    """A schema outside N, N-1, N-2, or a SOAPAction that disagrees with the namespace, is refused."""
    answer = post(by_ip, "<ns:getCCMVersion/>", version=version, action=action)
    assert answer.status_code == 500
    assert texts(answer, "axlcode") == ["-1"]


def test_zeep_lists_the_servers_and_enterprise_wide_data(by_ip: Running) -> None:
    """`listProcessNode` shows the pseudo-node, both CUCM nodes and the IM and Presence node."""
    tags = {"name": "", "nodeUsage": "", "processNodeRole": ""}
    answer = service(by_ip).listProcessNode(searchCriteria={"name": "%"}, returnedTags=tags)
    rows = {row["name"]: (row["nodeUsage"], row["processNodeRole"]) for row in answer["return"]["processNode"]}
    assert rows == {
        "EnterpriseWideData": ("Publisher", "CUCM Voice/Video"),
        by_ip.publisher.address: ("Publisher", "CUCM Voice/Video"),
        by_ip.cucm.nodes[1].fqdn: ("Subscriber", "CUCM Voice/Video"),
        by_ip.world.ucs[1].nodes[0].fqdn: ("Publisher", "CUCM IM and Presence"),
    }


def test_zeep_renames_by_uuid_and_uds_follows(by_ip: Running) -> None:
    """`updateProcessNode` answers the UUID; `/cucm-uds/servers` shows the new name at once."""
    node = by_ip.publisher
    answer = service(by_ip).updateProcessNode(uuid=node.pkid, newName=node.fqdn)
    assert answer["return"] == node.pkid
    assert node.db_name == node.fqdn
    servers = by_ip.session().get(by_ip.url("/cucm-uds/servers"), timeout=20)
    assert texts(servers, "server") == [one.fqdn for one in by_ip.cucm.nodes]


def test_zeep_reads_and_writes_by_sql(by_ip: Running) -> None:
    """`executeSQLQuery` gives rows of the columns asked for, `executeSQLUpdate` how many it changed, and a mistake is
    zeep's own Fault with the database's code."""
    axl = service(by_ip)
    asked = "select pkid,name from processnode where systemnode='f'"
    rows = [
        {item.tag: item.text for item in row["_value_1"]} for row in axl.executeSQLQuery(sql=asked)["return"]["row"]
    ]
    by_name = {row["name"]: row["pkid"] for row in rows}
    assert by_ip.publisher.address in by_name
    pkid = by_name[by_ip.publisher.address]
    update = f"update processnode set name='{by_ip.publisher.fqdn}' where pkid='{pkid}'"  # noqa: S608 - the lab's own
    assert axl.executeSQLUpdate(sql=update)["return"]["rowsUpdated"] == "1"
    assert by_ip.publisher.db_name == by_ip.publisher.fqdn
    with pytest.raises(Fault) as fault:
        axl.executeSQLQuery(sql="select nothing from nowhere")
    assert [code.text for code in fault.value.detail.iter("{*}axlcode")]


def test_zeep_restarts_a_service(by_ip: Running) -> None:
    """Control Center: states by name, a restart that is waited for, and a start that is later than the one before."""
    control = service(by_ip, CONTROL_CENTER_WSDL, "/controlcenterservice2/services/ControlCenterServices", AST)

    def told() -> Any:
        answer = control.soapGetServiceStatus(ServiceStatus={"item": ["Cisco Tftp", "Cisco Nothing"]})
        return {one["ServiceName"]: one for one in answer["soapGetServiceStatusReturn"]["ServiceInfoList"]["item"]}

    before = told()
    assert (before["Cisco Tftp"]["ServiceStatus"], before["Cisco Nothing"]["ServiceStatus"]) == ("Started", "Stopped")
    order = {"ControlType": "Restart", "ServiceList": {"item": ["Cisco Tftp"]}}
    done = control.soapDoControlServices(ControlServiceRequest=order)
    assert done["soapDoControlServicesReturn"]["ReturnCode"] == "0"
    by_ip.world.clock_offset_s += 5
    after = told()["Cisco Tftp"]
    assert after["ServiceStatus"] == "Started"
    assert int(after["UpTime"]) < int(before["Cisco Tftp"]["UpTime"])


def test_every_write_is_recorded(by_ip: Running) -> None:
    """The lab's own record holds each AXL write, with what became of it, and no read."""
    node = by_ip.publisher
    post(by_ip, "<ns:getCCMVersion/>")
    rename = f"<ns:updateProcessNode><name>{node.db_name}</name><newName>{node.fqdn}</newName></ns:updateProcessNode>"
    post(by_ip, rename)
    post(by_ip, rename)
    assert [(line["verb"], line["result"]) for line in by_ip.written] == [
        ("axl updateProcessNode", "ok"),
        ("axl updateProcessNode", "fault 5003"),
    ]


@pytest.mark.parametrize("mode", ["accepted-no-effect", "fault"])
def test_a_thick_rename_may_not_take_effect_but_sql_does(by_ip: Running, mode: str) -> None:
    """With the switch away from effective the name stays, and thin AXL still writes it."""
    node, old = by_ip.publisher, by_ip.publisher.db_name
    by_ip.change(lambda: setattr(by_ip.cucm.switches, "thick_rename", mode))
    body = f"<ns:updateProcessNode><uuid>{node.pkid}</uuid><newName>{node.fqdn}</newName></ns:updateProcessNode>"
    assert post(by_ip, body).status_code == (500 if mode == "fault" else 200)
    assert node.db_name == old
    pkid = node.pkid.strip("{}").lower()
    sql = f"update processnode set name='{node.fqdn}' where pkid='{pkid}'"  # noqa: S608  AXL has no parameters
    answer = post(by_ip, f"<ns:executeSQLUpdate><sql>{sql}</sql></ns:executeSQLUpdate>")
    assert texts(answer, "rowsUpdated") == ["1"]
    assert node.db_name == node.fqdn


def test_sql_reads_the_columns_asked_for(by_ip: Running) -> None:
    """A select on processnode gives one row per node, without the pseudo-node where systemnode='f'."""
    sql = "select pkid,name,nodeid,tknodeusage,tkprocessnoderole from processnode where systemnode='f' order by name"
    answer = post(by_ip, f"<ns:executeSQLQuery><sql>{sql}</sql></ns:executeSQLQuery>")
    names = [by_ip.publisher.db_name, by_ip.cucm.nodes[1].db_name, by_ip.world.ucs[1].nodes[0].db_name]
    assert texts(answer, "name") == sorted(names)
    assert texts(answer, "pkid")[0] == by_ip.publisher.pkid.strip("{}").lower()


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("selekt name from processnode", "201"),
        ("select nme from processnode", "217"),
        ("select * from device", "206"),
    ],
)
def test_sql_refusals_carry_the_databases_code(by_ip: Running, sql: str, code: str) -> None:
    """A syntax error, an unknown column and an unknown table are faults with Informix's numbers."""
    answer = post(by_ip, f"<ns:executeSQLQuery><sql>{sql}</sql></ns:executeSQLQuery>")
    assert (answer.status_code, texts(answer, "axlcode")) == (500, [code])


def test_axl_error_comes_in_both_spellings(by_ip: Running) -> None:
    """Thick faults qualify `axlError`, thin ones do not."""
    thick = post(by_ip, "<ns:getProcessNode><name>nobody</name></ns:getProcessNode>")
    thin = post(by_ip, "<ns:executeSQLQuery><sql>nonsense</sql></ns:executeSQLQuery>")
    assert texts(thick, "axlcode") == ["5007"]
    assert b"<ns2:axlError" in thick.content
    assert b"<axlError>" in thin.content


def test_a_name_taken_already_is_a_duplicate(by_ip: Running) -> None:
    """Two servers cannot hold one name."""
    node = by_ip.publisher
    body = f"<uuid>{node.pkid}</uuid><newName>{by_ip.cucm.nodes[1].db_name}</newName>"
    answer = post(by_ip, f"<ns:updateProcessNode>{body}</ns:updateProcessNode>")
    assert texts(answer, "axlcode") == ["-239"]


def test_credentials_and_roles_have_their_status(by_ip: Running) -> None:
    """A stranger gets 401, one without role 403, a read-only user 200 for reads and 401 for writes."""
    user = by_ip.cucm.axl_user
    read = "<ns:getCCMVersion/>"
    write = f"<ns:updateProcessNode><uuid>{by_ip.publisher.pkid}</uuid></ns:updateProcessNode>"
    assert post(by_ip, read, user="stranger").status_code == 401
    assert "HTTP Status 401" in post(by_ip, read, user="stranger").text
    assert post(by_ip, read, user=f"{user}-norole").status_code == 403
    assert post(by_ip, read, user=f"{user}-readonly").status_code == 200
    assert post(by_ip, write, user=f"{user}-readonly").status_code == 401


def test_a_session_cookie_stands_in_for_the_password_until_it_is_idle(by_ip: Running) -> None:
    """JSESSIONIDSSO alone is enough for 30 minutes of the lab's clock; then the answer is 404."""
    first = post(by_ip, "<ns:getCCMVersion/>")
    cookie = first.cookies["JSESSIONIDSSO"]
    session = by_ip.session()

    def again() -> int:
        return session.get(by_ip.url("/axl/"), headers={"Cookie": f"JSESSIONIDSSO={cookie}"}, timeout=20).status_code

    assert again() == 200
    by_ip.change(lambda: setattr(by_ip.world, "clock_offset_s", 1900.0))
    assert again() == 404


def test_axl_without_its_slash_redirects(by_ip: Running) -> None:
    """`/axl` answers 302 to `/axl/`, before any credential is asked for."""
    answer = by_ip.session().get(by_ip.url("/axl"), allow_redirects=False, timeout=20)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/axl/")


def test_failpoints_throttle_and_lose_a_write(by_ip: Running) -> None:
    """`axl-throttle` answers 503 and changes nothing; `axl-lost-reply` changes the name and says nothing."""
    node = by_ip.publisher
    old, body = node.db_name, f"<uuid>{node.pkid}</uuid><newName>{node.fqdn}</newName>"
    call = f"<ns:updateProcessNode>{body}</ns:updateProcessNode>"
    by_ip.change(lambda: by_ip.world.failpoints.update({"axl-throttle": {}}))
    assert (post(by_ip, call).status_code, node.db_name) == (503, old)
    by_ip.change(lambda: by_ip.world.failpoints.update({"axl-lost-reply": {}}))
    with pytest.raises(requests.ConnectionError):
        post(by_ip, call)
    assert node.db_name == node.fqdn


@pytest.mark.parametrize(
    ("suffix", "throttled", "status"), [("-readonly", False, 401), ("-norole", False, 403), ("", True, 503)]
)
def test_zeep_with_a_hook_tells_the_status(by_ip: Running, suffix: str, throttled: bool, status: int) -> None:
    """A refusal in HTML is an unknown Fault to zeep; a response hook on the session makes it an HTTPError."""
    by_ip.change(lambda: setattr(by_ip.cucm.switches, "write_throttle", 2 if throttled else 0))
    rename = {"uuid": by_ip.publisher.pkid, "newName": by_ip.publisher.fqdn}
    with pytest.raises(Fault, match="Unknown fault occured"):
        service(by_ip, user=by_ip.cucm.axl_user + suffix).updateProcessNode(**rename)
    axl = service(by_ip, user=by_ip.cucm.axl_user + suffix)
    hooks = axl._client.transport.session.hooks["response"]
    hooks.append(lambda r, *_a, **_k: None if r.status_code in (200, 500) else r.raise_for_status())
    with pytest.raises(requests.HTTPError) as refused:
        axl.updateProcessNode(**rename)
    assert refused.value.response.status_code == status

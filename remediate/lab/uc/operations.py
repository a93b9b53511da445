"""AXL's operations on the lab's CUCM: each takes a call and fills the `<return>` of its response."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from remediate.lab.uc import sql
from remediate.lab.uc.processnode import ProcessNodes, Refusal, Row, plain
from remediate.lab.uc.soap import Call, Element, local
from remediate.lab.world import UcNode

LIST_TAGS = ("name", "description", "mac", "ipv6Name", "nodeUsage", "lbmHubGroup", "processNodeRole")
GET_TAGS = (*LIST_TAGS, "cupDomain")
MAX_KEY = 100
Operation = Callable[[ProcessNodes, Call, Element], None]


@dataclass(frozen=True)
class Entry:
    """An operation, whether it writes, and whether its faults qualify `axlError`."""

    run: Operation
    writes: bool = False
    thin: bool = False
    reads_much: bool = False


def get_ccm_version(table: ProcessNodes, _: Call, answer: Element) -> None:
    """`getCCMVersion`: the product version of the publisher."""
    component = etree.SubElement(answer, "componentVersion")
    etree.SubElement(component, "version").text = table.cluster.version


def list_process_node(table: ProcessNodes, call: Call, answer: Element) -> None:
    """`listProcessNode`: rows that match every criterion, with the tags asked for."""
    criteria, tags = call.child("searchCriteria"), call.child("returnedTags")
    if criteria is None or tags is None or not len(criteria):
        raise Refusal(-1, "listProcessNode needs searchCriteria with a criterion, and returnedTags")
    wanted = [local(tag) for tag in tags if local(tag) in LIST_TAGS]
    patterns = {local(item): (item.text or "").strip() for item in criteria}
    found = [row for row in table.rows() if _matches(row, patterns)]
    first, skip = _number(call, "first", len(found)), _number(call, "skip", 0)
    for row in found[skip : skip + first]:
        _element(answer, row, wanted)


def get_process_node(table: ProcessNodes, call: Call, answer: Element) -> None:
    """`getProcessNode` by name or uuid. Raises Refusal 5007 where there is none."""
    name, pkid = call.text("name"), plain(call.text("uuid") or "")
    tags = call.child("returnedTags")
    wanted = [local(tag) for tag in tags if local(tag) in GET_TAGS] if tags is not None and len(tags) else [*GET_TAGS]
    for row in table.rows():
        if row.pkid == pkid or (not pkid and name is not None and row.name.lower() == name.lower()):
            _element(answer, row, wanted)
            return
    raise Refusal(5007, "Item not valid: The specified ProcessNode was not found")


def update_process_node(table: ProcessNodes, call: Call, answer: Element) -> None:
    """`updateProcessNode` by name or uuid; what a new name does is the cluster's `thick_rename`."""
    name, pkid, new = call.text("name"), call.text("uuid"), call.text("newName")
    if pkid is None and len(name or "") > MAX_KEY:
        raise Refusal(-1, f"The key name is longer than {MAX_KEY} characters; use the uuid")
    node = table.find(name=name, pkid=pkid)
    if node is None:
        raise Refusal(5003, "ProcessNode not found")
    if new is not None:
        _thick_rename(table, node, new)
    if (description := call.text("description")) is not None:
        table.descriptions[node.key] = description
    answer.text = f"{{{plain(node.pkid).upper()}}}"


def execute_sql_query(table: ProcessNodes, call: Call, answer: Element) -> None:
    """`executeSQLQuery`: thin AXL, reading."""
    for values in sql.query(table, call.text("sql") or ""):
        row = etree.SubElement(answer, "row")
        for name, value in values.items():
            etree.SubElement(row, name).text = value


def execute_sql_update(table: ProcessNodes, call: Call, answer: Element) -> None:
    """`executeSQLUpdate`: thin AXL, writing; a new name is in force at once."""
    etree.SubElement(answer, "rowsUpdated").text = str(sql.update(table, call.text("sql") or ""))


OPERATIONS: dict[str, Entry] = {
    "getCCMVersion": Entry(get_ccm_version),
    "listProcessNode": Entry(list_process_node, reads_much=True),
    "getProcessNode": Entry(get_process_node),
    "updateProcessNode": Entry(update_process_node, writes=True),
    "executeSQLQuery": Entry(execute_sql_query, thin=True, reads_much=True),
    "executeSQLUpdate": Entry(execute_sql_update, writes=True, thin=True),
}


def _thick_rename(table: ProcessNodes, node: UcNode, name: str) -> None:
    mode = table.cluster.switches.thick_rename
    if mode == "fault":
        raise Refusal(-1, "The lab's switch thick_rename is fault: this release refuses newName")
    if mode == "effective":
        table.rename(node, name)


def _number(call: Call, name: str, otherwise: int) -> int:
    text = call.text(name)
    if text is None:
        return otherwise
    if not text.isdigit():
        raise Refusal(-1, f"{name} is not a number: {text}")
    return int(text)


def _matches(row: Row, patterns: dict[str, str]) -> bool:
    values = _values(row)
    return all(sql.like(values.get(name, ""), pattern) for name, pattern in patterns.items())


def _element(parent: Element, row: Row, tags: list[str]) -> None:
    item = etree.SubElement(parent, "processNode", uuid=f"{{{row.pkid.upper()}}}")
    values = _values(row)
    for tag in tags:
        etree.SubElement(item, tag).text = values[tag]


def _values(row: Row) -> dict[str, str]:
    return {
        "name": row.name,
        "description": row.description,
        "mac": "",
        "ipv6Name": "",
        "nodeUsage": "Subscriber" if row.subscriber else "Publisher",
        "lbmHubGroup": "",
        "processNodeRole": "CUCM IM and Presence" if row.imp else "CUCM Voice/Video",
        "cupDomain": "",
    }

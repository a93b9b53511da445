"""The part of thin AXL that the lab has tables for: select, update of `processnode`, and Informix's own refusals.

axlcodes 201 (syntax) and 217 (no such column): third-party texts; 206 (no such table) is Informix's.
"""

from __future__ import annotations

import re

from remediate.lab.uc.processnode import ProcessNodes, Refusal, Row
from remediate.lab.world import UcNode

PROCESSNODE = tuple(Row("", "", "", 0, subscriber=False, imp=False).columns)
_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_SELECT = re.compile(
    rf"select\s+(?P<what>.+?)\s+from\s+(?P<table>{_NAME})(?:\s+where\s+(?P<where>.+?))?"
    rf"(?:\s+order\s+by\s+(?P<order>{_NAME}))?\s*;?",
    re.IGNORECASE | re.DOTALL,
)
_UPDATE = re.compile(
    rf"update\s+(?P<table>{_NAME})\s+set\s+(?P<column>{_NAME})\s*=\s*'(?P<value>(?:[^']|'')*)'"
    r"(?:\s+where\s+(?P<where>.+?))?\s*;?",
    re.IGNORECASE | re.DOTALL,
)
_TERM = re.compile(rf"(?P<column>{_NAME})\s*(?P<sign>=|!=|<>|\blike\b)\s*'?(?P<value>(?:[^']|'')*?)'?", re.IGNORECASE)


def query(table: ProcessNodes, text: str, on: UcNode | None = None) -> list[dict[str, str]]:
    """Rows of a `select … from …` as the node `on` has them. Raises Refusal as the database would."""
    parts = _SELECT.fullmatch(text.strip())
    if parts is None:
        raise Refusal(201, "A syntax error has occurred.")
    columns, rows = _table(table, parts["table"], on)
    rows = _where(columns, rows, parts["where"])
    wanted = list(columns) if parts["what"].strip() == "*" else [_column(n, columns) for n in parts["what"].split(",")]
    if parts["order"]:
        order = _column(parts["order"], columns)
        rows = sorted(rows, key=lambda row: row[order])
    return [{name: row[name] for name in wanted} for row in rows]


def update(table: ProcessNodes, text: str) -> int:
    """Carry out an `update processnode set name|description = '…'`; the number of rows it touched."""
    parts = _UPDATE.fullmatch(text.strip())
    if parts is None:
        raise Refusal(201, "A syntax error has occurred.")
    columns, rows = _table(table, parts["table"], None)
    if parts["table"].lower() != "processnode":
        raise Refusal(-1, f"The lab keeps table {parts['table']} as it is; it can update processnode")
    column, value = _column(parts["column"], columns), parts["value"].replace("''", "'")
    nodes = [node for row in _where(columns, rows, parts["where"]) if (node := table.find(pkid=row["pkid"]))]
    for node in nodes:
        if column == "name":
            table.rename(node, value)
        elif column == "description":
            table.descriptions[node.key] = value
        else:
            raise Refusal(-1, f"The lab keeps column {column} as it is; it can set name and description")
    return len(nodes)


def _table(table: ProcessNodes, name: str, on: UcNode | None) -> tuple[tuple[str, ...], list[dict[str, str]]]:
    """Columns and rows. Raises Refusal for a table that the lab lacks."""
    cluster = table.cluster
    match name.lower():
        case "processnode":
            return PROCESSNODE, [row.columns for row in table.rows(on)]
        case "processconfig":
            parameters = sorted(cluster.parameters.items())
            return ("paramname", "paramvalue"), [{"paramname": n, "paramvalue": v} for n, v in parameters]
        case "siptrunkdestination":
            return ("address",), [{"address": address} for address in cluster.trunks]
        case "ucservice":
            columns = ("name", "tkucservice", "hostnameorip")
            return columns, [dict(zip(columns, row, strict=True)) for row in cluster.uc_services]
    raise Refusal(206, f"The specified table ({name}) is not in the database.")


def _column(name: str, columns: tuple[str, ...]) -> str:
    if name.strip().lower() not in columns:
        raise Refusal(217, f"Column ({name.strip()}) not found in any table in the query (or SLV is undefined).")
    return name.strip().lower()


def _where(columns: tuple[str, ...], rows: list[dict[str, str]], text: str | None) -> list[dict[str, str]]:
    if text is None:
        return rows
    for term in re.split(r"\s+and\s+", text, flags=re.IGNORECASE):
        parts = _TERM.fullmatch(term.strip())
        if parts is None:
            raise Refusal(201, "A syntax error has occurred.")
        column, value = _column(parts["column"], columns), parts["value"].replace("''", "'")
        rows = [row for row in rows if _holds(row[column], parts["sign"].lower(), value)]
    return rows


def _holds(actual: str, sign: str, value: str) -> bool:
    if sign == "like":
        return like(actual, value)
    return (actual == value) is (sign == "=")


def like(actual: str, pattern: str) -> bool:
    """Whether `actual` matches a pattern in which `%` stands for any text, case aside."""
    expression = ".*".join(re.escape(part) for part in pattern.split("%"))
    return re.fullmatch(expression, actual, re.IGNORECASE | re.DOTALL) is not None

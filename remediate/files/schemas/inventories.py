"""The schemas of an inventory and of the policy beside it."""

from __future__ import annotations

from remediate.files import accounts, inventory, policy, vouched
from remediate.files.schemas.parts import Scalars, Schema, keyed, list_of, map_of, mapping, when
from remediate.model.policy import WEEKDAYS

SCALARS, FIXED = Scalars(templates=True), Scalars(templates=False)
EXPRESSWAYS = tuple(role for role in inventory.ROLES if role.startswith("expressway"))
ALONE: Schema = {"minProperties": 2}


def _credentials(scalars: Scalars) -> Schema:
    secret = {"oneOf": [mapping({place: scalars.text}, (place,)) for place in accounts.SOURCES]}
    return mapping({"username": scalars.text, "password": secret}, ("username", "password"))


def _node() -> Schema:
    special = {
        "address": SCALARS.host,
        "fqdn": SCALARS.host,
        "ports": mapping({port: SCALARS.whole(1, 65535) for port in inventory.PORTS}),
        **dict.fromkeys(inventory.ACCOUNTS, _credentials(SCALARS)),
        "tls_sha256": list_of(SCALARS.sha256),
        "ssh_host_key": list_of(SCALARS.matching(r"(ssh-|ecdsa-)\S+\s+\S.*")),
    }
    return mapping(keyed(inventory.NODE_KEYS, special, SCALARS.text), ("address",))


def _cluster() -> Schema:
    consent = {
        "accept": list_of(SCALARS.word(inventory.SYSTEM_SERVER_WORDS)),
        "refresh_by": SCALARS.text,
        "allow_list_rules": SCALARS.word(("in-place",)),
    }
    special = {
        "role": SCALARS.word(inventory.ROLES),
        "groups": list_of(SCALARS.text),
        "serves": list_of(SCALARS.text),
        **dict.fromkeys(inventory.ACCOUNTS, _credentials(SCALARS)),
        "peers": map_of(_node(), 1),
        "nodes": map_of(_node(), 1),
        "system_server": mapping(consent),
        **dict.fromkeys(inventory.DURATIONS, SCALARS.seconds),
    }
    keys = keyed((*inventory.CLUSTER_KEYS, *inventory.DURATIONS), special, SCALARS.text)
    expressway, other = {"enum": [*EXPRESSWAYS]}, {"enum": sorted({*inventory.ROLES} - {*EXPRESSWAYS})}
    most = {"maxProperties": inventory.MOST_PEERS}
    rules = [
        when({"role": expressway}, required=["peers"], properties={"peers": most, "nodes": False, "publisher": False}),
        when({"role": other}, required=["nodes"], properties={"peers": False, "primary": False}),
        when({"role": expressway, "peers": ALONE}, required=["primary"]),
        when({"role": {"const": "cucm"}, "nodes": ALONE}, required=["publisher"]),
    ]
    return mapping(keys, ("role",)) | {"allOf": rules}


def of_inventory() -> Schema:
    """`clusters.yml`."""
    special = {"sha256": SCALARS.sha256, "accept": list_of(SCALARS.word(vouched.WORDS))}
    certificate = mapping(keyed(vouched.KEYS, special, SCALARS.text), ("sha256",))
    certificate["oneOf"] = [{"required": ["file"]}, {"required": ["source"]}]
    keys = {
        "vars": map_of(SCALARS.text),
        "trusted_certificates": map_of(certificate),
        "clusters": map_of(_cluster(), 1),
    }
    return mapping(keys, ("clusters",))


def of_policy() -> Schema:
    """`policy.yml`."""
    window = {
        "kind": FIXED.word(("allow", "deny")),
        "days": list_of(FIXED.word(WEEKDAYS)),
        "start": FIXED.matching("([01][0-9]|2[0-3]):[0-5][0-9]"),
        "at": FIXED.moment,
        "duration": FIXED.seconds,
        "clusters": list_of(FIXED.text),
    }
    weekly_or_once: list[Schema] = [
        {"required": ["at"], "properties": {"days": False, "start": False}},
        {"required": ["days", "start"], "properties": {"at": False}},
    ]
    approvals = {
        "required": mapping({risk: FIXED.whole(0, 10) for risk in policy.RISKS}),
        "author_may_approve": FIXED.truth,
    }
    login = {
        "domain": FIXED.host,
        "credentials": _credentials(FIXED),
        "repeat": FIXED.whole(1, 100),
        "by_hand": FIXED.truth,
    }
    required = ("name", "kind", "duration")
    special = {
        "budgets": mapping({k: FIXED.whole(int(k != "keep_up"), 1000) for k in policy.BUDGET_KEYS}),
        "clusters_at_once": FIXED.whole(1, 100),
        "soak": FIXED.seconds,
        "backups": {"anyOf": [FIXED.word((policy.NOT_ASKED,)), FIXED.seconds]},
        "windows": list_of(
            mapping(keyed(policy.WINDOW_KEYS, window, FIXED.text), required) | {"oneOf": weekly_or_once}
        ),
        "approvals": mapping(keyed(policy.APPROVAL_KEYS, approvals, FIXED.text), ("allowed_signers", "required")),
        "login_test": mapping(keyed(policy.LOGIN_KEYS, login, FIXED.text), ("edge", "domain"))
        | {"anyOf": [{"required": ["credentials"]}, {"required": ["by_hand"]}]},
    }
    return mapping(keyed(policy.KEYS, special, FIXED.text))

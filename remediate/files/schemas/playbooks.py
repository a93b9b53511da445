"""The schemas of a playbook and of the settings file."""

from __future__ import annotations

from remediate.files import playbook, settings
from remediate.files.schemas.parts import TEMPLATE, Scalars, Schema, keyed, list_of, mapping

SCALARS, FIXED = Scalars(templates=True), Scalars(templates=False)


def of_playbook() -> Schema:
    """Plays and the states that they declare."""
    desired = {
        "origins": SCALARS.word(("verified",)),
        "upgrade_ready": SCALARS.truth,
        "verify_origin_server": SCALARS.word(("On", "Off")),
        "trusted_certificates": list_of(SCALARS.text),
    }
    workaround = {"expires": SCALARS.moment, "remove_when": SCALARS.word(("origins-verified",))}
    special = {
        "tags": list_of(SCALARS.text),
        "desired": mapping(keyed(playbook.DESIRED_KEYS, desired, SCALARS.text)),
        "remedies": list_of(SCALARS.word(playbook.REMEDIES)),
        "chain": SCALARS.word(("complete", "minimal")),
        "service_restarts": SCALARS.word(("by-hand", "by-tool")),
        "restart": SCALARS.word(playbook.RESTARTS),
        "workaround": mapping(keyed(playbook.WORKAROUND_KEYS, workaround, SCALARS.text), playbook.WORKAROUND_KEYS[:4]),
    }
    play = mapping(keyed(playbook.PLAY_KEYS, special, SCALARS.text), ("name", "hosts", "desired"))
    play["allOf"] = [_off_has_its_words()]
    return mapping({"name": SCALARS.text, "plays": {"type": "array", "items": play, "minItems": 1}}, ("plays",))


def _off_has_its_words() -> Schema:
    """Off needs a workaround, and nothing else may have one; a template may come to Off."""
    return {
        "allOf": [
            {"if": _switched({"const": "Off"}), "then": {"required": ["workaround"]}},
            {"if": _switched({"anyOf": [{"const": "Off"}, TEMPLATE]}), "else": {"properties": {"workaround": False}}},
        ]
    }


def _switched(value: Schema) -> Schema:
    switch = {"properties": {"verify_origin_server": value}, "required": ["verify_origin_server"]}
    return {"properties": {"desired": switch}, "required": ["desired"]}


def of_settings() -> Schema:
    """`remediate.yml`."""
    kinds: dict[settings.Kind, Schema] = {
        "path": FIXED.text,
        "text": FIXED.text,
        "number": FIXED.whole(1, settings.MOST),
        "count": FIXED.whole(0, settings.MOST_VERBOSE),
        "duration": FIXED.matching(settings.DURATION, numbers=True),
        "switch": FIXED.truth,
    }
    return mapping({name: kinds[kind] for name, kind in settings.SETTINGS.items()})

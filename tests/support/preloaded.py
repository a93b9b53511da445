"""Imports everything that an apply uses, so that a process forked from here starts at once."""

from __future__ import annotations

from importlib import import_module

for _name in (
    "remediate.cli.commands.apply",
    "remediate.cli.commands.ledger",
    "remediate.cli.commands.rollback",
    "remediate.cli.commands.status",
    "remediate.drivers.cucm.reader",
    "remediate.drivers.cucm.writer",
    "remediate.drivers.expressway.reader",
    "remediate.drivers.expressway.writer",
    "remediate.drivers.handshake",
    "remediate.ledger.store",
    "tests.support.metered",
):
    import_module(_name)

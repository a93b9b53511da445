"""What verbs take, apart from what they do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from remediate.actions import Risk
from remediate.checks.connections import When
from remediate.cli.arguments import predict, report, run, verify
from remediate.cli.main import VERBS
from remediate.model.verdict import TlsVersion
from remediate.report.forms import FORMS

PROJECT = Path(__file__).parents[3]
HEAVY = ("pydantic", "paramiko", "requests", "sqlalchemy", "cryptography", "OpenSSL", "rich", "jinja2", "ruamel")


def test_words_to_choose_from() -> None:
    """What can be typed is what the work knows: the lists stand apart only so that help need not load the work."""
    assert set(run.RISKS) == {risk.value for risk in Risk}
    assert tuple(FORMS) == report.FORMS
    assert set(predict.TLS_VERSIONS) == set(get_args(TlsVersion)) & {"1.2", "1.3"}
    assert set(verify.VIEWS) <= set(get_args(When))


def test_help_of_a_verb_loads_no_work() -> None:
    """No library of the work is imported for the arguments of all verbs."""
    code = (
        f"import sys; from remediate.cli.main import parser_of; parser_of({', '.join(map(repr, VERBS))}).format_help();"
        f"print(*({set(HEAVY)!r} & set(sys.modules)), file=sys.stderr, end='')"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


DEVICES = frozenset({"paramiko", "requests", "zeep", "netmiko", "lxml"})
WORK = {
    "show nowhere.plan": DEVICES | {"sqlalchemy", "dpkt", "jinja2", "ruamel"},
    "status --ledger nowhere/ledger.sqlite": DEVICES | {"dpkt"},
    "doctor --ledger nowhere/ledger.sqlite": DEVICES | {"dpkt"},
    "lock list --ledger nowhere/ledger.sqlite": DEVICES | {"dpkt"},
    "lint inventories/example": DEVICES | {"sqlalchemy", "dpkt"},
    "verify -i inventories/example -e axl_user=a --list-hosts": DEVICES | {"sqlalchemy", "dpkt"},
    "explain list": DEVICES | {"sqlalchemy", "dpkt"},
}
"""What a verb has no use for: it would only make it slow to start."""


@pytest.mark.parametrize("line", WORK)
def test_verb_loads_what_it_uses(line: str) -> None:
    """A verb that asks no device loads no library for devices, and one without a ledger none for databases."""
    code = (
        f"import sys; from remediate.cli.main import main; main({line.split()!r});"
        f"print(*sorted({set(WORK[line])!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, cwd=PROJECT)
    assert done.stderr.splitlines()[-1] == ""

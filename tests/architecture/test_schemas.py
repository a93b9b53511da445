"""The schemas that editors use are those of today's loaders and models."""

from __future__ import annotations

import json

import pytest

from remediate.files.schemas import HERE, SCHEMAS, schema_text


@pytest.mark.parametrize("name", SCHEMAS)
def test_fresh(name: str) -> None:
    """The shipped file is what the code makes: run `make schemas`."""
    assert (HERE / f"{name}.schema.json").read_text(encoding="utf-8") == schema_text(name)


@pytest.mark.parametrize("name", SCHEMAS)
def test_closed(name: str) -> None:
    """Unknown keys are errors at the top of every file."""
    assert json.loads(schema_text(name))["additionalProperties"] is False

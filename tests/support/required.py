"""Programs that some tests need beside Python: skipped without them on a desk, a failure in CI."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

REQUIRE_ALL = "REMEDIATE_REQUIRE_ALL"
_SERVERS = "/usr/sbin"
"""Not in everybody's PATH."""
_POSTGRESQL = "/usr/lib/postgresql"


def program(name: str, package: str) -> str:
    """Its path. Where it is missing: a failure when REMEDIATE_REQUIRE_ALL=1 is set, else a skip with the apt line."""
    found = shutil.which(name) or shutil.which(name, path=_SERVERS) or _debian_server(name)
    if found is None:
        told = f"{name} is missing: apt-get install --no-install-recommends {package}"
        if os.environ.get(REQUIRE_ALL) == "1":
            pytest.fail(told)
        pytest.skip(told)
    return found


def _debian_server(name: str) -> str | None:
    """Debian keeps PostgreSQL's server programs out of the PATH, one directory per version."""
    found = sorted(Path(_POSTGRESQL).glob(f"*/bin/{name}"), key=lambda path: int(path.parents[1].name))
    return str(found[-1]) if found else None

"""The command that reaches a worker, as an operator writes it: `command: ssh jump -- remediate worker`."""

from __future__ import annotations

import hashlib
import re
import shlex
from dataclasses import dataclass

from remediate.errors import InputError

OPTION = "--executor"
KIND = "command:"
NAMES = ("cluster", "run", "job")
_PLACE = re.compile(r"\{(\w+)\}")
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_HINT = f"such as '{KIND} ssh jump -- remediate worker'"


@dataclass(frozen=True)
class Template:
    """Words of a command. `{cluster}`, `{run}` and `{job}` (a name of its own, as Kubernetes takes it) are filled in;
    no shell reads them."""

    words: tuple[str, ...]

    def argv(self, run: str, cluster: str) -> list[str]:
        """For one cluster. Raises InputError for a name that would mean something else on a command line."""
        if not _SAFE.fullmatch(cluster):
            raise InputError(f"the name of cluster {cluster!r} cannot stand in a command", path=OPTION)
        digest = hashlib.sha256(f"{run} {cluster}".encode()).hexdigest()
        values = {"cluster": cluster, "run": run, "job": f"remediate-{digest[:16]}"}
        return [_PLACE.sub(lambda found: values[found[1]], word) for word in self.words]


def template(text: str) -> Template:
    """From what was typed, or stands in the settings. Raises InputError."""
    if not text.startswith(KIND):
        raise InputError(f"{text!r} is no executor", path=OPTION, hint=_HINT)
    try:
        words = tuple(shlex.split(text.removeprefix(KIND)))
    except ValueError as error:
        raise InputError(f"cannot be split into words: {error}", path=OPTION, hint=_HINT) from error
    if not words:
        raise InputError("no command", path=OPTION, hint=_HINT)
    for name in (found for word in words for found in _PLACE.findall(word)):
        if name not in NAMES:
            known = ", ".join(f"{{{each}}}" for each in NAMES)
            raise InputError(f"{{{name}}} stands for nothing here", path=OPTION, hint=f"known are {known}")
    return Template(words)

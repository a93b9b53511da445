"""Every exception that leaves a room of `remediate`, as one tree.

::

    RemediateError
    ├── InputError              a file, option or value we were given (exit 5)
    │   ├── InventoryError
    │   ├── PlaybookError
    │   ├── TemplateError
    │   ├── SecretError
    │   ├── CertificateFileError
    │   ├── CaptureError
    │   └── PlanFileError
    ├── DeviceError             a device, named
    │   ├── Unreachable
    │   ├── DeviceTimeout
    │   ├── IdentityNotTrusted
    │   ├── AuthenticationFailed
    │   ├── Refused             carries the device's own words
    │   ├── UnexpectedReply     carries a redacted excerpt
    │   └── UnsupportedVersion
    ├── PlanError
    │   ├── StalePlan
    │   ├── PlanConflict
    │   └── ForbiddenStep
    ├── RunError
    │   ├── Locked
    │   ├── PreconditionFailed
    │   ├── PostconditionFailed
    │   ├── JournalError
    │   └── RollbackIncomplete
    └── BugError                a promise of our own code broke (exit 250)

A bad certificate is a verdict, a failed read is an `Unknown`, a refused step is a journal entry:
none of them is raised. Messages say what, where, and what to do next.
"""

from __future__ import annotations


class RemediateError(Exception):
    """Base of all. `str()` is what the operator reads."""


class InputError(RemediateError):
    """What is wrong in something we were given, and where.

    `path` is a file or the name of an option; `line` and `column` count from 1, 0 when there is none.
    """

    def __init__(self, what: str, *, path: str = "", line: int = 0, column: int = 0, hint: str = "") -> None:
        self.what, self.path, self.line, self.column, self.hint = what, path, line, column, hint
        super().__init__(what)

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.path, self.line, self.column) if part)
        return ": ".join(part for part in (place, self.what, self.hint) if part)


class InventoryError(InputError):
    """The inventory."""


class PlaybookError(InputError):
    """A playbook."""


class TemplateError(InputError):
    """A `{{ … }}` in an inventory or playbook."""


class SecretError(InputError):
    """A place where a secret should lie; never the secret."""


class CertificateFileError(InputError):
    """A PEM file."""


class CaptureError(InputError):
    """A capture file or a bundle."""


class PlanFileError(InputError):
    """A plan file."""


class DeviceError(RemediateError):
    """Something between us and the device `host`."""

    def __init__(self, host: str, what: str, hint: str = "") -> None:
        self.host, self.what, self.hint = host, what, hint
        super().__init__(": ".join(part for part in (host, what, hint) if part))


class Unreachable(DeviceError):
    """No connection, or it broke."""


class DeviceTimeout(DeviceError):
    """A named duration ran out."""


class IdentityNotTrusted(DeviceError):
    """Host key or certificate is not the one the inventory pins. Nothing secret was sent."""


class AuthenticationFailed(DeviceError):
    """The device refused our credentials. One attempt only: a second could lock the account."""


class Refused(DeviceError):
    """The device answered, and said no."""


class UnexpectedReply(DeviceError):
    """An answer in a form that no document describes."""


class UnsupportedVersion(DeviceError):
    """The release lacks what is asked of it."""


class PlanError(RemediateError):
    """A plan that must not run."""


class StalePlan(PlanError):
    """What the plan rests on has changed since (exit 3)."""


class PlanConflict(PlanError):
    """Two wishes that exclude each other."""


class ForbiddenStep(PlanError):
    """A step that the rules never allow (exit 7)."""


class RunError(RemediateError):
    """An apply that cannot start or go on."""


class Locked(RunError):
    """Somebody else works on this cluster (exit 6)."""


class PreconditionFailed(RunError):
    """Something that must hold before the first write does not (exit 3)."""


class PostconditionFailed(RunError):
    """Written, but not in force (exit 9)."""


class JournalError(RunError):
    """The ledger cannot be written or trusted. Nothing is sent."""


class RollbackIncomplete(RunError):
    """Call a human (exit 11)."""


class BugError(RemediateError):
    """Not the operator's fault."""

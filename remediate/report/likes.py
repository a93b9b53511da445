"""Steps that are alike, as one: on many peers, and in a large plan in many clusters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from remediate.actions import (
    Action,
    RefreshServers,
    RenameSystemServer,
    RestartPeer,
    RestartService,
    SetVerifyOriginServer,
    UploadCertificates,
)
from remediate.planning.plan import Step
from remediate.report.as_text.words import count, names

MOST_GROUPS = 20
"""So many things are told one by one; more are told by their kind."""
_NAMED = 3

Group = tuple[Step, ...]


def grouped(steps: Sequence[Step]) -> tuple[Group, ...]:
    """Steps alike but for their peer, together; where likes were collapsed, the rarest come first."""
    return _together(((_likeness(step), (step,)) for step in steps), len(steps))


def by_kind(steps: Sequence[Step]) -> tuple[Group, ...]:
    """The same; of more than `MOST_GROUPS` those of one kind, each in a cluster of its own, as one."""
    groups = grouped(steps)
    if len(groups) <= MOST_GROUPS:
        return groups
    return _together(((_kind(group), group) for group in groups), len(steps))


def _together(pairs: Iterable[tuple[object, Sequence[Step]]], steps: int) -> tuple[Group, ...]:
    groups: dict[object, list[Step]] = {}
    for likeness, some in pairs:
        groups.setdefault(likeness, []).extend(some)
    ordered = sorted(groups.values(), key=_outliers_first) if len(groups) < steps else groups.values()
    return tuple(map(tuple, ordered))


def _outliers_first(group: Sequence[Step]) -> tuple[bool, int]:
    """Restarts last, as they run: nobody shall read that they come before the uploads they are for."""
    return isinstance(group[0].action, RestartPeer), len(group)


def _shared(step: Step) -> tuple[object, ...]:
    return step.by, step.risk, step.unless is not None, step.undo.kind


def _likeness(step: Step) -> tuple[object, ...]:
    match step.action:
        case UploadCertificates() as upload:
            return ("upload", upload.sha256s, *_shared(step))
        case SetVerifyOriginServer() as setting:
            return ("set", setting.value, *_shared(step))
        case RestartPeer() as restart:
            return ("restart", step.cluster, restart.drain, *_shared(step))
        case _:
            return ("one", step.id)


def _kind(group: Group) -> tuple[object, ...]:
    """Of what is alike in several clusters: that alone."""
    step = group[0]
    if _clusters(group) > 1:
        return ("alike", step.id)
    match step.action:
        case UploadCertificates() as upload:
            return ("uploads", len(upload.sha256s), *_shared(step))
        case RestartService(service=service):
            return ("services", service, *_shared(step))
        case _:
            return (step.action.kind, *_shared(step))


def _clusters(group: Sequence[Step]) -> int:
    return len({step.cluster for step in group})


def glyph(action: Action) -> str:
    """`+` adds, `~` changes."""
    return "+" if isinstance(action, UploadCertificates) else "~"


def is_mixed(group: Group) -> bool:
    """Whether only the kind is the same: what the first step says in detail does not hold for the others."""
    return len({_likeness(step) for step in group}) > 1


def grouped_title(group: Group) -> str:
    """What a group does, and where."""
    if is_mixed(group):
        return _mixed_title(group)
    action, hosts = group[0].action, tuple(s.action.host for s in group)
    where = names(hosts) if _clusters(group) == 1 else f"{_many(group, 'peer')} ({names(hosts, _NAMED)})"
    match action:
        case UploadCertificates():
            return f"upload {', '.join(action.names)} to the trusted CA list of {where}"
        case SetVerifyOriginServer():
            return f"on {where}: {action.command}"
        case RestartPeer() if len(group) > 1:
            return f"restart one peer after the other, in this order: {', '.join(hosts)}"
        case _:
            return action.title


def _mixed_title(group: Group) -> str:
    hosts = names(tuple(dict.fromkeys(s.action.host for s in group)), _NAMED)
    match group[0].action:
        case UploadCertificates():
            uploads = [s.action for s in group if isinstance(s.action, UploadCertificates)]
            own = count(len({sha256 for upload in uploads for sha256 in upload.sha256s}), "certificate")
            where = f"{_many(group, 'peer')} ({hosts})"
            return f"upload {own}, other ones in each cluster, to the trusted CA lists of {where}"
        case RenameSystemServer():
            nodes = tuple(s.action.node for s in group if isinstance(s.action, RenameSystemServer))
            return f"change System > Server to the FQDN of {_many(group, 'UC server')} ({names(nodes, _NAMED)})"
        case RefreshServers():
            return f"Refresh servers on {_many(group, 'peer')}, so that each cluster learns the new names ({hosts})"
        case RestartService(service=service):
            return f"restart {service} on {_many(group, 'node')} ({hosts})"
        case RestartPeer():
            return f"restart {_many(group, 'peer')}, in each cluster one after the other ({hosts})"
        case other:
            return f"{other.kind.replace('-', ' ')} on {_many(group, 'peer')} ({hosts})"


def _many(group: Group, one: str) -> str:
    return f"{count(len(group), one)} in {count(_clusters(group), 'cluster')}"

"""One file = one kind of change. Pure: values, their effect on a reading, and what undoes them."""

from typing import Annotated

from pydantic import Field

from remediate.actions.base import Owed, Risk, Stated, Undo
from remediate.actions.diagnostic_logging import DiagnosticLogging
from remediate.actions.refresh_servers import RefreshServers
from remediate.actions.rename_system_server import RenameSystemServer
from remediate.actions.restart_peer import RestartPeer
from remediate.actions.restart_service import RestartService
from remediate.actions.set_verify_origin_server import SetVerifyOriginServer
from remediate.actions.upload_certificates import UploadCertificates

Action = Annotated[
    UploadCertificates
    | SetVerifyOriginServer
    | RenameSystemServer
    | RefreshServers
    | RestartService
    | RestartPeer
    | DiagnosticLogging,
    Field(discriminator="kind"),
]

ALL = (
    UploadCertificates,
    SetVerifyOriginServer,
    RenameSystemServer,
    RefreshServers,
    RestartService,
    RestartPeer,
    DiagnosticLogging,
)

__all__ = [
    "ALL",
    "Action",
    "DiagnosticLogging",
    "Owed",
    "RefreshServers",
    "RenameSystemServer",
    "RestartPeer",
    "RestartService",
    "Risk",
    "SetVerifyOriginServer",
    "Stated",
    "Undo",
    "UploadCertificates",
]

"""One file = one remedy, tried in the order of the playbook."""

from remediate.planning.remedies.change_system_server_name import ChangeSystemServerName
from remediate.planning.remedies.upload_missing_ca import UploadMissingCa
from remediate.planning.situation import Remedy

ALL: tuple[Remedy, ...] = (UploadMissingCa(), ChangeSystemServerName())

__all__ = ["ALL", "Remedy"]

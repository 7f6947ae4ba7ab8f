"""Who used a role lately, as the baselines remember it."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from model.documents import Documents
from model.errors import Malformed
from model.journal import unstamped
from model.role_use import RoleUse


class StoredCallers:
    """Implements activities.ports.Recent over the stored documents; what was not written back yet is not in them."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def sessions(self, role_arns: Sequence[str], since: datetime) -> tuple[str, ...]:
        """Who assumed one of the roles since then (ARN, session name in brackets), the latest first."""
        latest: dict[str, int] = {}
        for body in filter(None, (self._documents.get("role", arn) for arn in dict.fromkeys(role_arns))):
            for caller, last in _role(body).callers.items():
                latest[caller] = max(last, latest.get(caller, 0))
        recent = [caller for caller, last in latest.items() if last >= since.timestamp()]
        return tuple(sorted(recent, key=lambda caller: (-latest[caller], caller)))


def _role(document: bytes) -> RoleUse:
    try:
        return msgspec.msgpack.decode(unstamped(document)[1], type=RoleUse)
    except msgspec.MsgspecError:
        raise Malformed("store: a role in it cannot be read: restore a backup, or learn again") from None

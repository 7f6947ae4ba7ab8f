"""GuardDuty's findings, as EventBridge carries them and as its API gives them, made into records of one kind.

What a finding says of somebody is a record by that somebody: its type as `name`, its severity as `state`. Titles and
descriptions hold what attackers chose (user agents, addresses) and are not read. Samples, which everybody may have made
in an account of theirs, and findings about no principal give nothing.
"""

import json
from collections.abc import Mapping
from typing import Any

from model.deeds import FINDING, GUARDDUTY

_TYPES = {"Role": "AssumedRole"}


def is_guardduty(value: Mapping[str, Any]) -> bool:
    """True for a finding of GuardDuty that is dated."""
    return _at(value, "service", "serviceName") == "guardduty" and _time(value) is not None


def from_guardduty(value: Mapping[str, Any]) -> dict[str, Any] | None:
    """The fields of a record; None where the finding tells nothing of anybody."""
    who = _principal(value)
    if _at(value, "type") is None or not (who["principalId"] or who["accessKeyId"]) or _is_sample(value):
        return None
    return {
        "eventName": FINDING,
        "eventSource": GUARDDUTY,
        "eventTime": _time(value),
        "eventID": f"{_at(value, 'id')}:{_at(value, 'updatedAt') or _time(value)}"[:200],
        "awsRegion": _at(value, "region"),
        "readOnly": True,
        "userIdentity": who,
        "requestParameters": {"name": _at(value, "type"), "state": str(_at(value, "severity") or "")[:8]},
    }


def _principal(value: Mapping[str, Any]) -> dict[str, Any]:
    """Whose key it was; of an attack sequence, its first actor's."""
    key = _at(value, "resource", "accessKeyDetails")
    actors = _at(value, "service", "detection", "sequence", "actors")
    actor = _at(actors[0], "user") if key is None and isinstance(actors, list) and actors else None
    kind = _at(key, "userType") or _at(actor, "type")
    return {
        "type": _TYPES.get(str(kind), kind),
        "principalId": _at(key, "principalId") or _at(actor, "uid"),
        "accessKeyId": _at(key, "accessKeyId") or _at(actor, "credentialUid"),
        "accountId": _at(actor, "account", "uid") or _at(value, "accountId"),
        "userName": _at(key, "userName") or _at(actor, "name"),
    }


def _is_sample(value: Mapping[str, Any]) -> bool:
    more = _at(value, "service", "additionalInfo")
    told = _at(more, "value")
    try:
        inside = json.loads(told) if isinstance(told, str) else None
    except (ValueError, RecursionError):
        inside = None
    return bool(_at(more, "sample")) or bool(_at(inside, "sample"))


def _time(value: Mapping[str, Any]) -> Any:
    """When it was last seen to happen, not when it was told."""
    return _at(value, "service", "eventLastSeen") or _at(value, "updatedAt") or _at(value, "createdAt")


def _at(value: Any, *path: str) -> Any:
    """A value by its path; the API's own answers begin their names with a capital."""
    for key in path:
        if not isinstance(value, dict):
            return None
        value = value.get(key, value.get(key[:1].upper() + key[1:]))
    return value

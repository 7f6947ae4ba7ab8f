"""What a call acted on, as far as its request says it."""

import re
from operator import attrgetter
from typing import NamedTuple

from model.cloudtrail import AdvancedSelector, CloudTrailRecord, EventSelector, RequestParameters

_ON = attrgetter(
    *("secret_id", "user_name", "role_name", "trail_name", "rule", "queue_url", "function_name", "name", "path"),
    *("bucket_name", "snapshot_id", "db_snapshot", "detector_id", "permission_set", "target", "instance_id", "bus"),
    *("group_name", "policy_name", "policy_arn", "policy_id"),
)
_PART = attrgetter("policy_name", "policy_arn", "bus", "group_name", "target_id")
_SWITCHES = frozenset(("UpdateDetector", "UpdateTrail", "PutEventSelectors", "PutRule", "UpdateAccessKey"))
_RESOURCE = re.compile(r"on resource: (arn:[^\s\"'<>]+?)(?=[.,;]?(?:\s|$))")


class Acted(NamedTuple):
    """`on` is a name, ARN or URL, `part` what of it (a policy, a bus), `things` all of several, `off` whether something
    is switched off or narrowed; None where the request does not say."""

    on: str | None = None
    part: str | None = None
    off: bool | None = None
    things: tuple[str, ...] = ()


def acted(record: CloudTrailRecord) -> Acted:
    """What a call of model/deeds.py acted on."""
    asked = record.request_parameters
    if asked is None:
        return Acted(on=_refused(record.error_message))
    on = _first(_ON(asked))
    name = record.event_name
    off = _off(name, asked) if name in _SWITCHES else None
    return Acted(on, _first(_PART(asked), on), off, tuple(asked.names or asked.tag_keys or ()))


def _first(values: tuple[str | None, ...], other: str | None = None) -> str | None:
    for value in values:
        if value and value != other:
            return value
    return None


def _refused(message: str | None) -> str | None:
    """What is refused may come without a request: then the message alone names the resource."""
    found = _RESOURCE.search(message) if message else None
    return found.group(1) if found else None


def _off(name: str, asked: RequestParameters) -> bool | None:
    if name == "UpdateDetector":
        return None if asked.enable is None else _is_no(asked.enable)
    if name == "UpdateTrail":
        return _is_no(asked.multi_region) or _is_no(asked.global_events)
    if name == "PutEventSelectors":
        return _narrows(asked)
    if name == "UpdateAccessKey":
        return asked.status == "Inactive"
    return asked.state == "DISABLED"


def _is_no(value: bool | str | None) -> bool:
    return value is False or value == "false"


def _narrows(asked: RequestParameters) -> bool | None:
    """Whether management events, reading ones too (AssumeRole is one), are not all kept any more."""
    if asked.selectors:
        return not any(_keeps(selector) for selector in asked.selectors)
    if asked.advanced:
        return not any(_keeps_all(selector) for selector in asked.advanced)
    return None


def _keeps(selector: EventSelector) -> bool:
    return not _is_no(selector.management) and selector.kind in (None, "All")


def _keeps_all(selector: AdvancedSelector) -> bool:
    fields = {field.field: field.equals or () for field in selector.fields or ()}
    return "Management" in (fields.get("eventCategory") or ()) and "readOnly" not in fields

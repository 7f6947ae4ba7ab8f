"""Reading a record whose shape is not AWS's: field by field, keeping what can be read.

What the fast path of model/delivered.py reads, this reads to the same values.
"""

import json
import math
import re
from functools import cache
from typing import Any, NamedTuple, TypeVar

import msgspec
from msgspec import inspect

from model.cloudtrail import LARGEST, MOST_LISTED, MOST_RESOURCES, CloudTrailRecord, Resource
from model.lake_text import from_lake_text
from model.record_time import seconds

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_KEYS = frozenset(
    (
        *("eventversion", "useridentity", "eventtime", "eventsource", "eventname"),
        *("awsregion", "sourceipaddress", "useragent", "eventid"),
    )
)
_TEXT = 2048
_AGENT = 1024
S = TypeVar("S", bound=msgspec.Struct)


def looks_like_record(value: object) -> bool:
    """True for a dict with an eventName and an eventTime, or with three of a record's own keys in any case.

    Not for what other services of AWS send (S3's notifications and such).
    """
    if not isinstance(value, dict) or str(value.get("eventSource") or "")[:4] == "aws:":
        return False
    if "eventName" in value and "eventTime" in value:
        return True
    keys = {key.lower() for key in value if isinstance(key, str)} if len(value) > 2 else set()
    return len(keys & _KEYS) >= 3 and "cloudtrailevent" not in keys and "insightdetails" not in keys


def has_record_key(value: object) -> bool:
    """True for a dict with any of a record's own keys."""
    return isinstance(value, dict) and any(isinstance(key, str) and key.lower() in _KEYS for key in value)


def lenient(value: dict[str, Any]) -> CloudTrailRecord:
    """The record as far as it can be read; wrong types become text or are left out, long texts are cut.

    Of a key given twice the last counts. A key in another case (Athena and Lake write theirs small) is read only in
    a row of theirs, and only where the right one is missing.
    """
    record = _struct(CloudTrailRecord, value, exact=_is_exact(value))
    if seconds(record.event_time) is None and "p_event_time" in value:
        record.event_time = text(value["p_event_time"])  # Panther's own
    return record


def hides_its_caller(value: dict[str, Any]) -> bool:
    """True where the userIdentity is the text of an object and cannot be read."""
    who = (
        value.get("userIdentity") if _is_exact(value) or "userIdentity" in value else _small(value).get("useridentity")
    )
    return isinstance(who, str) and who.lstrip()[:1] == "{" and _nested(who) is None


def _is_exact(value: dict[str, Any]) -> bool:
    who = value.get("userIdentity")
    return "eventName" in value and not (isinstance(who, dict) and ("principalid" in who or "accountid" in who))


def text(value: object, limit: int = _TEXT) -> str | None:
    """A scalar as text of at most `limit` characters, without lone surrogates; None for anything else."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value[:limit])
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if value.bit_length() < 256 else None
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else None
    if isinstance(value, list) and len(value) == 1 and not isinstance(value[0], list):
        return text(value[0], limit)  # some exporters wrap single values
    return None


class _Field(NamedTuple):
    """How one field of a struct is read."""

    name: str
    key: str
    small: str
    inner: type[msgspec.Struct] | None
    kept: tuple[type, ...]
    many: bool


def _struct(kind: type[S], value: dict[str, Any], *, exact: bool) -> S:
    small = {} if exact else _small(value)
    found: dict[str, Any] = {}
    for field in _plan(kind):
        item = value[field.key] if field.key in value else small.get(field.small)
        read = _read(field, item, exact) if item is not None else None
        if read is not None:
            found[field.name] = read
    return kind(**found)


def _small(value: dict[str, Any]) -> dict[str, Any]:
    return {key.lower(): item for key, item in value.items() if item is not None}


def _read(field: _Field, value: Any, exact: bool) -> object:
    if field.name == "resources":
        return _resources(value)
    if field.many:
        return _several(field, value, exact)
    if field.inner is not None:
        nested = _nested(value)
        # What was a text was somebody's column: its names may be small.
        return None if nested is None else _struct(field.inner, nested, exact=exact and nested is value)
    if type(value) in field.kept and -LARGEST <= value <= LARGEST:
        return value
    return text(value, _AGENT if field.name == "user_agent" else _TEXT)


def _several(field: _Field, value: Any, exact: bool) -> list[object] | None:
    """A list of texts or structs, without what is neither."""
    found = value if isinstance(value, list) else [value]
    each = field._replace(many=False)
    read = (_read(each, item, exact) for item in found[:MOST_LISTED] if item is not None)
    return [item for item in read if item is not None] or None


def _resources(value: Any) -> list[Resource] | None:
    if isinstance(value, str) and value[:1] == "[":
        value = _json(value) or from_lake_text(value)
    items = value if isinstance(value, list) else [value]
    return [_resource(item) for item in items[:MOST_RESOURCES]]


def _resource(item: object) -> Resource:
    if not isinstance(item, dict):
        return Resource(arn=text(item))
    return Resource(arn=text(item.get("ARN")), small=text(item.get("arn")))


def _nested(value: object) -> dict[str, Any] | None:
    if isinstance(value, str) and value.lstrip()[:1] == "{":
        found = _json(value)
        value = from_lake_text(value.strip()) if found is None else found
    return value if isinstance(value, dict) else None


def _json(value: str) -> Any:
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return None


@cache
def _plan(kind: type[msgspec.Struct]) -> tuple[_Field, ...]:
    """Every field of a struct; those that only the envelope tells are left out."""
    info = inspect.type_info(kind)
    fields = info.fields if isinstance(info, inspect.StructType) else ()
    return tuple(_field(f.name, f.encode_name, f.type) for f in fields if f.name not in _NOT_READ)


_NOT_READ = frozenset(("envelope_account", "envelope_source", "row"))
_KEPT = ((inspect.BoolType, bool), (inspect.IntType, int), (inspect.FloatType, float))


def _field(name: str, key: str, kind: inspect.Type) -> _Field:
    options = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    many = next((option.item_type for option in options if isinstance(option, inspect.ListType)), None)
    options = options if many is None else (many,)
    inner = next((option.cls for option in options if isinstance(option, inspect.StructType)), None)
    kept = tuple(python for spelled, python in _KEPT if any(isinstance(option, spelled) for option in options))
    return _Field(name, key, key.lower(), inner, kept, many is not None)

"""Reading a record whose shape is not AWS's: field by field, keeping what can be read."""

import json
import re
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec import inspect

from model.cloudtrail import CloudTrailRecord, Resource

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_KEYS = frozenset(
    (
        *("eventversion", "useridentity", "eventtime", "eventsource", "eventname"),
        *("awsregion", "sourceipaddress", "useragent", "eventid"),
    )
)
_ALIASES = {"p_event_time": "eventtime"}
_TEXT = 2048
_AGENT = 1024
S = TypeVar("S", bound=msgspec.Struct)


def looks_like_record(value: object) -> bool:
    """True for a dict with three of a record's own keys, in any case; not for S3's notifications and such."""
    if not isinstance(value, dict) or len(value) < 3:
        return False
    keys = {key.lower() for key in value if isinstance(key, str)}
    if len(keys & _KEYS) < 3 or "cloudtrailevent" in keys or "insightdetails" in keys:
        return False
    return not str(value.get("eventSource") or "").startswith("aws:")


def has_record_key(value: object) -> bool:
    """True for a dict with any of a record's own keys."""
    return isinstance(value, dict) and any(isinstance(key, str) and key.lower() in _KEYS for key in value)


def lenient(value: dict[str, Any]) -> CloudTrailRecord:
    """The record as far as it can be read; wrong types become text or are left out, long texts are cut."""
    return _struct(CloudTrailRecord, value)


def text(value: object, limit: int = _TEXT) -> str | None:
    """A scalar as text of at most `limit` characters, without lone surrogates; None for anything else."""
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value[:limit])
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if value.bit_length() < 256 else None
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, list) and len(value) == 1 and not isinstance(value[0], list):
        return text(value[0], limit)  # some exporters wrap single values
    return None


def _struct(kind: type[S], value: dict[str, Any]) -> S:
    found: dict[str, Any] = {}
    for key, item in value.items():
        if item is not None and isinstance(key, str):
            found.setdefault(_ALIASES.get(key.lower(), key.lower()), item)
    read = {name: _field(name, inner, found.get(encoded)) for name, encoded, inner in _plan(kind)}
    return kind(**{name: item for name, item in read.items() if item is not None})


def _field(name: str, inner: type[msgspec.Struct] | None, value: object) -> object:
    if inner is None:
        return text(value, _AGENT if name == "user_agent" else _TEXT)
    if name == "resources":
        return _resources(value)
    nested = _nested(value)
    return _struct(inner, nested) if nested is not None else None


def _resources(value: object) -> list[Resource] | None:
    items = value if isinstance(value, list) else [value]
    found = [Resource(arn=text(_arn(item))) for item in items[:100]]
    return [resource for resource in found if resource.arn and ":" in resource.arn] or None


def _arn(item: object) -> object:
    if not isinstance(item, dict):
        return item
    return next((item[key] for key in ("ARN", "arn", "Arn", "ARNPrefix", "ResourceName") if item.get(key)), None)


def _nested(value: object) -> dict[str, Any] | None:
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, dict) else None


@cache
def _plan(kind: type[msgspec.Struct]) -> tuple[tuple[str, str, type[msgspec.Struct] | None], ...]:
    """For each field: its name, its key in lower case, and its struct where it is one."""
    info = inspect.type_info(kind)
    fields = info.fields if isinstance(info, inspect.StructType) else ()
    return tuple((f.name, f.encode_name.lower(), _inner(f.type)) for f in fields if ":" not in f.encode_name)


def _inner(kind: inspect.Type) -> type[msgspec.Struct] | None:
    for option in kind.types if isinstance(kind, inspect.UnionType) else (kind,):
        if isinstance(option, inspect.ListType):
            return _inner(option.item_type)
        if isinstance(option, inspect.StructType):
            return option.cls
    return None

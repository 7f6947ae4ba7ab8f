"""A walk over anything that JSON can hold, in search of records: what carries them, and what only looks like one."""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from model.cloudtrail import CloudTrailRecord, Unparsed, settle, unparsed
from model.delivered import UNREADABLE, delivered
from model.guardduty import from_guardduty, is_guardduty
from model.gzipped import gunzip
from model.json_pieces import Broken, pieces
from model.lenient import has_record_key, hides_its_caller, lenient, looks_like_record, text
from model.ocsf import from_ocsf, is_ocsf
from model.record_time import seconds

Item = CloudTrailRecord | Unparsed

VIA_CLOUDTRAIL = "via CloudTrail"
"""What the detail types of all events have that carry records: API Call, Service Event, Console Signin, Sign In."""

_DEEPEST = 32
_SHALLOW = 48
_LARGEST = 32 * 1024 * 1024
_MARKS = ("eventName", "userIdentity", "eventSource", "eventTime", "eventID", "CloudTrailEvent", "eventname")
_NESTED = re.compile("(?:" + "|".join((*_MARKS, "awslogs", "accessKeyDetails")) + r')\\{0,64}"\s{0,64}:')


class _Event(NamedTuple):
    """The EventBridge event around a record. The outermost is believed: what is inside may be anybody's."""

    account: str
    source: str
    time: str | None


class _Place(NamedTuple):
    """Where in a body the walk is."""

    depth: int = 0
    event: _Event | None = None

    def inside(self) -> "_Place":
        return _Place(self.depth + 1, self.event)


class Walk:
    """One body's walk. What is packed in it may unfold to 32 MiB in all."""

    def __init__(self) -> None:
        self._room = _LARGEST

    def body(self, data: bytes) -> Iterator[Item]:
        """Every record in a whole body; one Unparsed where it is no JSON at all."""
        body = data.decode("utf-8", "replace").removeprefix("\ufeff")
        readable = False
        reason = "not JSON"
        for value in pieces(body):
            if isinstance(value, Broken):
                reason = value.reason if not readable else reason
                if not marked(value.text):
                    continue
                yield _broken(value)
            else:
                yield from self._value(value, _Place())
            readable = readable or isinstance(value, dict | list | Broken)
        if not readable:
            yield unparsed(reason, data)

    def element(self, data: bytes) -> Iterator[Item]:
        """What stands beside records in a file's list."""
        for value in pieces(data.decode("utf-8", "replace")):
            if isinstance(value, Broken):
                yield _broken(value)
            else:
                yield from self._listed(value, _Place(), company=True)

    def _value(self, value: object, place: _Place) -> Iterator[Item]:
        if place.depth > _DEEPEST:
            return self._too_deep(value)
        if isinstance(value, dict):
            return self._dict(value, place)
        if isinstance(value, list):
            return self._list(value, place)
        return self._string(value, place) if isinstance(value, str) else iter(())

    def _too_deep(self, value: object) -> Iterator[Item]:
        if isinstance(value, dict | list | str):
            dumped = _dumped(value)
            if marked(dumped.decode("utf-8", "replace")):
                yield unparsed("a record too deep inside others", dumped)

    def _dict(self, value: dict[str, Any], place: _Place) -> Iterator[Item]:
        if looks_like_record(value):
            yield _record(value, value, place.event)
        elif is_ocsf(value):
            yield _record(from_ocsf(value), value, place.event)
        elif is_guardduty(value):
            yield from _warning(value, place.event)
        elif "detail" in value and "detail-type" in value:
            yield from self._event(value, place)
        elif isinstance(value.get("CloudTrailEvent"), str | dict):
            yield from self._certain(value["CloudTrailEvent"], place)
        else:
            for inner in value.values():
                yield from self._value(inner, place.inside())

    def _event(self, value: dict[str, Any], place: _Place) -> Iterator[Item]:
        """An EventBridge event. AWS's own that are not CloudTrail's (a finding, a new object's name) hold texts that
        anybody wrote: nothing is searched for in them, and of GuardDuty's a few fields are read."""
        event = place.event or _Event(
            text(value.get("account")) or "", text(value.get("source")) or "", text(value.get("time"))
        )
        inside, detail = _Place(place.depth + 1, event), value["detail"]
        if value["detail-type"] == "GuardDuty Finding" and event.source == "aws.guardduty":
            yield from _warning(detail, event)
        elif VIA_CLOUDTRAIL in str(value["detail-type"]):
            yield from self._certain(detail, inside)
        elif not event.source.startswith("aws.") or looks_like_record(detail):
            yield from self._value(detail, inside)

    def _certain(self, value: object, place: _Place) -> Iterator[Item]:
        """Where a record must be: nothing found is itself worth telling."""
        found = False
        for item in self._value(value, place.inside()):
            found = True
            yield item
        if not found and not _is_other(value):
            yield unparsed("no record where one must be", _dumped(value))

    def _list(self, values: list[Any], place: _Place) -> Iterator[Item]:
        row = _row(values)
        if row is not None:
            yield from self._dict(row, place)
            return
        company = any(map(looks_like_record, values))
        for value in values:
            yield from self._listed(value, place, company)

    def _listed(self, value: object, place: _Place, company: bool) -> Iterator[Item]:
        return self._certain(value, place) if _is_stray(value, company) else self._value(value, place.inside())

    def _string(self, value: str, place: _Place) -> Iterator[Item]:
        if value[:4] == "H4sI":
            yield from self._packed(value, place)
        elif _NESTED.search(value):
            yield from self._text(value, place)

    def _packed(self, value: str, place: _Place) -> Iterator[Item]:
        try:
            packed = base64.b64decode(value, validate=False)
        except (binascii.Error, ValueError):
            yield unparsed("not base64, though it begins like it", value.encode("utf-8", "replace"))
            return
        plain = gunzip(packed, self._room)
        self._room -= len(plain.data)
        yield from self._text(plain.data.decode("utf-8", "replace"), place.inside())
        if plain.fault is not None:
            yield plain.fault

    def _text(self, body: str, place: _Place) -> Iterator[Item]:
        """Every record in a text that something carried."""
        records = _delivered(body)
        if records is not None:
            yield from (_carried(record, place.event) for record in records)
            return
        for value in pieces(body):
            if not isinstance(value, Broken):
                yield from self._value(value, place.inside())
            elif marked(value.text):
                yield _broken(value)


def _delivered(body: str) -> list[CloudTrailRecord] | None:
    try:
        return delivered(body.encode())
    except UNREADABLE:
        return None


def _carried(record: CloudTrailRecord, event: _Event | None) -> CloudTrailRecord:
    if event is not None:
        record.envelope_account, record.envelope_source = event.account, event.source
    return record


def _record(fields: dict[str, Any], original: dict[str, Any], event: _Event | None) -> Item:
    record = _carried(lenient(fields), event)
    if event is not None and seconds(record.event_time) is None:
        record.event_time = event.time
    if not record.event_name:
        return unparsed("no eventName", _dumped(original))
    if seconds(record.event_time) is None:
        return unparsed("no eventTime that can be read", _dumped(original))
    if record.user_identity is None and hides_its_caller(fields):
        return unparsed("a userIdentity that cannot be read", _dumped(original))
    settle(record)
    return record


def _warning(value: Any, event: _Event | None) -> Iterator[Item]:
    fields = from_guardduty(value) if isinstance(value, dict) else None
    if fields is not None:
        yield _record(fields, value, event)


def marked(body: str) -> bool:
    """True where a text names a field that only records have."""
    return any(mark in body for mark in _MARKS)


def _broken(piece: Broken) -> Unparsed:
    return unparsed(piece.reason, piece.text.encode("utf-8", "replace"))


def _dumped(value: object) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "replace")
    try:
        return json.dumps(value).encode()
    except RecursionError:
        return json.dumps(_shallow(value, _SHALLOW)).encode()


def _shallow(value: Any, depth: int) -> Any:
    if isinstance(value, dict):
        return {key: _shallow(inner, depth - 1) for key, inner in value.items()} if depth else None
    if isinstance(value, list):
        return [_shallow(inner, depth - 1) for inner in value] if depth else None
    return value


def _is_other(value: object) -> bool:
    """True for what stands beside records and is none: an insight, another service's notification."""
    if not isinstance(value, dict):
        return False
    return "insightDetails" in value or str(value.get("eventSource") or value.get("EventSource") or "")[:4] == "aws:"


def _is_stray(value: object, company: bool) -> bool:
    """True for what stands in a record's place (beside records, or with a record's key) and is none."""
    if looks_like_record(value) or _is_other(value):
        return False
    if not isinstance(value, dict) or not value:
        return company and not isinstance(value, list | str)
    return has_record_key(value) and (company or not any(isinstance(i, dict | list) for i in value.values()))


def _row(values: list[Any]) -> dict[str, Any] | None:
    """A query result's row, written as a list of one-field objects, as one object."""
    if len(values) < 3 or not all(isinstance(value, dict) and len(value) == 1 for value in values):
        return None
    row = {key: inner for value in values for key, inner in value.items()}
    return row if looks_like_record(row) else None

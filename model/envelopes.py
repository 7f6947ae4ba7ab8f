"""CloudTrail records out of whatever carried them, told apart by looking.

The fast path reads what AWS delivers (log files, EventBridge events, single records and lines of these) in one pass of
msgspec. All else goes through the standard library's parser and a walk over what it found.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from model.cloudtrail import CloudTrailRecord, Text, Unparsed, unparsed
from model.json_pieces import Broken, pieces
from model.lenient import has_record_key, lenient, looks_like_record, text
from model.ocsf import from_ocsf, is_ocsf
from model.record_time import seconds

Item = CloudTrailRecord | Unparsed

_GZIP = b"\x1f\x8b"
_LARGEST = 256 * 1024 * 1024
_DEEPEST = 16
_MARKS = ("eventName", "userIdentity", "eventSource", "eventTime", "eventID", "CloudTrailEvent", "eventname")
_NESTED = re.compile(r'\\*"(?:' + "|".join((*_MARKS, "awslogs")) + r')\\*"\s*:')


class _Envelope(msgspec.Struct, gc=False):
    records: list[CloudTrailRecord] | None = msgspec.field(default=None, name="Records")
    detail: CloudTrailRecord | None = None
    account: Text | None = None
    source: Text | None = None


class _Carrier(NamedTuple):
    """The EventBridge event around a record."""

    account: str | None
    source: str | None
    time: str | None


_ENVELOPE = msgspec.json.Decoder(_Envelope)
_RECORD = msgspec.json.Decoder(CloudTrailRecord)
_ARRAY = msgspec.json.Decoder(list[CloudTrailRecord])
_UNREADABLE = (msgspec.MsgspecError, RecursionError, UnicodeError)


def unwrap(data: bytes) -> Iterator[Item]:
    """Every record in `data`; what looks like one and cannot be read comes as Unparsed. Never raises.

    JSON without any record in it (a policy, another kind of event) gives nothing; bytes that are no JSON at all give
    one Unparsed.
    """
    if data[:2] == _GZIP:
        yield from _unzipped(data)
        return
    if not data.strip():
        return
    records = _fast(data)
    if records is not None:
        yield from records
        return
    lines = data.split(b"\n")
    first = next((line for line in lines if line.strip()), b"")
    if len(lines) > 1 and len(first) < len(data.strip()) and _fast(first) is not None:
        yield from _lines(lines)
        return
    yield from _slow(data)


def _fast(data: bytes) -> list[CloudTrailRecord] | None:
    """The records of what AWS delivers; None where the bytes are anything else."""
    try:
        if data.lstrip()[:1] == b"[":
            return _all_readable(_ARRAY.decode(data))
        envelope = _ENVELOPE.decode(data)
        if envelope.detail is not None:
            return _carried(envelope.detail, envelope)
        return _all_readable(envelope.records or [_RECORD.decode(data)])
    except _UNREADABLE:
        return None


def _carried(record: CloudTrailRecord, envelope: _Envelope) -> list[CloudTrailRecord] | None:
    if not _readable(record):
        return None
    record.envelope_account = envelope.account or ""
    record.envelope_source = envelope.source or ""
    return [record]


def _all_readable(records: list[CloudTrailRecord]) -> list[CloudTrailRecord] | None:
    return records if records and all(map(_readable, records)) else None


def _readable(record: CloudTrailRecord) -> bool:
    return bool(
        record.event_name
        and seconds(record.event_time)
        and record.event_source[:4] != "aws:"
        and record.envelope_source is None
        and record.envelope_account is None
    )


def _lines(lines: list[bytes]) -> Iterator[Item]:
    for line in lines:
        if not line.strip():
            continue
        records = _fast(line)
        yield from records if records is not None else _slow(line)


def _unzipped(data: bytes) -> Iterator[Item]:
    plain = gunzip(data)
    if isinstance(plain, Unparsed):
        yield plain
        return
    yield from unwrap(plain) if plain[:2] != _GZIP else (unparsed("gzip within gzip", data),)


def gunzip(data: bytes) -> bytes | Unparsed:
    """The plain bytes of all gzip members, at most 256 MiB; what was read before a fault is not thrown away."""
    parts: list[bytes] = []
    room = _LARGEST
    while data[:2] == _GZIP and room > 0:
        stream = zlib.decompressobj(wbits=31)
        try:
            parts.append(stream.decompress(data, room))
        except zlib.error:
            return b"".join(parts) or unparsed("not gzip, though it begins like it", data)
        room -= len(parts[-1])
        data = stream.unused_data
    return b"".join(parts)


def _slow(data: bytes) -> Iterator[Item]:
    yield from _text(data.decode("utf-8", "replace").removeprefix("\ufeff"), None, 0, data)


def _text(body: str, carrier: _Carrier | None, depth: int, data: bytes | None = None) -> Iterator[Item]:
    """Every record in a text of JSON; `data` is the whole body, given for what was not wrapped in anything."""
    readable = False
    broken: list[Broken] = []
    for value in pieces(body):
        if isinstance(value, Broken):
            broken.append(value)
            if marked(value.text):
                readable = True
                yield _broken(value)
            continue
        readable = readable or isinstance(value, dict | list)
        yield from _value(value, carrier, depth + 1)
    if data is not None and not readable:
        yield unparsed(broken[0].reason if broken else "not JSON", data)


def _value(value: object, carrier: _Carrier | None, depth: int) -> Iterator[Item]:
    if depth > _DEEPEST:
        return
    if isinstance(value, dict):
        yield from _dict(value, carrier, depth)
    elif isinstance(value, list):
        yield from _list(value, carrier, depth)
    elif isinstance(value, str):
        yield from _string(value, carrier, depth)


def _dict(value: dict[str, Any], carrier: _Carrier | None, depth: int) -> Iterator[Item]:
    if looks_like_record(value):
        yield _record(value, value, carrier)
    elif is_ocsf(value):
        yield _record(from_ocsf(value), value, carrier)
    elif "detail" in value and "detail-type" in value:
        yield from _event(value, carrier, depth)
    elif isinstance(value.get("CloudTrailEvent"), str | dict):
        yield from _certain(value["CloudTrailEvent"], carrier, depth)
    else:
        for inner in value.values():
            yield from _value(inner, carrier, depth + 1)


def _event(value: dict[str, Any], carrier: _Carrier | None, depth: int) -> Iterator[Item]:
    """An EventBridge event. The outermost is believed: what is inside may be anybody's."""
    outer = carrier or _Carrier(
        text(value.get("account")) or "", text(value.get("source")) or "", text(value.get("time"))
    )
    if "via CloudTrail" in str(value["detail-type"]):
        yield from _certain(value["detail"], outer, depth)
    else:
        yield from _value(value["detail"], outer, depth + 1)


def _certain(value: object, carrier: _Carrier | None, depth: int) -> Iterator[Item]:
    """Where a record must be: nothing found is itself worth telling."""
    found = False
    for item in _value(value, carrier, depth + 1):
        found = True
        yield item
    if not found and not _known_other(value):
        yield unparsed("no record where one must be", _dumped(value))


def _list(values: list[Any], carrier: _Carrier | None, depth: int) -> Iterator[Item]:
    row = _row(values)
    if row is not None:
        yield from _dict(row, carrier, depth)
        return
    company = any(map(looks_like_record, values))
    for value in values:
        look = _certain if _stray(value, company) else _value
        yield from look(value, carrier, depth + 1)


def _string(value: str, carrier: _Carrier | None, depth: int) -> Iterator[Item]:
    if value[:4] == "H4sI":
        yield from _packed(value, carrier, depth)
    elif _NESTED.search(value):
        yield from _text(value, carrier, depth)


def _packed(value: str, carrier: _Carrier | None, depth: int) -> Iterator[Item]:
    try:
        plain = gunzip(base64.b64decode(value, validate=False))
    except (binascii.Error, ValueError):
        plain = unparsed("not base64, though it begins like it", value.encode("utf-8", "replace"))
    if isinstance(plain, Unparsed):
        yield plain
        return
    yield from _text(plain.decode("utf-8", "replace"), carrier, depth + 1)


def marked(body: str) -> bool:
    """True where a text names a field that only records have."""
    return any(mark in body for mark in _MARKS)


def _record(fields: dict[str, Any], original: dict[str, Any], carrier: _Carrier | None) -> Item:
    record = lenient(fields)
    if carrier is not None:
        record.envelope_account, record.envelope_source = carrier.account, carrier.source
        if seconds(record.event_time) is None:
            record.event_time = carrier.time
    if not record.event_name:
        return unparsed("no eventName", _dumped(original))
    if seconds(record.event_time) is None:
        return unparsed("no eventTime that can be read", _dumped(original))
    return record


def _broken(piece: Broken) -> Unparsed:
    return unparsed(piece.reason, piece.text.encode("utf-8", "replace"))


def _dumped(value: object) -> bytes:
    return msgspec.json.encode(value, enc_hook=str) if not isinstance(value, str) else value.encode("utf-8", "replace")


def _known_other(value: object) -> bool:
    """True for what stands beside records and is none: an insight, another service's notification."""
    if not isinstance(value, dict):
        return False
    return "insightDetails" in value or str(value.get("eventSource") or value.get("EventSource") or "")[:4] == "aws:"


def _stray(value: object, company: bool) -> bool:
    """True for what stands in a record's place (beside records, or with a record's key) and is none."""
    if looks_like_record(value) or _known_other(value):
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

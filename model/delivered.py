"""The fast path: records out of what AWS delivers, in one pass of msgspec. All else is left to model/envelopes.py.

What is read here, the slow path reads to the same values: a record that one of them sees and the other does not would
be a place to hide.
"""

import msgspec
from msgspec import UNSET

from model.cloudtrail import CloudTrailRecord, Text, settle
from model.record_time import seconds

UNREADABLE = (msgspec.MsgspecError, RecursionError, UnicodeError)

_BEGINNING = 8
_ALONE, _FILE = b'{"eventV', b'{"Record'


class _Envelope(msgspec.Struct, gc=False):
    detail: CloudTrailRecord | None = None
    detail_type: Text | None = msgspec.field(default=None, name="detail-type")
    account: Text | None = None
    source: Text | None = None
    event_name: msgspec.Raw | None = msgspec.field(default=None, name="eventName")


class _File(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    records: list[CloudTrailRecord] = msgspec.field(name="Records")


class _RoughFile(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    records: list[msgspec.Raw] = msgspec.field(name="Records")


_ENVELOPES = msgspec.json.Decoder(_Envelope)
_RECORDS = msgspec.json.Decoder(CloudTrailRecord)
_FILES = msgspec.json.Decoder(_File)
_ARRAYS = msgspec.json.Decoder(list[CloudTrailRecord])
_ROUGH_FILES = msgspec.json.Decoder(_RoughFile)
_ROUGH_ARRAYS = msgspec.json.Decoder(list[msgspec.Raw])
_ANYTHING = msgspec.json.Decoder(msgspec.Raw)


def delivered(data: bytes) -> list[CloudTrailRecord] | None:
    """The records of a log file, an array, an EventBridge event, or of one alone; None where there is anything else."""
    beginning = data[:_BEGINNING]
    try:
        if beginning == _FILE:
            return _all(_FILES.decode(data).records)
        if beginning == _ALONE:
            return _all([_RECORDS.decode(data)])
        if beginning.lstrip()[:1] == b"[":
            return _all(_ARRAYS.decode(data))
        envelope = _ENVELOPES.decode(data)
        record = envelope.detail
        if record is None or envelope.detail_type is None or envelope.event_name is not None:
            return _all(_FILES.decode(data).records if envelope.event_name is None else [_RECORDS.decode(data)])
    except UNREADABLE:
        return None
    if not _is_whole(record):
        return None
    record.envelope_account, record.envelope_source = envelope.account or "", envelope.source or ""
    return [record]


def elements(data: bytes) -> list[CloudTrailRecord | bytes] | None:
    """The elements of a log file or array, each a record or, where it is none that AWS writes, as it stands.

    None where all are so, or where there is anything else. One odd record must not make all of a file slow.
    """
    try:
        found = _ROUGH_ARRAYS.decode(data) if data.lstrip()[:1] == b"[" else _ROUGH_FILES.decode(data).records
    except UNREADABLE:
        return None
    read = [_alone(bytes(element)) for element in found]
    return read if any(isinstance(element, CloudTrailRecord) for element in read) else None


def is_json(data: bytes) -> bool:
    """Whether `data` is one JSON value."""
    try:
        _ANYTHING.decode(data)
    except UNREADABLE:
        return False
    return True


def _alone(data: bytes) -> CloudTrailRecord | bytes:
    try:
        found = _all([_RECORDS.decode(data)])
    except UNREADABLE:
        return data
    return found[0] if found else data


def _all(records: list[CloudTrailRecord]) -> list[CloudTrailRecord] | None:
    """The same records; None where there are none, or one of them is no record as AWS writes it."""
    for record in records:
        if not _is_whole(record):
            return None
        record.envelope_account = record.envelope_source = None
    return records or None


def _is_whole(record: CloudTrailRecord) -> bool:
    """Whether it is a record as AWS writes it: then it is settled too."""
    who = record.user_identity
    if (
        not record.event_name
        or seconds(record.event_time) is None
        or record.event_source[:4] == "aws:"
        or (who is not None and who.row is not UNSET)
    ):
        return False
    settle(record)
    return True

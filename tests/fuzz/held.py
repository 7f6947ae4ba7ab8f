"""What must hold of the parser whatever bytes it is given. Each broken rule raises AssertionError."""

import time

import msgspec

from model.carriers import Walk
from model.cloudtrail import CloudTrailRecord, Unparsed
from model.delivered import delivered, elements
from model.envelopes import unwrap
from model.gzipped import MAGIC
from model.identities import identity_of, session_of
from model.sts import assumes, assumption, call

Items = list[CloudTrailRecord | Unparsed]
_LONGEST_TEXT = 2048


def hold(body: bytes, *marks: bytes) -> Items:
    """Every rule, for one body; the items it gives. `marks` are secrets that must be in none."""
    start = time.process_time()
    items = list(unwrap(body))
    spent = time.process_time() - start
    assert spent < 2 + len(body) * 2e-5, f"{spent:.1f} s for {len(body)} bytes"
    assert items == list(unwrap(body)), "not the same again"
    for item in items:
        _record(item) if isinstance(item, CloudTrailRecord) else _unparsed(item)
    _paths_agree(body, items)
    written = msgspec.msgpack.encode(items) + repr(items).encode("utf-8", "replace")
    assert not any(mark in written for mark in marks), "a secret is kept"
    return items


def _record(record: CloudTrailRecord) -> None:
    assert record.event_name
    assert record.time is not None
    assert isinstance(record.id, str)
    assert record.id == record.id
    caller = identity_of(record)
    assert 0 < len(caller.key) <= 400
    assert caller == identity_of(record)
    made, called = assumption(record), call(record)
    assert called.caller is caller
    assert called.caller_session == session_of(record)
    assert isinstance(assumes(record), bool)
    if made is not None:
        assert made.role_arn
        assert made.denied is (record.error is not None or made.error == "Failure")
    assert all(len(text) <= _LONGEST_TEXT for text in _texts(record)), "a text without bound"
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(record), type=CloudTrailRecord)
    assert again == record, "not the same after it was written"


def _unparsed(item: Unparsed) -> None:
    assert item.reason
    assert len(item.excerpt) <= 2000
    assert item.excerpt.isprintable()
    assert len(item.digest) == 64


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    names = getattr(value, "__struct_fields__", ())
    return [text for name in names for text in _texts(getattr(value, name))]


def _paths_agree(body: bytes, items: Items) -> None:
    """The fast path, the one for files with odd elements, and the slow one read the same."""
    if body[:2] == MAGIC or (delivered(body) is None and elements(body) is None):
        return
    slow = [*Walk().body(body)]
    assert _seen(items) == _seen(slow), f"fast and slow path differ: {_seen(items)} {_seen(slow)}"


def _seen(items: Items) -> list[object]:
    return [item if isinstance(item, CloudTrailRecord) else item.reason for item in items]

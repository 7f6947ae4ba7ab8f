"""CloudTrail records out of whatever carried them, told apart by looking.

What AWS delivers (log files, EventBridge events, single records and lines of these) is read in one pass of msgspec
(model/delivered.py). All else goes through the standard library's parser and a walk over what it found
(model/carriers.py), to the same values.
"""

import re
from collections.abc import Iterable, Iterator
from io import BytesIO
from itertools import islice

from model.carriers import Item, Walk, marked
from model.cloudtrail import Unparsed, unparsed
from model.delivered import delivered, elements, is_json
from model.gzipped import MAGIC, gunzip

__all__ = ["Item", "marked", "unwrap"]

_LARGEST = 256 * 1024 * 1024
_LOOKED_AT = 16
_PRINTED = re.compile(rb"\S")


def unwrap(data: bytes) -> Iterable[Item]:
    """Every record in `data`; what looks like one and cannot be read comes as Unparsed. Never raises.

    JSON without any record in it (a policy, a GuardDuty finding, another kind of event) gives nothing; bytes that are
    no JSON at all give one Unparsed.
    """
    records = delivered(data)
    if records is not None:
        return records
    return _unzipped(data) if data[:2] == MAGIC else _searched(data)


def _searched(data: bytes) -> Iterator[Item]:
    start = _PRINTED.search(data)
    if start is None:
        return
    mixed = elements(data)
    if mixed is not None:
        walk = Walk()
        for element in mixed:
            yield from walk.element(element) if isinstance(element, bytes) else (element,)
    elif _is_lines(data[start.start() :]):
        yield from _lines(data)
    else:
        yield from Walk().body(data)


def _is_lines(data: bytes) -> bool:
    """Whether lines stand for themselves: more follow the first, which is a whole value, or two of the first are
    records (a file may begin with a broken line; in an array, one line at most is a record without a comma)."""
    lines = [line for line in islice(BytesIO(data), _LOOKED_AT) if not line.isspace()]
    if len(lines) < 2:
        return False
    return _is_value(lines[0]) or sum(delivered(line) is not None for line in lines) > 1


def _lines(data: bytes) -> Iterator[Item]:
    """Each line for itself, so that a broken one costs no other. Lines that are no value are read as one text."""
    broken: list[bytes] = []
    for line in BytesIO(data):
        records = delivered(line)
        if records is None and not _is_value(line):
            broken.append(line)
            continue
        yield from _text(broken)
        broken.clear()
        yield from records if records is not None else _searched(line.rstrip())
    yield from _text(broken)


def _is_value(line: bytes) -> bool:
    return line.lstrip()[:1] in (b"{", b"[") and is_json(line)


def _text(lines: list[bytes]) -> Iterator[Item]:
    text = b"".join(lines)
    if text and not text.isspace():
        yield from Walk().body(text)


def _unzipped(data: bytes) -> Iterator[Item]:
    plain = gunzip(data, _LARGEST)
    told = False
    inner = unwrap(plain.data) if plain.data[:2] != MAGIC else (unparsed("gzip within gzip", data),)
    for item in inner:
        told = told or isinstance(item, Unparsed)
        yield item
    if plain.fault is not None and not told:
        yield plain.fault

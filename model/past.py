"""Activity hour by hour, packed once its days are over: an ordinary month takes a few hundred bytes.

A baseline counts the running day (UTC) in plain dictionaries; what is older lies here. Which hours were active is a map
of bits, so that the questions asked on every assumption are answered without opening anything.
"""

import zlib
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

import msgspec

from model.spans import DAY, HOUR, summed

DAYS = 30
_LATE_S = 2 * HOUR
"""A day is packed this long after its end; what comes later still, has it packed again."""
_MOST, _MOST_ACTIVE = (1 << 16) - 1, (1 << 31) - 1
"""Counts are packed up to these: more than AWS answers in a quarter of an hour, or in an hour."""


class Past(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The active hours from `since` on (an hour since 1970 UTC), a bit each, and their counts, compressed."""

    since: int = 0
    bits: bytes = b""
    counts: bytes = b""

    def holds(self, hour: int) -> bool:
        """Whether that hour (since 1970 UTC) was active."""
        place = hour - self.since
        return 0 <= place < 8 * len(self.bits) and bool(self.bits[place >> 3] >> (place & 7) & 1)

    @property
    def hours(self) -> int:
        """How many hours were active."""
        return int.from_bytes(self.bits, "little").bit_count()

    @property
    def first(self) -> int:
        """The first active hour (since 1970 UTC); 0 where there is none."""
        bits = int.from_bytes(self.bits, "little")
        return self.since + (bits & -bits).bit_length() - 1 if bits else 0

    @property
    def end(self) -> int:
        """The first hour that is not packed."""
        return self.since + 8 * len(self.bits)


class Counts(NamedTuple):
    """Calls and assumptions by hour, and successful assumptions by quarter of an hour (both since 1970 UTC)."""

    active: Mapping[int, int]
    quarters: Mapping[int, int]


class _Columns(NamedTuple):
    """Of each active hour its count, and a bit for each quarter of it that had assumptions; the counts of those."""

    active: list[int]
    quarters: bytes
    counts: list[int]


_NONE = _Columns([], b"", [])
_DECODER = msgspec.msgpack.Decoder(tuple[list[int], bytes, list[int]])
_ENCODER = msgspec.msgpack.Encoder()


def first_day(last: int) -> int:
    """The day (since 1970 UTC) from which on counts are not packed, where `last` is the newest fact's time."""
    return (last - _LATE_S) // DAY


def begin(last: int) -> int:
    """The hour (since 1970 UTC) at which a past begins, where `last` is the newest fact's time."""
    return (last // DAY - DAYS) * 24


def packed(past: Past, live: Counts, last: int) -> Past:
    """The past with what was live and is over, without what is older than 30 days before `last`."""
    edge, oldest = first_day(last) * 24, (last - DAYS * DAY) // HOUR
    fresh = sorted(hour for hour in live.active if oldest <= hour < edge)
    if fresh and fresh[0] < past.end:
        return packed(Past(), together(past, live), last)
    since, new = begin(last), _as_columns(live, fresh)
    bits, old = _aged(past, since, oldest)
    bits |= sum(1 << (hour - since) for hour in fresh)
    if not bits:
        return Past(since)
    columns = _Columns(old.active + new.active, old.quarters + new.quarters, old.counts + new.counts)
    return Past(since, bits.to_bytes((edge - since) // 8, "little"), zlib.compress(_ENCODER.encode(columns), 1))


@lru_cache(maxsize=32)
def opened(past: Past) -> Counts:
    """The counts of a past; not to be changed."""
    bits, columns = int.from_bytes(past.bits, "little"), _columns(past)
    hours = [past.since + place for place in range(bits.bit_length()) if bits >> place & 1]
    marked = zip(hours, columns.quarters, strict=True)
    slots = [hour * 4 + place for hour, mask in marked for place in range(4) if mask >> place & 1]
    return Counts(dict(zip(hours, columns.active, strict=True)), dict(zip(slots, columns.counts, strict=True)))


def together(past: Past, live: Counts) -> Counts:
    """The counts of a past and of what is not packed yet."""
    before = opened(past)
    return Counts(summed(before.active, live.active), summed(before.quarters, live.quarters))


def _columns(past: Past) -> _Columns:
    return _Columns(*_DECODER.decode(zlib.decompress(past.counts))) if past.counts else _NONE


def _as_columns(counts: Counts, hours: list[int]) -> _Columns:
    fours = [[counts.quarters.get(hour * 4 + place, 0) for place in range(4)] for hour in hours]
    return _Columns(
        [min(counts.active[hour], _MOST_ACTIVE) for hour in hours],
        bytes(sum(1 << place for place, n in enumerate(four) if n) for four in fours),
        [min(n, _MOST) for four in fours for n in four if n],
    )


def _aged(past: Past, since: int, oldest: int) -> tuple[int, _Columns]:
    """The bits from `since` on, and the columns, without the hours before `oldest`."""
    if not past.bits:
        return 0, _NONE
    bits, gone = int.from_bytes(past.bits, "little"), max(0, oldest - past.since)
    hours = (bits & ((1 << gone) - 1)).bit_count()
    active, quarters, counts = _columns(past)
    done = int.from_bytes(quarters[:hours], "little").bit_count()
    return (bits >> gone << gone) >> (since - past.since), _Columns(active[hours:], quarters[hours:], counts[done:])

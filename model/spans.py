"""When things were first and last seen, by the hour: the sets that a baseline is made of.

A span is the beginnings (seconds since 1970 UTC) of the first and the last hour that a thing was seen in. Spans join by
the earlier first and the later last, so that neither order nor how facts were split into batches matters.
"""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b
from operator import itemgetter
from typing import TypeVar

from model.thresholds import Learning

HOUR = 3600
DAY = 86_400
KEPT_S = 30 * DAY
HABIT_S = 20 * HOUR
"""First and last seen so far apart were two days, also of a daily job that comes a little earlier."""

K = TypeVar("K", int, str)
S = TypeVar("S", tuple[int, int], tuple[int, int, int], tuple[int, int, str])
Spans = dict[K, tuple[int, int]]
_LAST = itemgetter(1)


def digest_once(text: str) -> int:
    """The same as `digest`, of a text that does not come again."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()) >> 1


@lru_cache(maxsize=32_768)
def digest(text: str) -> int:
    """63 bits that stand for a text; stable across runs and machines."""
    return digest_once(text)


@lru_cache(maxsize=32_768)
def mark(text: str) -> int:
    """32 bits that stand for a text among a few hundred others."""
    return digest(text) >> 31


def short(text: str, most: int) -> str:
    """A text that takes at most `most` bytes of UTF-8; what is cut keeps a digest, so that two texts stay two."""
    if len(text) <= most and (text.isascii() or len(text.encode("utf-8", "replace")) <= most):
        return text
    kept = text.encode("utf-8", "replace")[: most - 17].decode("utf-8", "ignore")
    return f"{kept}~{digest(text):016x}"


def note(spans: "Spans[K]", name: K, at: int) -> None:
    """Note that a thing was seen in the hour that begins at `at`."""
    span = spans.get(name)
    if span is None:
        spans[name] = (at, at)
    elif at > span[1]:
        spans[name] = (span[0], at)
    elif at < span[0]:
        spans[name] = (at, span[1])


def known(spans: "Spans[K]", name: K, now: float) -> bool:
    """Whether the thing was seen in the 30 days before `now` (to the hour)."""
    span = spans.get(name)
    return span is not None and span[1] > now - KEPT_S - HOUR


def habitual(spans: "Spans[K]", name: K, now: float, learning: Learning) -> bool:
    """Whether the thing is known and counts: what a single day brought counts up to that day's share only.

    It counts once two days have seen it. Of what was seen on one day only, the first `new_a_day` of that day count, or
    `new_share` of what were habits before it, where that is more. So one unnoticed day teaches little, however full it
    was, and whoever comes again the day after teaches at a person's pace.
    """
    span = spans.get(name)
    if span is None or span[1] <= now - KEPT_S - HOUR:
        return False
    if len(spans) <= learning.new_a_day or span[1] - span[0] >= HABIT_S:
        return True
    return _place(spans, name, span[0]) < _quota(spans, span[0], learning)


def habits(spans: "Spans[K]") -> int:
    """How many things two days have seen."""
    return sum(last - first >= HABIT_S for first, last in spans.values())


def newest(spans: dict[K, S], oldest: int, most: int) -> dict[K, S]:
    """The things last seen at `oldest` or later, at most `most` of them; the same object where nothing leaves."""
    if not spans or (len(spans) <= most and min(spans.values(), key=_LAST)[1] >= oldest):
        return spans
    live = [(name, span) for name, span in spans.items() if span[1] >= oldest]
    live.sort(key=lambda item: (-item[1][1], item[0]))
    return dict(live[:most])


def last_of(times: dict[K, int], oldest: int, most: int) -> dict[K, int]:
    """The same for things with a last time only."""
    if not times or (len(times) <= most and min(times.values()) >= oldest):
        return times
    kept = sorted(times, key=lambda name: (-times[name], name))[:most]
    return {name: times[name] for name in kept if times[name] >= oldest}


def union(one: Mapping[K, tuple[int, int]], other: Mapping[K, tuple[int, int]]) -> "Spans[K]":
    """What either saw."""
    both = dict(one)
    for name, (first, last) in other.items():
        span = both.get(name)
        both[name] = (first, last) if span is None else (min(span[0], first), max(span[1], last))
    return both


def latest(one: Mapping[K, int], other: Mapping[K, int]) -> dict[K, int]:
    """The later time of each."""
    both = dict(one)
    for name, time in other.items():
        both[name] = max(both.get(name, 0), time)
    return both


def summed(one: Mapping[K, int], other: Mapping[K, int]) -> dict[K, int]:
    """The sum of each."""
    both = dict(one)
    for name, n in other.items():
        both[name] = both.get(name, 0) + n
    return both


def _place(spans: "Spans[K]", name: K, first: int) -> int:
    """How many of the same first day, seen on no other, came before it (in the same hour: by name)."""
    day, mine = first // DAY, (first, name)
    return sum(
        span[0] // DAY == day and span[1] - span[0] < HABIT_S and (span[0], each) < mine for each, span in spans.items()
    )


def _quota(spans: "Spans[K]", first: int, learning: Learning) -> int:
    day = first // DAY
    before = sum(span[0] // DAY < day and span[1] - span[0] >= HABIT_S for span in spans.values())
    return max(learning.new_a_day, int(before * learning.new_share))

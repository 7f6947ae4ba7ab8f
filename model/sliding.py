"""The last assumptions one by one, for windows of up to two hours; what there is too much of, by the minute.

Kept are the newest 224 of the last 125 minutes before the newest one, in order of time, whatever order they came in,
with the records of the newest 100 of them; `older` counts those of the 125 minutes that are not among the 224. So
windows that end within an hour of the newest assumption are exact to 224, and two lists join into the one that all
assumptions together would have made.
"""

from bisect import bisect_left, bisect_right, insort
from itertools import repeat
from typing import NamedTuple

RECENT = 224
RECORDS = 100
MINUTES = 125
LONGEST_ID = 40
"""Bytes of a record's id (AWS's have 36); a longer one is left out."""
_AFTER_ALL = 1 << 64


class Recent(NamedTuple):
    """One assumption in the sliding windows: its time, the digest of its target, whether it was denied, its record."""

    time: float
    target: int
    denied: bool
    record: str


def slide(recent: list[Recent], older: dict[int, int], entry: Recent) -> None:
    """Take one assumption in."""
    if not recent or recent[-1] <= entry:
        recent.append(entry)
    else:
        insort(recent, entry)
    if len(recent) > RECENT:
        _drop(recent, older)
        if len(older) > 2 * MINUTES:
            _forget_minutes(older, recent[-1].time)


def at_or_after(recent: list[Recent], time: float) -> int:
    """The place of the first assumption at that time or later."""
    return bisect_left(recent, (time,))


def later_than(recent: list[Recent], time: float) -> int:
    """The place of the first assumption later than that."""
    return bisect_right(recent, (time, _AFTER_ALL))


def counted(recent: list[Recent], older: dict[int, int], since: float, until: float) -> int:
    """How many assumptions in (since, until]: exact to 224, by whole minutes beyond."""
    kept = later_than(recent, until) - later_than(recent, since)
    if not older or recent[0].time <= since:
        return kept
    minutes = range(int(since // 60), int(until // 60) + 1)
    return kept + sum(map(older.get, minutes, repeat(0)))


def forget(recent: list[Recent], older: dict[int, int]) -> None:
    """Let go of what no window asks for: older than 125 minutes before the newest, and records beyond 100."""
    if not recent:
        return
    newest = recent[-1].time
    while len(recent) > RECENT:
        _drop(recent, older)
    del recent[: at_or_after(recent, (newest // 60 - MINUTES) * 60)]
    for place in range(len(recent) - RECORDS):
        if recent[place].record:
            recent[place] = recent[place]._replace(record="")
    if older:
        _forget_minutes(older, newest)


def _drop(recent: list[Recent], older: dict[int, int]) -> None:
    """The oldest one is counted only."""
    minute = int(recent.pop(0).time // 60)
    older[minute] = older.get(minute, 0) + 1


def _forget_minutes(older: dict[int, int], newest: float) -> None:
    edge = newest // 60 - MINUTES
    for minute in [minute for minute in older if minute < edge]:
        del older[minute]

"""What is packed of a month, day by day, so that what an identity usually does is summed up without opening it."""

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from model.past import Past, opened
from model.spans import DAY, HOUR

QUARTER = 900
A_DAY_OF_HOURS, A_DAY_OF_QUARTERS = DAY // HOUR, DAY // QUARTER


class Day(NamedTuple):
    """How many slots of a day were active, the sum of their counts, of the squares of these, and the highest."""

    slots: int
    total: int
    squares: int
    peak: int


class Daily(NamedTuple):
    """Counts by slot, in order of time, and their days. A slot is a number of hours or quarters since 1970 UTC."""

    slots: Sequence[int]
    counts: Sequence[int]
    days: Mapping[int, Day]

    def between(self, start: int, edge: int) -> Iterator[tuple[int, int]]:
        """The slots in [start, edge) with their counts."""
        first, end = bisect_left(self.slots, start), bisect_left(self.slots, edge)
        return zip(self.slots[first:end], self.counts[first:end], strict=True)


def a_day(counts: Sequence[int]) -> Day:
    """The day that these counts make."""
    return Day(len(counts), sum(counts), sum(n * n for n in counts), max(counts, default=0))


def by_hour(quarters: Mapping[int, int]) -> dict[int, int]:
    """Counts by the quarter of an hour, by the hour."""
    hours: dict[int, int] = {}
    for slot, n in quarters.items():
        hours[slot >> 2] = hours.get(slot >> 2, 0) + n
    return hours


@lru_cache(maxsize=2048)
def daily_quarters(past: Past) -> Daily:
    """Successful assumptions by the quarter of an hour."""
    return _daily(opened(past).quarters, A_DAY_OF_QUARTERS)


@lru_cache(maxsize=2048)
def daily_hours(past: Past) -> Daily:
    """Successful assumptions by the hour."""
    return _daily(by_hour(opened(past).quarters), A_DAY_OF_HOURS)


@lru_cache(maxsize=2048)
def daily_activity(past: Past) -> Daily:
    """Calls and assumptions by the hour."""
    return _daily(opened(past).active, A_DAY_OF_HOURS)


def active_between(past: Past, live: Mapping[int, int], start: int, edge: int) -> Iterator[tuple[int, int]]:
    """The active hours in [start, edge) with their counts; one that is packed and live too comes twice."""
    yield from daily_activity(past).between(start, edge)
    for hour, n in live.items():
        if start <= hour < edge:
            yield hour, n


def _daily(counts: Mapping[int, int], long: int) -> Daily:
    slots = sorted(counts)
    days = {day: a_day([counts[slot] for slot in of]) for day, of in groupby(slots, lambda slot: slot // long)}
    return Daily(array("q", slots), array("q", map(counts.__getitem__, slots)), days)

"""Hours of the day and of the week, as counted for one identity."""

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from functools import lru_cache

HOUR = 3600
WEEK = 168
_EPOCH = 72
"""1970 began on a Thursday."""


class Histogram:
    """How much was done in each of the 168 hours of the week (Monday 00:00 is 0), in one time zone."""

    __slots__ = ("cells",)

    def __init__(self, cells: Iterable[int] = ()) -> None:
        self.cells = [*cells] or [0] * 168

    @property
    def by_hour(self) -> list[int]:
        """How much in each hour of the day."""
        return [sum(self.cells[hour::24]) for hour in range(24)]

    @property
    def by_weekday(self) -> list[int]:
        """How much on each day of the week, Monday first."""
        return [sum(self.cells[day * 24 : day * 24 + 24]) for day in range(7)]

    def usual_hours(self, share: float) -> frozenset[int]:
        """The fewest hours of the day that together hold more than `share` of everything, busiest first."""
        counts = self.by_hour
        total, held, chosen = sum(counts), 0, set[int]()
        for hour in sorted(range(24), key=lambda h: (-counts[h], h)):
            if held > share * total or not counts[hour]:
                break
            held += counts[hour]
            chosen.add(hour)
        return frozenset(chosen)


def histogram(activity: Iterable[tuple[int, int]], zone: tzinfo) -> Histogram:
    """The week's histogram of hours (since 1970 UTC) with their counts, as the clock of `zone` showed them."""
    result = Histogram()
    cells = result.cells
    if zone is UTC:
        for hour, count in activity:
            cells[(hour + _EPOCH) % WEEK] += count
        return result
    for hour, count in activity:
        cells[cell(hour, zone)] += count
    return result


def week_hour(time: float, zone: tzinfo) -> int:
    """Which of the week's 168 hours a moment (seconds since 1970 UTC) is in, by the clock of `zone`."""
    if zone is UTC:
        return (int(time // HOUR) + _EPOCH) % WEEK
    local = datetime.fromtimestamp(time, zone)
    return local.weekday() * 24 + local.hour


@lru_cache(maxsize=65_536)
def cell(hour: int, zone: tzinfo) -> int:
    """Which of the week's 168 hours the beginning of an hour (since 1970 UTC) is in, by the clock of `zone`."""
    return week_hour(hour * HOUR, zone)


def spans(hours: frozenset[int]) -> str:
    """Hours of the day as people say them: `08:00–12:00, 13:00–18:00`; a span may cross midnight."""
    if len(hours) == 24:
        return "all day"
    starts = sorted(hour for hour in hours if (hour - 1) % 24 not in hours)
    return ", ".join(f"{start:02}:00–{_end(start, hours):02}:00" for start in starts) or "none"


def _end(start: int, hours: frozenset[int]) -> int:
    end = start
    while end % 24 in hours:
        end += 1
    return end % 24 or 24

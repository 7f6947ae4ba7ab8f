"""How often an identity usually assumes roles: means and standard deviations in whole-number sums.

A level counts in full once two days that are no neighbours have shown it: a day's counts enter no higher than
`peak_factor` (2) times the highest count of the last 30 days without that day and its neighbours. So one unnoticed day
of flooding, across midnight too, moves no threshold by more than that factor, whatever its height, while a weekly job
counts from its second time, and slow growth as it comes. The cap is made when asked, so that learning stays free of
order.
"""

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from model.baseline import DAY, HOUR, KEPT_S, QUARTER, Baseline, remembered
from model.daily import A_DAY_OF_HOURS, A_DAY_OF_QUARTERS, Daily, Day, by_hour, daily_hours, daily_quarters

PEAK_FACTOR = 2.0


class Spread(NamedTuple):
    """How many slots were active, their mean and their standard deviation (of the population)."""

    slots: int
    mean: float
    sigma: float


def quarter_spread(baseline: Baseline, before: float, peak_factor: float = PEAK_FACTOR) -> Spread:
    """Assumptions in an active quarter of an hour, over the 30 days that ended before the running and the last one."""
    edge, start = int(before // QUARTER) - 1, int((before - KEPT_S) // QUARTER)

    def told() -> Spread:
        month = _month(daily_quarters(baseline.past), baseline.quarters, _Window(start, edge, A_DAY_OF_QUARTERS))
        return _levelled(month, start, peak_factor)

    return remembered(baseline, "quarters", (edge, peak_factor), edge * QUARTER, told)


def hour_spread(baseline: Baseline, before: float, days: int, peak_factor: float = PEAK_FACTOR) -> Spread:
    """Assumptions in an active hour, over the `days` that ended before the running and the last one."""
    edge, start = int(before // HOUR) - 1, int((before - days * DAY) // HOUR)

    def told() -> Spread:
        window = _Window(int((before - KEPT_S) // HOUR), edge, A_DAY_OF_HOURS)
        return _levelled(_month(daily_hours(baseline.past), by_hour(baseline.quarters), window), start, peak_factor)

    return remembered(baseline, f"hours {days}", (edge, peak_factor), edge * HOUR, told)


def quarter_peak(baseline: Baseline, before: float, days: int) -> int:
    """The fullest quarter of an hour that it had on at least so many of the last 30 days; 0 where there are fewer."""
    edge, start = int(before // QUARTER) - 1, int((before - KEPT_S) // QUARTER)

    def told() -> int:
        window = _Window(start, edge, A_DAY_OF_QUARTERS)
        return _peak(_month(daily_quarters(baseline.past), baseline.quarters, window), days)

    return remembered(baseline, "peak of quarters", (edge, days), edge * QUARTER, told)


def hour_peak(baseline: Baseline, before: float, days: int) -> int:
    """The fullest hour that it had on at least so many of the last 30 days; 0 where there are fewer."""
    edge, start = int(before // HOUR) - 1, int((before - KEPT_S) // HOUR)

    def told() -> int:
        window = _Window(start, edge, A_DAY_OF_HOURS)
        return _peak(_month(daily_hours(baseline.past), by_hour(baseline.quarters), window), days)

    return remembered(baseline, "peak of hours", (edge, days), edge * HOUR, told)


class _Window(NamedTuple):
    """Slots in [start, edge), so many `a_day`."""

    start: int
    edge: int
    a_day: int


class _Month(NamedTuple):
    """What a window holds: days that are packed and whole in it, and the counts of the others slot by slot."""

    window: _Window
    packed: Daily
    whole: Mapping[int, Day]
    rest: Mapping[int, int]


def _month(packed: Daily, live: Mapping[int, int], window: _Window) -> _Month:
    start, edge, a_day = window
    cut = {start // a_day, edge // a_day, *(slot // a_day for slot in live)}
    whole = {day: of for day, of in packed.days.items() if start <= day * a_day < edge and day not in cut}
    rest = {slot: n for slot, n in live.items() if start <= slot < edge}
    for day in cut:
        for slot, n in packed.between(max(day * a_day, start), min((day + 1) * a_day, edge)):
            rest[slot] = rest.get(slot, 0) + n
    return _Month(window, packed, whole, rest)


def _levelled(month: _Month, start: int, factor: float) -> Spread:
    """The spread of the counts from `start` on, none above `factor` times the highest of the days that are not its own
    or next to it."""
    caps, a_day = _caps(month, factor), month.window.a_day
    slots, loose = [0, 0, 0], [min(n, caps[slot // a_day]) for slot, n in month.rest.items() if slot >= start]
    for day, of in month.whole.items():
        if day * a_day < start:
            found = month.packed.between(start, (day + 1) * a_day) if (day + 1) * a_day > start else ()
            loose += [min(n, caps[day]) for _, n in found]
        elif of.peak <= caps[day]:
            slots[0] += of.slots
            slots[1] += of.total
            slots[2] += of.squares
        else:
            loose += [min(n, caps[day]) for _, n in month.packed.between(day * a_day, (day + 1) * a_day)]
    return _spread(slots[0] + len(loose), slots[1] + sum(loose), slots[2] + sum(n * n for n in loose))


def spread(counts: Iterable[int]) -> Spread:
    """The spread of these counts."""
    kept = list(counts)
    return _spread(len(kept), sum(kept), sum(count * count for count in kept))


def _spread(n: int, total: int, squares: int) -> Spread:
    if not n:
        return Spread(0, 0.0, 0.0)
    return Spread(n, total / n, math.sqrt(max(0, n * squares - total * total)) / n)


def _peaks(month: _Month) -> dict[int, int]:
    """The highest count of each day."""
    peaks = {day: of.peak for day, of in month.whole.items()}
    for slot, n in month.rest.items():
        day = slot // month.window.a_day
        peaks[day] = max(n, peaks.get(day, 0))
    return peaks


def _peak(month: _Month, days: int) -> int:
    highest = sorted(_peaks(month).values(), reverse=True)
    return highest[days - 1] if len(highest) >= days else 0


def _caps(month: _Month, factor: float) -> dict[int, int]:
    """How high each day's counts may enter."""
    peaks = _peaks(month)
    by_height = sorted(peaks, key=peaks.__getitem__, reverse=True)
    return {day: _cap(day, peaks, by_height, factor) for day in peaks}


def _cap(day: int, peaks: Mapping[int, int], by_height: list[int], factor: float) -> int:
    """Where there is no other day, its own peak."""
    for other in by_height:
        if other < day - 1 or other > day + 1:
            return int(factor * peaks[other])
    return peaks[day]

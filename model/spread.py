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
        counts = _between(baseline.counts().quarters, start, edge)
        return spread(_levelled(counts, counts, DAY // QUARTER, peak_factor))

    return remembered(baseline, "quarters", (edge, peak_factor), edge * QUARTER, told)


def hour_spread(baseline: Baseline, before: float, days: int, peak_factor: float = PEAK_FACTOR) -> Spread:
    """Assumptions in an active hour, over the `days` that ended before the running and the last one."""
    edge, start = int(before // HOUR) - 1, int((before - days * DAY) // HOUR)

    def told() -> Spread:
        month = _between(_by_hour(baseline.counts().quarters), int((before - KEPT_S) // HOUR), edge)
        return spread(_levelled(_between(month, start, edge), month, DAY // HOUR, peak_factor))

    return remembered(baseline, f"hours {days}", (edge, peak_factor), edge * HOUR, told)


def quarter_peak(baseline: Baseline, before: float, days: int) -> int:
    """The fullest quarter of an hour that it had on at least so many of the last 30 days; 0 where there are fewer."""
    edge, start = int(before // QUARTER) - 1, int((before - KEPT_S) // QUARTER)

    def told() -> int:
        return _peak(_between(baseline.counts().quarters, start, edge), DAY // QUARTER, days)

    return remembered(baseline, "peak of quarters", (edge, days), edge * QUARTER, told)


def hour_peak(baseline: Baseline, before: float, days: int) -> int:
    """The fullest hour that it had on at least so many of the last 30 days; 0 where there are fewer."""
    edge, start = int(before // HOUR) - 1, int((before - KEPT_S) // HOUR)

    def told() -> int:
        return _peak(_between(_by_hour(baseline.counts().quarters), start, edge), DAY // HOUR, days)

    return remembered(baseline, "peak of hours", (edge, days), edge * HOUR, told)


def spread(counts: Iterable[int]) -> Spread:
    """The spread of these counts."""
    kept = list(counts)
    if not kept:
        return Spread(0, 0.0, 0.0)
    total, squares, n = sum(kept), sum(count * count for count in kept), len(kept)
    return Spread(n, total / n, math.sqrt(max(0, n * squares - total * total)) / n)


def _between(counts: Mapping[int, int], start: int, edge: int) -> dict[int, int]:
    return {slot: n for slot, n in counts.items() if start <= slot < edge}


def _by_hour(quarters: Mapping[int, int]) -> dict[int, int]:
    hours: dict[int, int] = {}
    for slot, n in quarters.items():
        hours[slot // 4] = hours.get(slot // 4, 0) + n
    return hours


def _peaks(counts: Mapping[int, int], a_day: int) -> dict[int, int]:
    """The highest count of each day."""
    peaks: dict[int, int] = {}
    for slot, n in counts.items():
        peaks[slot // a_day] = max(n, peaks.get(slot // a_day, 0))
    return peaks


def _peak(counts: Mapping[int, int], a_day: int, days: int) -> int:
    highest = sorted(_peaks(counts, a_day).values(), reverse=True)
    return highest[days - 1] if len(highest) >= days else 0


def _levelled(counts: Mapping[int, int], month: Mapping[int, int], a_day: int, factor: float) -> Iterable[int]:
    """The counts, none above `factor` times the highest of the days that are not its own or next to it."""
    peaks = _peaks(month, a_day)
    by_height = sorted(peaks, key=lambda day: -peaks[day])
    caps = {day: _cap(day, peaks, by_height, factor) for day in peaks}
    return (min(n, caps[slot // a_day]) for slot, n in counts.items())


def _cap(day: int, peaks: Mapping[int, int], by_height: list[int], factor: float) -> int:
    """Where there is no other day, its own peak."""
    other = next((each for each in by_height if abs(each - day) > 1), None)
    return peaks[day] if other is None else int(factor * peaks[other])

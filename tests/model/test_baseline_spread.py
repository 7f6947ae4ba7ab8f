import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.baseline import DAY, HOUR, Baseline, Fact
from model.daily import by_hour
from model.learning import learn, prune
from model.spread import Spread, hour_peak, hour_spread, quarter_peak, quarter_spread, spread
from tests.model.made_facts import NOW

MORNING = NOW // DAY * DAY + 9 * HOUR


def used(*days: tuple[int, int]) -> Baseline:
    """So many assumptions that many days before this morning, all in one quarter of an hour."""
    baseline = Baseline()
    for day, many in days:
        for _ in range(many):
            learn(baseline, Fact(time=float(MORNING - day * DAY), target="arn:x"))
    return baseline


def limit(baseline: Baseline) -> float:
    """What the check for an active quarter compares with, at its defaults."""
    usual = quarter_spread(baseline, MORNING)
    return max(10 * usual.mean, usual.mean + 3 * usual.sigma)


def test_means_and_deviations_leave_the_running_window_out():
    baseline = used((5, 2), (3, 4), (1, 6), (0, 50))
    usual = quarter_spread(baseline, MORNING)
    assert (usual.slots, usual.mean) == (3, 4.0)
    assert usual.sigma == pytest.approx((8 / 3) ** 0.5)
    assert hour_spread(baseline, MORNING, 4).slots == 2
    assert hour_spread(Baseline(), MORNING, 7) == (0, 0.0, 0.0)


@pytest.mark.parametrize("each", [1, 3, 20])
@pytest.mark.parametrize("flood", [10, 1000])
@pytest.mark.parametrize("factor", [1.5, 2.0])
def test_a_flooded_day_moves_no_limit_beyond_the_factor(each, flood, factor):
    """The flood goes on past midnight."""
    calm = used(*((day, each) for day in range(20, 0, -1)))
    before = quarter_spread(calm, MORNING, factor)
    for quarter in range(80):
        for _ in range(flood):
            learn(calm, Fact(time=float(MORNING - 2 * DAY + quarter * 900), target="arn:x"))
    after = quarter_spread(calm, MORNING, factor)
    assert after.mean <= factor * before.mean
    assert after.mean + 3 * after.sigma <= 10 * factor * before.mean


def test_the_hours_of_the_last_week_are_held_against_the_whole_month():
    """The one active day of a week cannot vouch for itself."""
    baseline = used(*((day, 2) for day in range(20, 9, -1)), (2, 500))
    assert hour_spread(baseline, MORNING, 7) == (1, 4.0, 0.0)


def test_a_week_of_slow_growth_moves_the_limit():
    calm = used(*((day, 2) for day in range(29, 0, -1)))
    grown = used(*((day, 2) for day in range(29, 7, -1)), *((day, 2 + 3 * (8 - day)) for day in range(7, 0, -1)))
    assert limit(grown) > 2 * limit(calm)


def test_a_weekly_job_counts_in_full_from_its_second_time():
    once = used(*((day, 1) for day in range(14, 0, -1)), (3, 99))
    twice = used(*((day, 1) for day in range(14, 0, -1)), (3, 99), (10, 99))
    assert limit(once) < 20
    assert limit(twice) > 100


@settings(max_examples=40)
@given(st.lists(st.tuples(st.integers(0, 28 * DAY), st.booleans()), max_size=80), st.integers(1, 5 * DAY))
def test_what_is_remembered_is_what_would_be_worked_out(times, later):
    """Asked after every fact, late ones included, as somebody who never asked before."""
    asked = Baseline()
    for back, known in times:
        learn(asked, Fact(time=float(NOW - back), target="arn:x" if known else None))
        for now in (NOW, NOW - back + later):
            fresh = Baseline(**{name: getattr(asked, name) for name in asked.__struct_fields__})
            assert quarter_spread(asked, now) == quarter_spread(fresh, now)
            assert hour_spread(asked, now, 7) == hour_spread(fresh, now, 7)


def test_packing_changes_no_spread():
    chance = random.Random(2)
    baseline = Baseline()
    for _ in range(400):
        learn(baseline, Fact(time=float(NOW - chance.randrange(29 * DAY)), target="arn:x"))
    before = quarter_spread(baseline, NOW), hour_spread(baseline, NOW, 7)
    prune(baseline)
    baseline.__dict__.clear()
    assert (quarter_spread(baseline, NOW), hour_spread(baseline, NOW, 7)) == before


def plainly(counts: dict[int, int], month: dict[int, int], a_day: int, factor: float) -> Spread:
    """The same, worked out from all counts at once."""
    peaks: dict[int, int] = {}
    for slot, n in month.items():
        peaks[slot // a_day] = max(n, peaks.get(slot // a_day, 0))
    others = {day: [peak for other, peak in peaks.items() if abs(other - day) > 1] for day in peaks}
    caps = {day: int(factor * max(others[day])) if others[day] else peaks[day] for day in peaks}
    return spread(min(n, caps[slot // a_day]) for slot, n in counts.items())


def second_day(month: dict[int, int], a_day: int) -> int:
    """The peak of the second highest day."""
    days = {slot // a_day for slot in month}
    return sorted([0, 0, *(max(n for slot, n in month.items() if slot // a_day == day) for day in days)])[-2]


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 31 * DAY), st.integers(1, 9)), max_size=60),
    st.lists(st.tuples(st.integers(0, 4 * DAY), st.integers(1, 9)), max_size=9),
    st.integers(-5 * DAY, DAY),
)
def test_sums_by_the_day_are_those_of_all_counts(packed, late, now):
    """Days that were packed, late facts for them, and windows that cut days."""
    baseline = Baseline()
    for facts in (packed, late):
        prune(baseline)
        for back, many in facts:
            for _ in range(many):
                learn(baseline, Fact(time=float(NOW - back), target="arn:x"))
    before = float(NOW + now)
    quarters, hours = baseline.counts().quarters, by_hour(baseline.counts().quarters)
    edge, start = int(before // 900) - 1, int((before - 30 * DAY) // 900)
    month = {slot: n for slot, n in quarters.items() if start <= slot < edge}
    assert quarter_spread(baseline, before) == plainly(month, month, 96, 2.0)
    assert quarter_peak(baseline, before, 2) == second_day(month, 96)
    edge, start = int(before // HOUR) - 1, int((before - 30 * DAY) // HOUR)
    month = {slot: n for slot, n in hours.items() if start <= slot < edge}
    week = {slot: n for slot, n in month.items() if slot >= int((before - 7 * DAY) // HOUR)}
    assert hour_spread(baseline, before, 7) == plainly(week, month, 24, 2.0)
    assert hour_peak(baseline, before, 2) == second_day(month, 24)

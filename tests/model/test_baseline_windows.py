import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.baseline import Baseline, Fact, count, window
from model.learning import prune, seen
from tests.model.made_facts import NOW

TIMES = st.lists(st.integers(0, 9000), max_size=320)


def after(times) -> Baseline:
    baseline = Baseline()
    for time in times:
        seen(baseline, Fact(time=float(NOW + time), target=f"arn:{time % 3}", record=f"r{time}"))
    return baseline


@settings(max_examples=60)
@given(TIMES, st.randoms(use_true_random=False))
def test_the_windows_do_not_depend_on_the_order(times, chance):
    shuffled = times[:]
    chance.shuffle(shuffled)
    one, other = prune(after(times)), prune(after(shuffled))
    assert (one.recent, one.minutes) == (other.recent, other.minutes)


@settings(max_examples=60)
@given(TIMES, st.integers(0, 9000), st.sampled_from([600, 900, 3600]))
def test_windows_within_an_hour_of_the_newest_miss_nothing(times, back, length):
    """Exact to 224, and never too few beyond."""
    baseline = prune(after(times))
    end = max(times, default=0) - back % 3600
    true = sum(end - length < time <= end for time in times)
    told = count(baseline, NOW + end - length, NOW + end)
    assert told == true if len(times) <= 224 else true <= told


def test_windows_are_exact_at_both_ends():
    baseline = after((0, 10, 20, 30))
    assert [entry.time - NOW for entry in window(baseline, NOW + 10, NOW + 30)] == [20, 30]
    assert count(baseline, NOW - 1, NOW + 20) == 3


@pytest.mark.parametrize("stored", [False, True])
def test_beyond_what_is_kept_one_by_one_minutes_count(stored):
    baseline = after(range(2000))
    baseline = prune(baseline) if stored else baseline
    assert 2000 <= count(baseline, NOW - 1, NOW + 2000) <= 2060
    assert len(baseline.recent) == 224
    assert count(baseline, NOW + 1899, NOW + 2000) == 100


def test_what_no_window_asks_for_is_let_go():
    baseline = prune(after([*range(300), 7500]))
    assert [entry.time for entry in baseline.recent][-1] == NOW + 7500
    assert baseline.recent[0].time >= NOW + 7500 - 126 * 60
    assert not any(entry.record for entry in baseline.recent[:-100])
    assert all(entry.record for entry in baseline.recent[-100:])


def test_the_id_of_a_record_is_kept_where_it_is_one():
    baseline = Baseline()
    for record in ("12345678-1234-1234-1234-123456789012", "x" * 41, "é"):
        seen(baseline, Fact(time=float(NOW), target="arn:x", record=record))
    assert sorted(entry.record for entry in baseline.recent) == ["", "", "12345678-1234-1234-1234-123456789012"]

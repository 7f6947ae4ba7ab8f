import pytest

from detectors.velocity import role_surge, velocity
from model.baseline import Baseline
from model.learning import learn, prune, seen
from model.role_use import RoleUse, use
from model.thresholds import Thresholds
from tests.detectors.made import ANA, AWAY, BOT, NOW, assumption, fact, habits

T = Thresholds()


def after(baseline: Baseline, times: list[float], role: str = "ci", **fields) -> Baseline:
    for time in times:
        seen(baseline, fact(time, role, **fields))
    return baseline


def burst(many: int, over_s: float, until: float = NOW) -> list[float]:
    """Times of `many` assumptions that end a second before `until`."""
    return [until - 1 - over_s * n / many for n in range(many)]


@pytest.mark.parametrize(
    ("earlier", "over_s", "fires"),
    [(9, 800, False), (10, 800, True), (10, 950, True), (8, 800, False), (30, 800, True), (3, 100, False)],
)
def test_a_person_who_assumes_once_an_hour(earlier, over_s, fires):
    """Usually 1 in an active quarter: more than 10 in 15 minutes; 10 in an hour is more than three times 1."""
    baseline = after(habits(), burst(earlier, over_s))
    found = velocity(assumption(), baseline, T)
    assert (found is not None) is (fires or earlier + 1 >= 10)


@pytest.mark.parametrize(("each", "total", "fires"), [(2, 20, False), (2, 21, True), (3, 30, False), (3, 31, True)])
def test_exactly_ten_times_the_average_quarter_is_quiet(each, total, fires):
    """Hours differ: the hour's own test must not fire first, so its factor is out of the way."""
    limits = Thresholds.model_validate({"velocity": {"hour_factor": 1000}})
    found = velocity(assumption(), after(habits(each=each), burst(total - 1, 600)), limits)
    assert (found is not None) is fires
    if found:
        assert (found.observed, found.expected, found.threshold, found.window) == (total, each, 10 * each, 900)


@pytest.mark.parametrize(("total", "fires"), [(12, False), (13, True)])
def test_exactly_three_times_the_average_hour_is_quiet(total, fires):
    baseline = after(habits(each=4), burst(total - 1, 3000))
    found = velocity(assumption(), baseline, T)
    assert (found is not None) is fires
    if found:
        assert (found.observed, found.expected, found.threshold, found.window) == (total, 4, 12, 3600)
        assert found.confidence == "medium"


@pytest.mark.parametrize(("total", "fires"), [(9, False), (10, True)])
def test_fewer_than_ten_in_an_hour_never_fire(total, fires):
    assert (velocity(assumption(), after(habits(), burst(total - 1, 3000)), T) is not None) is fires


@pytest.mark.parametrize(
    ("total", "over_s", "fires"), [(199, 590, False), (200, 590, True), (200, 640, False), (260, 590, True)]
)
def test_two_hundred_in_ten_minutes_fire_without_any_history(total, over_s, fires):
    found = velocity(assumption(), after(Baseline(), burst(total - 1, over_s)), T)
    assert (found is not None) is fires
    if found:
        assert (found.observed, found.expected, found.threshold, found.window) == (total, None, 200, 600)


def test_a_scanner_whose_history_holds_such_numbers_is_quiet():
    usual = habits(hours=(1, 10), each=250, pace=2)
    assert velocity(assumption(caller=ANA), after(usual, burst(205, 590)), T) is None


def test_a_workload_that_refreshes_one_known_role_is_quiet_and_a_person_is_not():
    refreshes = after(habits(), burst(60, 800))
    assert velocity(assumption(caller=BOT), refreshes, T) is None
    assert velocity(assumption(), refreshes, T) is not None
    several = after(refreshes, [NOW - 5], role="other")
    assert velocity(assumption(caller=BOT), several, T) is not None


def test_a_late_record_is_judged_in_the_window_it_belongs_to():
    """It fills a window that ended later than itself."""
    baseline = after(habits(), burst(20, 600, until=NOW + 700))
    found = velocity(assumption(time=NOW + 90), baseline, Thresholds())
    assert found is not None
    assert found.observed == 21
    late = after(habits(), burst(30, 300, until=NOW))
    assert velocity(assumption(time=NOW - 3 * 86_400), late, T) is None


def test_trying_doors_is_high():
    baseline = habits()
    for n in range(12):
        seen(baseline, fact(NOW - 60 + n, f"role{n}", AWAY, denied=n % 2 == 0, record=f"r{n}"))
    found = velocity(assumption("last", AWAY, denied=True), baseline, T)
    assert found is not None
    assert found.confidence == "high"
    assert "T1580" in found.techniques
    assert found.records[0] == "r0"
    assert "7 denied" in found.message


def test_beyond_what_is_kept_one_by_one_the_minutes_are_counted():
    """A thousand in ten minutes; the last 224 of them are kept as such, before and after it was stored."""
    baseline = after(Baseline(), burst(1000, 590))
    for one in (baseline, prune(baseline)):
        found = velocity(assumption(), one, T)
        assert found is not None
        assert 1000 <= found.observed <= 1100


def test_one_unnoticed_day_of_flooding_hides_no_surge():
    usual = habits()
    for quarter in range(40):
        for n in range(100):
            learn(usual, fact(NOW - 3 * 86_400 + quarter * 900 + n))
    assert velocity(assumption(), after(usual, burst(21, 800)), T) is not None


def role_used(days: int, a_day: int, lately: int) -> RoleUse:
    use_ = RoleUse()
    for day in range(1, days + 1):
        for n in range(a_day):
            use(use_, "x", NOW - day * 86_400 + n)
    for n in range(lately):
        use(use_, "x", NOW - n)
    return use_


@pytest.mark.parametrize(
    ("days", "a_day", "lately", "fires"),
    [(20, 2, 15, False), (20, 2, 16, True), (10, 2, 16, False), (20, 1, 8, False), (20, 1, 9, True), (0, 0, 50, False)],
)
def test_a_role_is_assumed_eight_times_its_daily_count_within_two_hours(days, a_day, lately, fires):
    assert (role_surge(assumption(), role_used(days, a_day, lately), T) is not None) is fires


def by_day_and_night(days: int = 20) -> Baseline:
    """A pipeline: nine in a busy hour of the day, one in each hour of the night; a weekly peak of 16."""
    baseline = Baseline()
    for day in range(1, days + 1):
        for hour in range(24):
            many = (16 if day % 5 == 0 else 9) if hour < 8 else 1
            for n in range(many):
                learn(baseline, fact(NOW - day * 86_400 + hour * 3600 + n * 3600 / many))
    return baseline


@pytest.mark.parametrize(("total", "fires"), [(23, False), (24, False), (25, True)])
def test_what_is_near_a_peak_of_three_days_is_a_habit_whatever_the_average_says(total, fires):
    """Four in an average hour; beyond three times that, and beyond three deviations, at 17 already."""
    found = velocity(assumption(), after(by_day_and_night(), burst(total - 1, 3500)), T)
    assert (found is not None) is fires
    never = Thresholds.model_validate({"velocity": {"habit": 0}})
    assert velocity(assumption(), after(by_day_and_night(), burst(total - 1, 3500)), never) is not None


def test_a_peak_of_two_days_is_no_habit():
    baseline = habits(days=20)
    for day in (4, 9):
        for n in range(20):
            learn(baseline, fact(NOW - day * 86_400 + n * 150))
    assert velocity(assumption(), after(baseline, burst(21, 3500)), T) is not None

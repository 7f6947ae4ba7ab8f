import pytest

from detectors.enumeration import enumeration
from model.baseline import Baseline
from model.learning import learn, seen
from model.role_use import RoleUse, attempt, use
from model.thresholds import Thresholds
from tests.detectors.made import ANA, AWAY, BOT, DAY, NOW, assumption, fact, habits

T = Thresholds()
HOUR = 3600
MINUTE = 60


def tried(baseline, *doors, error=None):
    """Let the baseline be denied at these doors: name, seconds before now."""
    for door, ago in doors:
        one = fact(NOW - ago, door, AWAY, denied=True, record=f"{door}-{ago}")
        seen(learn(baseline, one), one)
    return baseline


def asked(baseline, door="last", role=None, **fields):
    made = assumption(door, AWAY, denied=True, error="AccessDenied", **fields)
    return enumeration(made, baseline, role or RoleUse(), T)


@pytest.mark.parametrize(
    ("doors", "observed", "window"),
    [
        ([("a", 60)], None, None),
        ([("a", 60), ("b", 30)], 3, HOUR),
        ([("a", 59 * MINUTE), ("b", 30)], 3, HOUR),
        ([("a", 61 * MINUTE), ("b", 30)], None, None),
        ([("last", 100), ("last", 80), ("last", 60)], None, None),
        ([("last", 100), ("last", 80), ("last", 60), ("last", 30)], 5, 600),
        ([("last", 700), ("last", 80), ("last", 60), ("last", 30)], None, None),
        ([(f"d{n}", n * 2 * HOUR) for n in range(1, 6)], 6, DAY),
        ([(f"d{n}", n * 2 * HOUR) for n in range(1, 5)], None, None),
    ],
)
@pytest.mark.parametrize("days", [0, 20])
def test_doors_that_a_person_tries(doors, observed, window, days):
    found = asked(tried(habits(days), *doors))
    if observed is None or (window == DAY and not days):
        assert found is None
        return
    assert found is not None
    assert (found.confidence, found.observed, found.window) == ("medium", observed, window)
    assert found.records[-1] == f"last-{NOW}"


def test_success_is_no_door():
    assert enumeration(assumption("last"), tried(habits(), ("a", 9), ("b", 8)), RoleUse(), T) is None


@pytest.mark.parametrize("error", ["ThrottlingException", "ExpiredTokenException", "ValidationError"])
def test_an_error_that_is_no_refusal_is_no_door(error):
    made = assumption("last", AWAY, denied=True, error=error)
    assert enumeration(made, tried(habits(), ("a", 9), ("b", 8)), RoleUse(), T) is None


def test_roles_that_it_assumes_and_that_are_closed_now_are_no_doors():
    """Somebody broke a trust policy: a pipeline's habit is denied."""
    baseline = habits()
    for role in ("a", "b", "last"):
        learn(baseline, fact(NOW - 3 * DAY, role, AWAY))
    assert asked(tried(baseline, ("a", 60), ("b", 30))) is None


def test_a_job_that_is_denied_the_same_roles_every_night_is_quiet_from_the_second_night_on():
    role = attempt(RoleUse(), "bot", NOW - DAY, BOT.key)
    assert asked(tried(habits(), ("a", 60), ("b", 30)), role=role, caller=BOT) is None
    assert asked(tried(habits(), ("a", 60), ("b", 30)), role=role, caller=ANA) is not None


def test_a_job_that_is_denied_for_hours_is_quiet_after_the_first():
    for ago, quiet in ((50 * MINUTE, False), (70 * MINUTE, True)):
        role = attempt(RoleUse(), "bot", NOW - ago, BOT.key)
        assert (asked(tried(Baseline(), ("a", 60), ("b", 30)), role=role, caller=BOT) is None) is quiet


def test_a_role_that_it_once_had_is_no_door_though_its_baseline_was_not_taught():
    role = use(RoleUse(), "bot", NOW - DAY, BOT.key)
    assert asked(tried(habits(), ("a", 60), ("b", 30)), role=role, caller=BOT) is None


@pytest.mark.parametrize(("caller", "confidence"), [(ANA, "medium"), (BOT, "low")])
def test_one_role_that_refuses_a_workload_is_low(caller, confidence):
    found = asked(tried(habits(), *[("last", n) for n in (40, 30, 20, 10)]), caller=caller)
    assert found is not None
    assert found.confidence == confidence


def test_who_meets_closed_doors_as_a_habit_is_held_against_it():
    scanner = habits()
    for day in range(2, 30):
        tried(scanner, (f"new{day}a", day * DAY), (f"new{day}b", day * DAY))
    assert asked(tried(scanner, ("a", 60), ("b", 30))) is None
    assert asked(tried(scanner, *[(f"x{n}", 10 * n) for n in range(1, 6)])) is not None


def test_whom_very_many_roles_refuse_is_not_asked_about_one_more():
    scanner = habits()
    for day in (1, 3):
        tried(scanner, *[(f"closed{n}", day * DAY) for n in range(130)])
    assert asked(tried(scanner, ("a", 60), ("b", 30))) is None


@pytest.mark.parametrize(("granted", "fires"), [(3, True), (4, False)])
def test_an_identity_without_habits_is_let_in_at_some_and_denied_at_others(granted, fires):
    baseline = tried(Baseline(), ("a", 60), ("b", 30))
    for n in range(granted):
        seen(baseline, fact(NOW - 100 - n, f"open{n}"))
    assert (asked(baseline) is not None) is fires


def test_a_late_refusal_is_judged_in_the_window_it_belongs_to():
    later = tried(habits(), ("a", -60), ("b", -90))
    found = asked(later)
    assert found is not None
    assert found.observed == 3

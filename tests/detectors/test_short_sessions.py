import pytest

from detectors.short_sessions import short_sessions
from model.assumed import Given, decode, encode
from model.learning import learn
from model.minimums import LATEST, MOST, Minimums
from model.thresholds import Thresholds
from tests.detectors.made import DAY, NOW, assumption, fact, habits

T = Thresholds()
MINUTE, HOUR = 60, 3600


@pytest.mark.parametrize(
    ("ago", "observed"),
    [
        ((20 * MINUTE,), None),
        ((20 * MINUTE, 10 * MINUTE), 3),
        ((61 * MINUTE, 10 * MINUTE), None),
        ((4 * HOUR, 3 * HOUR, 2 * HOUR), None),
        ((5 * HOUR, 4 * HOUR, 3 * HOUR, 2 * HOUR), 5),
        ((7 * HOUR, 4 * HOUR, 3 * HOUR, 2 * HOUR), None),
        ((-20 * MINUTE, -10 * MINUTE), 3),
    ],
)
def test_shortest_sessions_again_and_again(ago, observed):
    found = short_sessions(assumption(duration=900), sorted(NOW - each for each in ago), habits(), T)
    assert (found and found.observed) == observed
    if found:
        assert found.confidence == "low"


@pytest.mark.parametrize(
    "made", [assumption(duration=3600), assumption(), assumption(duration=900, denied=True)], ids=["hour", "", "denied"]
)
def test_other_sessions_are_quiet(made):
    assert short_sessions(made, [NOW - 20, NOW - 10], habits(), T) is None


def test_an_identity_that_is_too_young_is_quiet():
    assert short_sessions(assumption(duration=900), [NOW - 20, NOW - 10], habits(13), T) is None


@pytest.mark.parametrize(("ago", "fires"), [(DAY - HOUR, True), (DAY, False)])
def test_who_asked_for_them_yesterday_is_quiet(ago, fires):
    baseline = learn(habits(), fact(NOW - ago, duration=900))
    assert (short_sessions(assumption(duration=900), [NOW - 20, NOW - 10], baseline, T) is not None) is fires


def test_the_latest_times_are_remembered_whatever_order_they_came_in():
    asked = Minimums()
    for n in (*range(10, LATEST + 10), 0, 3):
        asked.add(assumption(duration=900, time=NOW + n))
    asked.add(assumption(duration=3600, time=NOW + 99))
    asked.add(assumption(duration=900, time=NOW + 99, denied=True))
    assert asked.of("user:ana") == [NOW + 10 + n for n in range(LATEST)]
    assert asked.of("user:bob") == []


def test_they_come_back_from_the_log():
    made = [assumption(duration=900, time=NOW + n) for n in range(3)]
    again = Minimums()
    again.restore(decode(encode([Given(each, (), 1) for each in made])))
    assert again.of("user:ana") == [NOW, NOW + 1, NOW + 2]


def test_they_are_bounded():
    asked, one = Minimums(), assumption(duration=900)
    for n in range(MOST + 1):
        asked.add(assumption(duration=900, caller=one.caller.model_copy(update={"key": f"user:{n}"})))
    assert asked.of("user:0") == []
    assert asked.of(f"user:{MOST}") == [NOW]

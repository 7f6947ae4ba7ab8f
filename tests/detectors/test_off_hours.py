from datetime import UTC, datetime

import pytest

from detectors.off_hours import off_hours
from model.baseline import Baseline
from model.learning import learn, prune
from model.organization import Organization
from model.thresholds import Thresholds
from tests.detectors.made import ANA, AWAY, BOT, HOME, NOW, assumption, fact, habits, peers

T = Thresholds()
UTC_ORG = Organization()
BERLIN = Organization(time_zone="Europe/Berlin")


def at(day: int, hour: int) -> float:
    return datetime(2026, 9, day, hour, 20, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("hour", "fires"), [(9, False), (10, False), (15, False), (3, True), (20, True), (7, True), (8, False), (12, False)]
)
def test_outside_the_hours_and_never_kept(hour, fires):
    assert (off_hours(assumption(time=at(30, hour)), habits(), T, UTC_ORG) is not None) is fires


def test_an_hour_kept_once_on_that_weekday_is_quiet_and_on_another_is_not():
    baseline = learn(habits(), fact(at(23, 3)))
    assert off_hours(assumption(time=at(30, 3)), baseline, T, UTC_ORG) is None
    assert off_hours(assumption(time=at(29, 3)), baseline, T, UTC_ORG) is not None


def test_the_running_hour_is_no_history():
    baseline = learn(habits(), fact(at(30, 3)))
    assert off_hours(assumption(time=at(30, 3) + 60), baseline, T, UTC_ORG) is not None


def test_a_single_hour_between_two_usual_ones_is_usual():
    baseline = habits(hours=(9, 10, 12, 13))
    assert off_hours(assumption(time=at(30, 11)), baseline, T, UTC_ORG) is None


def test_who_works_around_the_clock_is_quiet():
    baseline = habits(hours=tuple(range(24)))
    assert [h for h in range(24) if off_hours(assumption(time=at(30, h)), baseline, T, UTC_ORG)] == []


@pytest.mark.parametrize(
    ("account", "hour", "fires"),
    [(AWAY, 22, True), (AWAY, 5, True), (AWAY, 6, False), (AWAY, 21, False), (HOME, 2, False)],
)
def test_without_a_pattern_only_the_night_across_accounts(account, hour, fires):
    found = off_hours(assumption("x", account, time=at(30, hour)), Baseline(), T, UTC_ORG)
    assert (found is not None) is fires
    if found:
        assert "no habits yet" in found.message


@pytest.mark.parametrize(
    ("hour", "others", "fires"), [(15, 3, True), (15, 2, False), (10, 3, False), (12, 3, False), (3, 3, True)]
)
def test_an_identity_without_habits_is_held_against_its_peers(hour, others, fires):
    found = off_hours(assumption(time=at(30, hour)), Baseline(), T, UTC_ORG, peers(others))
    assert (found is not None) is fires
    if found:
        assert found.confidence == "low"
        assert "its peers keep no such hours" in found.message


def test_peers_that_work_at_night_excuse_nobody():
    nightly = peers(hours=(1, 2, 3))
    assert off_hours(assumption("x", AWAY, time=at(30, 2)), Baseline(), T, UTC_ORG, nightly) is not None


def test_habits_count_more_than_peers():
    assert off_hours(assumption(time=at(30, 14)), habits(), T, UTC_ORG, peers(hours=(9,))) is None


def test_who_lives_by_another_clock_is_judged_by_it():
    """Ana works from nine to three in Tokyo, where four in the morning in UTC is one in the afternoon."""
    tokyo = Organization.model_validate({"time_zone": "Europe/Berlin", "time_zones": {"ana": "Asia/Tokyo"}})
    assert off_hours(assumption("x", AWAY, time=at(30, 3)), Baseline(), T, tokyo) is None
    found = off_hours(assumption("x", AWAY, time=at(30, 15)), Baseline(), T, tokyo)
    assert found is not None
    assert "at 00:20 on a Thursday (Asia/Tokyo)" in found.message


def test_the_answer_of_an_hour_follows_what_is_learned_late():
    baseline = habits()
    assert off_hours(assumption(time=at(30, 3)), baseline, T, UTC_ORG) is not None
    learn(baseline, fact(at(23, 3)))
    assert off_hours(assumption(time=at(30, 3) + 60), baseline, T, UTC_ORG) is None


@pytest.mark.parametrize("hour", [3, 9, 12])
def test_days_that_are_packed_count_the_same(hour):
    made = assumption(time=at(30, hour))
    assert off_hours(made, habits(), T, UTC_ORG) == off_hours(made, prune(habits()), T, UTC_ORG)


def test_the_clock_is_the_organisations():
    """21:20 UTC is 23:20 in Berlin in September."""
    made = assumption("x", AWAY, time=at(30, 21))
    assert off_hours(made, Baseline(), T, UTC_ORG) is None
    found = off_hours(made, Baseline(), T, BERLIN)
    assert found is not None
    assert "at 23:20 on a Wednesday (Europe/Berlin)" in found.message
    assert found.observed == "Wed 23:20"


@pytest.mark.parametrize(("caller", "quiet"), [(ANA, True), (BOT, False)])
def test_a_person_on_call_is_quiet_alone(caller, quiet):
    duty = {"person": "ana", "from": datetime(2026, 9, 29, tzinfo=UTC), "until": datetime(2026, 10, 1, tzinfo=UTC)}
    organization = Organization.model_validate({"on_call": [duty]})
    found = off_hours(assumption(time=at(30, 3), caller=caller), habits(), T, organization)
    assert found is not None
    assert found.quiet is quiet


ONCALL = Organization.model_validate(
    {
        "on_call": [
            {"person": "ana", "from": datetime(2026, 9, 29, tzinfo=UTC), "until": datetime(2026, 10, 1, tzinfo=UTC)}
        ]
    }
)
NAMED = BOT.model_copy(update={"person": "ana", "session_name": "ana"})
PORTAL = NAMED.model_copy(
    update={"arn": f"arn:aws:iam::{HOME}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Ops_0123456789abcdef"}
)


@pytest.mark.parametrize(
    ("caller", "origin", "quiet"),
    [(NAMED, NAMED, False), (NAMED, BOT, False), (NAMED, ANA, True), (BOT, PORTAL, True), (PORTAL, PORTAL, True)],
)
def test_only_a_person_whom_aws_vouches_for_is_on_call(caller, origin, quiet):
    found = off_hours(assumption(time=at(30, 3), caller=caller), habits(), T, ONCALL, None, origin)
    assert found is not None
    assert found.quiet is quiet
    assert ("on call" in found.message) is quiet


def test_a_sessions_name_chooses_no_clock():
    tokyo = Organization.model_validate({"time_zones": {"ana": "Asia/Tokyo"}})
    made = assumption("x", AWAY, time=at(30, 3), caller=NAMED)
    assert off_hours(made, Baseline(), T, tokyo, None, NAMED) is not None
    assert off_hours(made, Baseline(), T, tokyo, None, ANA) is None


def test_daylight_saving_does_not_move_a_persons_hours():
    """Nine in Berlin is 7 UTC in October and 8 UTC after the clocks changed on 25 October."""
    baseline = Baseline()
    for day in range(5, 25):
        for hour in (7, 8, 9, 10):
            learn(baseline, fact(datetime(2026, 10, day, hour, 30, tzinfo=UTC).timestamp()))
    nine = datetime(2026, 10, 27, 8, 30, tzinfo=UTC).timestamp()
    twelve = datetime(2026, 10, 27, 11, 30, tzinfo=UTC).timestamp()
    assert off_hours(assumption(time=nine), baseline, T, BERLIN) is None
    assert off_hours(assumption(time=twelve), baseline, T, BERLIN) is None
    assert off_hours(assumption(time=NOW + 27 * 86_400 + 5 * 3600), baseline, T, BERLIN) is not None

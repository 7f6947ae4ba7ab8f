from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from model.baseline import DAY, HOUR, Baseline, Fact
from model.baseline_summary import BaselineSummary, Usual, summary
from model.learning import learn, prune, teach
from model.thresholds import Thresholds

NOON = datetime(2026, 9, 30, 12, tzinfo=UTC).timestamp()
"""A Wednesday."""


def told(baseline: Baseline, zone=UTC) -> BaselineSummary:
    return summary(baseline, NOON, Thresholds(), zone)


def month(stored: bool) -> Baseline:
    """Two assumptions and a call at eight each day for 20 days, one denied attempt."""
    baseline = Baseline()
    for day in range(20, 0, -1):
        for n in range(2):
            fact = Fact(time=NOON - day * DAY - 4 * HOUR + n, target=f"arn:{n}", account="111111111111", duration=900)
            learn(baseline, fact)
        learn(baseline, Fact(time=NOON - day * DAY - 4 * HOUR + 9, network="192.0.2", after="iam:CreateUser"))
    learn(baseline, Fact(time=NOON - DAY, target="arn:door", denied=True))
    teach(baseline, Fact(time=NOON, target="arn:guest"), NOON + DAY)
    return prune(baseline) if stored else baseline


@pytest.mark.parametrize("stored", [False, True])
def test_what_people_see_of_a_baseline(stored):
    seen = told(month(stored))
    assert (seen.mature, seen.active_hours, seen.actions, seen.assumptions) == (True, 21, 61, 40)
    assert seen.quarter == seen.hour == Usual(slots=20, mean=2.0, sigma=0.0)
    assert seen.week.slots == 6
    assert (seen.targets, seen.known_targets, seen.tried, seen.reached, seen.vouched) == (2, 2, 1, 0, 1)
    assert [(each.name, each.times) for each in seen.calls_after_hops] == [("iam:CreateUser", 20)]
    assert seen.networks[0].first == datetime(2026, 9, 10, 8, tzinfo=UTC)
    assert seen.networks[0].last == datetime(2026, 9, 29, 8, tzinfo=UTC)
    assert (seen.durations, seen.depth, list(seen.names)) == ((900,), 1, ["arn:0", "arn:1"])
    assert seen.by_hour[8] == 60
    assert sum(seen.by_weekday) == 61
    assert seen.usual_hours == "08:00–09:00"


def test_hours_are_told_by_the_identitys_clock():
    seen = told(month(stored=True), ZoneInfo("Asia/Tokyo"))
    assert (seen.zone, seen.usual_hours) == ("Asia/Tokyo", "17:00–18:00")


def test_of_an_identity_that_was_never_seen():
    seen = told(Baseline())
    assert (seen.first, seen.last, seen.mature, seen.usual_hours) == (None, None, False, "none")
    assert seen.quarter == Usual(slots=0, mean=0.0, sigma=0.0)

"""A role that many share is used by people it does not know yet."""

from datetime import datetime, timedelta

import pytest

from detectors.new_origin import new_origin, new_origin_call
from detectors.off_hours import off_hours
from detectors.origin_habits import hour_of_origin, place_of_origin
from model.anomaly import Anomaly
from model.baseline import Baseline
from model.learning import learn
from model.organization import Organization
from model.thresholds import Thresholds
from tests.detectors.deeds import call as call_of
from tests.detectors.made import BOT, DAY, NOW, assumption, chain_of, fact, habits
from tests.detectors.world import MONDAY, SHARED, TOOLS, Actor, Json, assume, final, judged, new_judge

T, WORLD = Thresholds(), Organization()
ELSEWHERE = "203.0.113.7"


def from_network(network: str, days: int = 20) -> Baseline:
    baseline = Baseline()
    for day in range(1, days + 1):
        learn(baseline, fact(NOW - day * DAY, network=network, tool="aws-cli", region="eu-central-1"))
    return baseline


@pytest.mark.parametrize(
    ("origin", "agent", "fires"),
    [
        (from_network("203.0.113"), "aws-cli/2", False),
        (from_network("203.0.99"), "aws-cli/2", False),
        (from_network("203.0.113", days=13), "aws-cli/2", True),
        (from_network("198.51.100"), "aws-cli/2", True),
        (from_network("203.0.113"), "curl/8", True),
        (Baseline(), "aws-cli/2", True),
    ],
)
def test_a_network_of_the_origin_is_not_new_though_it_is_to_the_role(origin: Baseline, agent: str, fires: bool) -> None:
    role, way = from_network("192.0.2"), chain_of(("bot", "1"), ("data", "2"))
    asked = {"source_ip": ELSEWHERE, "user_agent": agent, "region": "eu-central-1"}
    made = assumption("data", caller=BOT, **asked)
    assert bool(place_of_origin(new_origin(made, role, T, None, way), made, way, origin, T)) == fires
    acted = call_of("ec2:DescribeInstances", BOT, **asked)
    assert bool(place_of_origin(new_origin_call(acted, way, role, T), acted, way, origin, T)) == fires


def test_who_acts_for_itself_is_excused_by_nobody() -> None:
    made = assumption(source_ip=ELSEWHERE, user_agent="aws-cli/2", region="eu-central-1")
    odd = new_origin(made, from_network("192.0.2"), T)
    assert place_of_origin(odd, made, chain_of(("ci", "1")), from_network("203.0.113"), T) is odd
    assert odd is not None


@pytest.mark.parametrize(
    ("origin", "fires"),
    [
        (habits(20, hours=(2, 3)), False),
        (habits(20, hours=(9, 10)), True),
        (habits(13, hours=(2, 3)), True),
        (Baseline(), True),
    ],
)
def test_an_hour_of_the_origin_is_not_strange_though_it_is_to_the_role(origin: Baseline, fires: bool) -> None:
    way = chain_of(("bot", "1"), ("data", "2"))
    made = assumption("data", time=NOW - 7 * 3600, caller=BOT)
    odd = off_hours(made, habits(20), T, WORLD)
    assert isinstance(odd, Anomaly)
    assert bool(hour_of_origin(odd, made, way, origin, T, WORLD)) == fires


PEOPLE = [Actor(name) for name in ("ana", "bo", "cy")]


def through_the_hub(at: datetime, who: Actor, target: str, n: int = 0) -> list[Json]:
    first, hub = assume(who, "hub", TOOLS, at, who.name)
    second, _ = assume(hub, target, SHARED, at + timedelta(seconds=20 + n), who.name)
    return [first, second]


def work(days: int = 20) -> list[Json]:
    """People who come to everything by way of one role, at the same hours of each day."""
    return [
        record
        for day in range(days)
        for n, who in enumerate(PEOPLE)
        for record in through_the_hub(MONDAY + timedelta(days=day, hours=8, minutes=9 * n), who, "app")
    ]


def test_a_surge_of_a_shared_role_is_of_the_one_who_makes_it_and_low_for_the_rest() -> None:
    judge = new_judge()
    judged(work(), judge)
    at = MONDAY + timedelta(days=20, hours=8)
    first, hub = assume(PEOPLE[0], "hub", TOOLS, at, "ana")
    surge = [first, *(assume(hub, f"app-{n}", SHARED, at + timedelta(seconds=n), "ana")[0] for n in range(1, 31))]
    bystander = through_the_hub(at + timedelta(seconds=60), PEOPLE[1], "app")
    found = final(judged([*surge, *bystander], judge))
    said = {f.origin.person: a.confidence for f in found for a in f.anomalies if a.detector == "velocity"}
    assert said == {"ana": "medium", "bo": "low"}


def test_the_one_who_makes_it_is_told_from_the_crowd_whatever_the_order() -> None:
    judge = new_judge()
    judged(work(), judge)
    at = MONDAY + timedelta(days=20, hours=8)
    crowd = [r for n, who in enumerate(PEOPLE) for r in through_the_hub(at + timedelta(seconds=9 * n), who, "app")]
    first, hub = assume(PEOPLE[0], "hub", TOOLS, at, "ana")
    many = [assume(hub, f"app-{n}", SHARED, at + timedelta(seconds=90 + n), "ana")[0] for n in range(12)]
    said = [
        (f.origin.person, str(a.confidence))
        for f in final(judged([*crowd, first, *many], judge))
        for a in f.anomalies
        if a.detector == "velocity"
    ]
    assert said == [("ana", "medium")]

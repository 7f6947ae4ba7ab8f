import msgspec
import pytest

from detectors.new_origin import new_origin, new_origin_call
from model.assumption import ApiCall
from model.baseline import Baseline
from model.chain import Chain
from model.learning import learn
from model.peer_use import PeerUse, learn_peer
from model.thresholds import Thresholds
from tests.detectors.made import ANA, BOT, DAY, HOME, NOW, assumption, chain_of, fact

T = Thresholds()
CLI = "aws-cli/2.31.4 md/arch#arm64"


def home(days: int = 20, networks: tuple[str, ...] = ("192.0.2",)) -> Baseline:
    """An identity that uses the CLI from these networks, in Frankfurt."""
    baseline = Baseline()
    for day in range(1, days + 1):
        for hour, network in enumerate(networks):
            learn(baseline, fact(NOW - day * DAY + hour, network=network, tool="aws-cli", region="eu-central-1"))
    return baseline


def placed(**fields):
    return {"source_ip": "192.0.2.7", "user_agent": CLI, "region": "eu-central-1"} | fields


@pytest.mark.parametrize(
    ("fields", "observed"),
    [
        ({}, None),
        ({"source_ip": "203.0.113.7"}, "network"),
        ({"source_ip": "192.0.99.7"}, None),
        ({"source_ip": "2001:db8:1::7"}, "network"),
        ({"source_ip": "cloudformation.amazonaws.com"}, None),
        ({"source_ip": "AWS Internal"}, None),
        ({"source_ip": None, "user_agent": None, "region": None}, None),
        ({"user_agent": "python-requests/2.31"}, "tool"),
        ({"user_agent": "AWS Internal"}, None),
        ({"user_agent": "[signin.amazonaws.com]"}, None),
        ({"region": "ap-southeast-1"}, "region"),
        ({"region": "us-east-1"}, None),
        ({"source_ip": "203.0.113.7", "user_agent": "python-requests/2.31"}, "network, tool"),
        ({"source_ip": "203.0.113.7", "user_agent": "curl/8", "region": "ap-southeast-1"}, "network, tool, region"),
    ],
)
def test_an_assumption_from_somewhere(fields, observed):
    found = new_origin(assumption(**placed(**fields)), home(20), T)
    assert (found and found.observed) == observed
    if found:
        assert found.confidence == "low"


def test_an_identity_that_is_too_young_comes_from_anywhere():
    assert new_origin(assumption(**placed(source_ip="203.0.113.7")), home(13), T) is None


@pytest.mark.parametrize(("known", "fires"), [(23, True), (24, False)])
def test_who_roams_has_no_new_network(known, fires):
    roaming = home(networks=tuple(f"{n}.1.1" for n in range(1, known + 1)))
    assert (new_origin(assumption(**placed(source_ip="203.0.113.7")), roaming, T) is not None) is fires


@pytest.mark.parametrize(("known", "fires"), [(22, True), (23, False)])
def test_a_role_that_many_tools_share_has_no_new_tool(known, fires):
    shared = home()
    for n in range(known):
        learn(shared, fact(NOW - DAY, tool=f"tool{n}"))
    assert (new_origin(assumption(**placed(user_agent="curl/8")), shared, T) is not None) is fires


def test_a_network_of_two_peers_is_a_new_office():
    group = PeerUse()
    for day in range(20):
        for who in ("bob", "eve"):
            learn_peer(group, who, fact(NOW - day * DAY, network="203.0.113"))
    made = assumption(**placed(source_ip="203.0.113.7"), caller=BOT)
    assert new_origin(made, home(), T, group) is None
    assert new_origin(made, home(), T, PeerUse()) is not None


def call(source: str = "ec2.amazonaws.com", caller=BOT, **fields) -> ApiCall:
    where = placed(**fields)
    return ApiCall(
        record="c1",
        time=NOW,
        caller=caller,
        caller_key=None,
        caller_session=None,
        source=source,
        name="DescribeInstances",
        error=None,
        source_ip=where["source_ip"],
        user_agent=where["user_agent"],
        region=where["region"],
        read_only=True,
    )


@pytest.mark.parametrize(
    ("source", "region", "fires"),
    [
        ("iam.amazonaws.com", "us-east-1", False),
        ("globalaccelerator.amazonaws.com", "us-west-2", False),
        ("ec2.amazonaws.com", "us-east-1", True),
        ("iam.amazonaws.com", "ap-southeast-1", True),
        ("ec2.amazonaws.com", "eu-central-1", False),
    ],
)
def test_the_region_of_a_global_endpoint_says_nothing(source, region, fires):
    assert (new_origin_call(call(source, region=region), Chain(BOT), home(), T) is not None) is fires


@pytest.mark.parametrize(
    ("asked", "fields", "confidence"),
    [
        ("192.0.2.7", {}, None),
        ("192.0.2.7", {"source_ip": "203.0.113.7"}, "low"),
        ("192.0.2.7", {"source_ip": "203.0.113.7", "user_agent": "curl/8"}, "medium"),
        ("192.0.2.7", {"user_agent": "curl/8"}, "low"),
        ("203.0.113.9", {"source_ip": "203.0.113.7", "user_agent": "curl/8"}, "low"),
        ("2001:db8::1", {"source_ip": "203.0.113.7", "user_agent": "curl/8"}, "low"),
        ("10.0.0.7", {"source_ip": "203.0.113.7", "user_agent": "curl/8"}, "low"),
        ("172.31.0.7", {"source_ip": "203.0.113.7", "user_agent": "curl/8"}, "low"),
        ("172.32.0.7", {"source_ip": "203.0.113.7", "user_agent": "curl/8"}, "medium"),
        ("AWS Internal", {"source_ip": "203.0.113.7", "user_agent": "curl/8"}, "low"),
        (None, {"source_ip": "203.0.113.7", "user_agent": "curl/8"}, "low"),
    ],
)
def test_a_key_that_is_used_elsewhere_than_it_was_asked_for(asked, fields, confidence):
    way = Chain(ANA).then(assumption("bot", source_ip=asked))
    person = msgspec.structs.replace(call(**fields), caller=BOT.model_copy(update={"person": "ana"}))
    found = new_origin_call(person, way, home(), T)
    assert (found and found.confidence) == confidence


@pytest.mark.parametrize(
    ("fields", "confidence"),
    [
        ({"source_ip": "203.0.113.7", "user_agent": "curl/8"}, "medium"),
        ({"source_ip": "203.0.113.7"}, "low"),
        ({"user_agent": "curl/8"}, "low"),
    ],
)
def test_a_machine_that_is_elsewhere_with_another_tool_has_lost_its_key(fields, confidence):
    assert new_origin_call(call(**fields), Chain(BOT), home(), T).confidence == confidence
    assert new_origin(assumption(caller=BOT, **placed(**fields)), home(), T).confidence == confidence


def test_a_pipeline_hops_into_a_role_from_anywhere():
    moved = {"source_ip": "203.0.113.7", "user_agent": "curl/8"}
    way = chain_of(("hub", HOME), ("deploy", HOME))
    assert new_origin(assumption(caller=BOT, **placed(**moved)), home(), T, None, way).confidence == "low"
    assert new_origin(
        assumption(caller=BOT, **placed(**moved)), home(), T, None, chain_of(("deploy", HOME))
    ) == new_origin(assumption(caller=BOT, **placed(**moved)), home(), T)


@pytest.mark.parametrize(("days", "fires"), [(6, True), (7, False)])
def test_who_comes_from_somewhere_new_on_seven_days_roams(days, fires):
    """Hosted runners: three networks and a new one on most days."""
    baseline = home(20, ("192.0.2", "198.51.100", "203.0.113"))
    for day in range(days):
        learn(baseline, fact(NOW - (day + 1) * DAY, network=f"20.{day}.1", tool="aws-cli", region="eu-central-1"))
    found = new_origin(assumption(**placed(source_ip="91.1.1.1")), baseline, T)
    assert (found is not None) is fires


def test_who_was_in_seven_new_places_on_one_day_does_not():
    baseline = home(20)
    for place in range(9):
        learn(baseline, fact(NOW - 3 * DAY, network=f"20.{place}.1", tool="aws-cli", region="eu-central-1"))
    assert new_origin(assumption(**placed(source_ip="91.1.1.1")), baseline, T) is not None


def weekly(weeks: int) -> Baseline:
    baseline = Baseline()
    for week in range(1, weeks + 1):
        learn(baseline, fact(NOW - week * 7 * DAY, network="192.0.2", tool="boto3", region="eu-central-1"))
    return baseline


@pytest.mark.parametrize(
    ("weeks", "fields", "fires"),
    [
        (4, {"source_ip": "203.0.113.7"}, True),
        (3, {"source_ip": "203.0.113.7"}, True),
        (2, {"source_ip": "203.0.113.7"}, False),
        (4, {}, False),
        (4, {"source_ip": "203.0.113.7", "user_agent": "Boto3/1.34"}, False),
    ],
)
def test_who_acts_once_a_week_is_seen_where_network_and_tool_are_both_new(weeks, fields, fires):
    found = new_origin(assumption(**placed(**fields)), weekly(weeks), T)
    assert (found is not None) is fires

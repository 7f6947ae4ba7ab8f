"""Dangerous calls as the judge sees them: from records to findings, and what is learned of them."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from detectors.judge import Judge
from model.finding import Finding
from model.organization import Organization
from model.own import Own
from model.thresholds import Thresholds
from tests.detectors.paper_store import PaperStore
from tests.detectors.world import (
    ANA,
    PROD,
    RUNNER,
    SHARED,
    TOOLS,
    Actor,
    Json,
    assume,
    call,
    final,
    judged,
    month,
    new_judge,
    night,
    read,
)

NOON = night(20) + timedelta(hours=9)
VENDING = Actor("vending", PROD, "vending-function")


def deed(who: Actor, at: datetime, name: str, /, **asked: str) -> Json:
    service, _, short = name.partition(":")
    return call(who, at, short) | {"eventSource": f"{service}.amazonaws.com", "requestParameters": asked or None}


def daily(who: Actor, *names: str, days: int = 20) -> list[Json]:
    """Somebody's ordinary work at noon."""
    start = NOON - timedelta(days=days)
    calls = [(day, n, name) for day in range(days) for n, name in enumerate(names or ("ec2:DescribeInstances",))]
    return [deed(who, start + timedelta(days=day, minutes=n), name) for day, n, name in calls]


def found(*records: Json, detector: str = "after_assumption", judge: Judge | None = None) -> list[Finding]:
    findings = final(judged(sorted(records, key=lambda r: str(r["eventTime"])), judge))
    return [finding for finding in findings if detector in finding.detectors]


@pytest.fixture(scope="module")
def ordinary() -> list[Json]:
    return month(days=20)


def test_the_storys_third_chain_is_seen_from_management_events_alone() -> None:
    """A function that an event woke in the management account makes a user; neither PutEvents nor Invoke is seen."""
    made = deed(VENDING, NOON, "iam:CreateUser", userName="eve")
    key = deed(VENDING, NOON + timedelta(seconds=2), "iam:CreateAccessKey", userName="eve")
    (finding,) = found(*daily(VENDING), made, key)
    assert str(finding.confidence) == "high"
    assert [anomaly.records for anomaly in finding.anomalies] == [(made["eventID"],), (key["eventID"],)]
    assert finding.principal == VENDING.arn
    assert finding.lineages[0].hops == ()


def test_the_bus_that_was_opened_for_it_is_seen_too() -> None:
    opened = deed(replace(RUNNER, name="eve"), NOON, "events:PutPermission", eventBusName="default")
    (finding,) = found(*daily(replace(RUNNER, name="eve")), opened)
    assert str(finding.confidence) == "medium"


def test_what_a_hop_led_to_is_on_its_chain(ordinary: list[Json]) -> None:
    made, session = assume(ANA, "ci", TOOLS, NOON, "ana")
    key = deed(session, NOON + timedelta(seconds=40), "iam:CreateAccessKey", userName="bob")
    (finding,) = found(*ordinary, made, key)
    assert str(finding.confidence) == "high"
    assert finding.origin.arn == ANA.arn
    assert finding.lineages[0].hops[0].role_arn.endswith("role/ci")
    assert "40 s after a hop" in finding.message


def test_what_a_role_does_every_day_is_quiet_and_known_of_who_is_behind_it(ordinary: list[Json]) -> None:
    judge = new_judge()
    records = [*ordinary]
    for day in range(2, 19):
        at = NOON - timedelta(days=day)
        made, session = assume(RUNNER, "builder", SHARED, at, "runner")
        records += [made, deed(session, at + timedelta(seconds=9), "iam:CreateRole", roleName=f"r{day}")]
    made, other = assume(RUNNER, "fresh", PROD, NOON, "runner")
    again = deed(other, NOON + timedelta(seconds=5), "iam:AttachRolePolicy", roleName="r")
    assert [f for f in found(*records, made, again, judge=judge) if f.time > NOON - timedelta(days=1)] == []


def test_people_are_told_once_of_what_is_not_learned_yet() -> None:
    days = [deed(VENDING, NOON + timedelta(days=day), "ssm:SendCommand") for day in range(9)]
    findings = found(*daily(VENDING), *days)
    assert [(str(f.confidence), f.time.day) for f in findings] == [("medium", NOON.day)]


def test_what_is_high_is_told_every_time() -> None:
    days = [deed(VENDING, NOON + timedelta(days=day), "iam:CreateUser", userName="e") for day in range(3)]
    assert [str(f.confidence) for f in found(*daily(VENDING), *days)] == ["high"] * 3


def test_secrets_are_counted_though_every_read_is_odd_already() -> None:
    """At night, from somewhere else: nothing of that is learned, and still it adds up."""
    reads = [
        deed(VENDING, night(20) + timedelta(seconds=n), "secretsmanager:GetSecretValue", secretId=f"s{n}")
        | {"sourceIPAddress": "203.0.113.9"}
        for n in range(25)
    ]
    (finding,) = found(*daily(VENDING), *reads)
    (told,) = [anomaly for anomaly in finding.anomalies if anomaly.detector == "after_assumption"]
    assert (told.observed, str(told.confidence)) == (25, "medium")


def test_the_watch_sees_its_rule_go_whoever_takes_it() -> None:
    gone = deed(VENDING, NOON, "events:DeleteRule", name="hopstop-watch")
    (finding,) = found(*daily(VENDING, "events:DeleteRule"), gone, detector="defence_evasion")
    assert str(finding.confidence) == "high"


def test_a_teardown_that_is_a_habit_is_quiet_or_asked_about() -> None:
    sweeper = Actor("nuke", PROD, "sweep")
    judge = new_judge()
    for at in range(20):
        judge.judge(read(daily(sweeper, "guardduty:DeleteDetector", "cloudtrail:DeleteTrail")[at * 2 : at * 2 + 2]),
                    learn_only_before=NOON.timestamp() - 3600)  # fmt: skip
    late = [deed(sweeper, NOON, name, name="t") for name in ("guardduty:DeleteDetector", "cloudtrail:DeleteTrail")]
    (finding,) = final([judge.judge(read(late))])
    assert {a.observed: str(a.confidence) for a in finding.anomalies} == {
        "guardduty:DeleteDetector": "low",
        "cloudtrail:DeleteTrail": "medium",
    }


def containing(session: str, name: str = "hopstop/containing") -> list[Json]:
    worker = replace(RUNNER, name="worker")
    made, acting = assume(worker, name, PROD, NOON, session)
    policy = "hopstop-ana-111111111111-ab12cd34-0123abcd"
    put = deed(acting, NOON + timedelta(seconds=2), "iam:PutRolePolicy", roleName="ci", policyName=policy)
    lifted = deed(acting, NOON + timedelta(minutes=9), "iam:DeleteRolePolicy", roleName="ci", policyName=policy)
    return [*daily(worker), made, put, lifted]


@pytest.mark.parametrize(
    ("session", "queue", "confidences"),
    [
        ("case-ana-111111111111-ab12cd34", TOOLS, []),
        ("case-ana-111111111111-ab12cd34", SHARED, ["high"]),
        ("case-bob-111111111111-ab12cd34", TOOLS, ["high"]),
    ],
)
def test_hopstop_at_work_is_no_attack_and_who_poses_as_it_is(session: str, queue: str, confidences: list[str]) -> None:
    own = Own(queue=f"https://sqs.eu-central-1.amazonaws.com/{queue}/hopstop", role="hopstop/containing")
    judge = Judge(Thresholds(), Organization(), PaperStore(), own=own)
    findings = found(*containing(session), judge=judge, detector="defence_evasion")
    assert [str(finding.confidence) for finding in findings] == confidences


def test_a_role_whose_path_only_ends_like_the_containing_roles_poses_as_it_in_vain() -> None:
    home = f"https://sqs.eu-central-1.amazonaws.com/{TOOLS}/hopstop"
    judge = Judge(Thresholds(), Organization(), PaperStore(), own=Own(queue=home, role="hopstop/containing"))
    records = containing("case-ana-111111111111-ab12cd34", name="x:role/hopstop/containing")
    findings = found(*records, judge=judge, detector="defence_evasion")
    assert [str(finding.confidence) for finding in findings] == ["high"]

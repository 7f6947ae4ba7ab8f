"""The EventBridge rules, on a server that matches patterns: nothing that the watch judges is filtered out."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from model.cloudtrail import CloudTrailRecord
from model.envelopes import unwrap
from model.wanted import WANTED, event_pattern, wanted
from tests.servers import Ministack, ministack

__all__ = ["ministack"]

FOLDER = Path(__file__).parents[2] / "deploy" / "eventbridge"
RULES: list[dict[str, str]] = json.loads((FOLDER / "rules.json").read_text())["rules"]
PATTERNS = {rule["name"]: json.loads((FOLDER / rule["pattern"]).read_text()) for rule in RULES}
ALL = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
LARGEST = 2048
"""EventBridge's default for a pattern's length, in characters."""
USER = {"type": "IAMUser", "accountId": "111111111111", "arn": "arn:aws:iam::111111111111:user/ana"}
CALL = "AWS API Call via CloudTrail"

Matches = Callable[[dict[str, Any]], list[str]]


@pytest.fixture(scope="module")
def matches(ministack: Ministack) -> Matches:
    """Which rules an event matches."""
    events = ministack.client("events", ministack.root(ministack.new_account()))

    def asked(event: dict[str, Any]) -> list[str]:
        text = json.dumps(event)
        return [
            name
            for name, pattern in PATTERNS.items()
            if events.test_event_pattern(EventPattern=json.dumps(pattern), Event=text)["Result"]
        ]

    return asked


def event(detail: dict[str, Any], kind: str = CALL, source: str = "") -> dict[str, Any]:
    return {
        "id": "1",
        "version": "0",
        "time": "2026-03-04T02:47:00Z",
        "region": "us-east-1",
        "resources": [],
        "account": "111111111111",
        "detail-type": kind,
        "source": source or "aws." + str(detail["eventSource"]).split(".", 1)[0],
        "detail": detail,
    }


def call(source: str, name: str, who: object = USER, **more: object) -> dict[str, Any]:
    made = {"eventSource": source, "eventName": name, "eventTime": "2026-03-04T02:47:00Z", **more}
    return made if who is None else {**made, "userIdentity": who}


def test_the_files_hold_the_table_of_what_the_watch_judges_and_no_more() -> None:
    parts: list[str] = []
    for name, pattern in PATTERNS.items():
        if name == "hopstop-guardduty":
            continue
        detail = dict(pattern["detail"])
        assert detail.pop("userIdentity") == event_pattern()["detail"]["userIdentity"]
        assert pattern["source"] == [{"prefix": "aws."}]
        parts += [json.dumps(part) for part in detail.get("$or", [detail])]
    assert sorted(parts) == sorted(json.dumps(part) for part in event_pattern()["detail"]["$or"])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["name"])
def test_a_rule_sees_read_only_calls_and_its_pattern_fits(rule: dict[str, str]) -> None:
    assert rule["state"] == (ALL if "guardduty" not in rule["name"] else "ENABLED")
    assert len(json.dumps(PATTERNS[rule["name"]], separators=(",", ":"))) <= LARGEST
    assert rule["what"]


def test_every_pattern_is_one_that_the_server_takes(ministack: Ministack) -> None:
    events = ministack.client("events", ministack.root(ministack.new_account()))
    for rule in RULES:
        pattern = json.dumps(PATTERNS[rule["name"]], separators=(",", ":"))
        assert events.put_rule(Name=rule["name"], EventPattern=pattern, State=rule["state"])["RuleArn"]


def test_every_call_of_the_table_matches_exactly_one_rule(matches: Matches) -> None:
    for source, beginnings in WANTED.items():
        for name in beginnings or ("Whatever",):
            assert len(matches(event(call(source, f"{name}Something")))) == 1, (source, name)


@pytest.mark.parametrize(
    ("detail", "kind"),
    [
        (call("sts.amazonaws.com", "AssumeRole", {"type": "AWSAccount", "principalId": "AIDA"}), CALL),
        (call("sts.amazonaws.com", "AssumeRole", {"principalId": "AIDA"}), CALL),
        (call("sts.amazonaws.com", "AssumeRole", None), CALL),
        (call("sts.amazonaws.com", "AssumeRole", errorCode="AccessDenied", requestParameters=None), CALL),
        (call("sts.amazonaws.com", "AssumeRoleWithSAML", {"type": "SAMLUser"}, readOnly=True), CALL),
        (call("sts.amazonaws.com", "AssumeRoleWithWebIdentity", {"type": "WebIdentityUser"}), CALL),
        (call("sts.amazonaws.com", "AssumeRoot"), CALL),
        (call("signin.amazonaws.com", "SwitchRole"), "AWS Console Signin via CloudTrail"),
        (call("signin.amazonaws.com", "ConsoleLogin", {"type": "Root"}), "AWS Console Sign In via CloudTrail"),
        (call("signin.amazonaws.com", "ConsoleLogin"), "AWS Console Sign-In via CloudTrail"),
        (call("sso.amazonaws.com", "Authenticate", {"type": "IdentityCenterUser"}), "AWS Service Event via CloudTrail"),
        (call("cloudtrail.amazonaws.com", "StopLogging", errorMessage="denied"), CALL),
    ],
)
def test_odd_and_refused_and_console_records_come(matches: Matches, detail: dict[str, Any], kind: str) -> None:
    assert len(matches(event(detail, kind))) == 1


@pytest.mark.parametrize(
    "made",
    [
        event(call("sts.amazonaws.com", "AssumeRole", {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"})),
        event(call("s3.amazonaws.com", "ListBuckets")),
        event(call("sts.amazonaws.com", "AssumeRole"), source="com.evil"),
        event(call("sts.amazonaws.com", "AssumeRole"), source="awsx.sts"),
        event(call("sts.amazonaws.com", "AssumeRole"), kind="Made up"),
        event({"eventSource": "x", "title": "a finding"}, kind="GuardDuty Finding", source="aws.inspector"),
    ],
)
def test_services_ordinary_traffic_and_strangers_do_not(matches: Matches, made: dict[str, Any]) -> None:
    assert matches(made) == []


def test_a_finding_of_guardduty_comes(matches: Matches) -> None:
    finding = event({"eventSource": "x", "type": "UnauthorizedAccess"}, "GuardDuty Finding", "aws.guardduty")
    assert matches(finding) == ["hopstop-guardduty"]


def kinds(data: Path) -> Iterator[tuple[bool, CloudTrailRecord]]:
    """One real record of each source, name and kind of caller."""
    seen: set[tuple[str, str, str | None]] = set()
    for path in sorted((data / "cloudtrail").rglob("*")):
        if path.suffix not in {".json", ".gz", ".jsonl", ".ndjson", ".log"} or path.stat().st_size > 8 << 20:
            continue
        for record in unwrap(path.read_bytes()):
            if not isinstance(record, CloudTrailRecord):
                continue
            kind = (record.event_source, record.event_name, record.user_identity and record.user_identity.type)
            if kind not in seen:
                seen.add(kind)
                yield wanted(record), record


@pytest.mark.shared
def test_of_real_records_exactly_what_the_watch_judges_comes(matches: Matches, shared: Path) -> None:
    tried = {True: 0, False: 0}
    for is_wanted, record in kinds(shared):
        if not is_wanted and tried[False] > 300:
            continue
        tried[is_wanted] += 1
        who = record.user_identity
        made = call(record.event_source, record.event_name, {"type": who.type} if who and who.type else {})
        assert bool(matches(event(made))) is is_wanted, made
    assert tried[True] > 50


def queue_policy(queue_arn: str) -> str:
    """The one of docs/security.md, for this queue."""
    page = (FOLDER.parents[1] / "docs" / "security.md").read_text("utf-8")
    text = page.split("<!-- policy:queue -->\n```json\n")[1].split("```")[0]
    _, _, _, region, account, _ = queue_arn.split(":")
    text = text.replace("arn:aws:sqs:eu-central-1:111111111111:hopstop", queue_arn)
    return text.replace("eu-central-1", region).replace("111111111111", account)


def test_the_documented_queue_policy_lets_nobody_in_whom_the_account_itself_would(ministack: Ministack) -> None:
    account = ministack.new_account()
    root = ministack.root(account)
    iam, sqs = (ministack.client(name, root) for name in ("iam", "sqs"))
    url = sqs.create_queue(QueueName="hopstop")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    iam.create_user(UserName="eve")
    allow = {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.put_user_policy(UserName="eve", PolicyName="all", PolicyDocument=document)
    key = iam.create_access_key(UserName="eve")["AccessKey"]
    eve = ministack.client("sqs", ministack.session(key["AccessKeyId"], key["SecretAccessKey"]))
    assert eve.send_message(QueueUrl=url, MessageBody="before the policy")["MessageId"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": queue_policy(arn)})
    with pytest.raises(eve.exceptions.ClientError, match="AccessDenied"):
        eve.send_message(QueueUrl=url, MessageBody="a record that AWS never wrote")

"""What one record says about becoming somebody else."""

from typing import Any

import pytest

from model.assumption import RoleAssumption
from model.cloudtrail import CloudTrailRecord
from model.envelopes import unwrap
from model.identity import Kind
from model.sts import assumes, assumption, call
from tests.model.records import ALICE, CALLER, FOREIGN_ALICE, OWNER, assume, dumped, record, role_id, session

ROLE = f"arn:aws:iam::{OWNER}:role/team/deploy"
BARE = f"arn:aws:iam::{OWNER}:role/deploy"
ALICE_ARN = f"arn:aws:iam::{CALLER}:user/alice"
SIGNIN = "signin.amazonaws.com"


def read(value: dict[str, Any]) -> CloudTrailRecord:
    (found,) = unwrap(dumped(value))
    assert isinstance(found, CloudTrailRecord), found
    return found


def made(value: dict[str, Any]) -> RoleAssumption:
    found = assumption(read(value))
    assert found is not None
    return found


def test_an_assumption_says_who_became_whom_and_how() -> None:
    found = made(assume(requestParameters={"roleArn": ROLE, "roleSessionName": "s1", "sourceIdentity": "jane"}))
    assert (found.records, found.time, found.how) == (("id-1",), 1_790_995_631.0, "AssumeRole")
    assert (found.caller.key, found.caller_key) == (f"user:{CALLER}:AIDAALICE00000000001", "AKIAALICE00000000001")
    assert (found.role_arn, found.account, found.role_id) == (ROLE, OWNER, role_id("deploy"))
    assert (found.session_name, found.new_key, found.caller_session) == ("s1", "ASIADEPLOY0000000001", None)
    assert (found.source_identity, found.denied, found.error, found.duration) == ("jane", False, None, None)
    assert (found.source_ip, found.user_agent, found.region) == ("192.0.2.10", "aws-cli/2.15", "eu-west-1")


def denied(message: str, **fields: Any) -> dict[str, Any]:
    return assume(
        **{
            "requestParameters": None,
            "responseElements": None,
            "errorCode": "AccessDenied",
            "errorMessage": message,
            **fields,
        }
    )


WHY = f"User: {ALICE_ARN} is not authorized to perform: sts:AssumeRole on resource: "


@pytest.mark.parametrize(
    ("value", "role"),
    [
        (assume(), ROLE),
        (assume(requestParameters=None, resources=[{"ARN": ROLE, "type": "AWS::IAM::Role"}]), ROLE),
        (assume(requestParameters=None, resources=[{"arn": ROLE}]), ROLE),
        (assume(requestParameters=None, resources=[{"ARNPrefix": "arn:aws:s3:::b/"}, {"ARN": ROLE}]), ROLE),
        (assume(requestParameters=None, resources=ROLE), ROLE),
        (assume(requestParameters=None, resources=None), BARE),
        (denied(WHY + ROLE), ROLE),
        (denied(WHY + ROLE + " with an explicit deny in an identity-based policy"), ROLE),
        (denied(WHY + ROLE + ". Check"), ROLE),
        (denied(WHY + ROLE, resources=[]), ROLE),
        (denied(WHY + ROLE, requestParameters="null"), ROLE),
        (denied(WHY + ROLE.replace("aws", "aws-us-gov", 1)), ROLE.replace("aws", "aws-us-gov", 1)),
        (denied(WHY + ROLE.replace("aws", "aws-cn", 1)), ROLE.replace("aws", "aws-cn", 1)),
    ],
)
def test_the_role_is_found_wherever_it_stands(value: dict[str, Any], role: str) -> None:
    assert made(value).role_arn == role


@pytest.mark.parametrize("message", ["", "Access denied", "on resource: x", "on resource: "])
def test_an_assumption_that_names_no_role_is_a_call(message: str) -> None:
    value = denied(message)
    assert assumption(read(value)) is None
    assert (call(read(value)).name, call(read(value)).error) == ("AssumeRole", "AccessDenied")


def test_a_denied_assumption_made_no_session() -> None:
    found = made(denied(WHY + ROLE))
    assert (found.denied, found.error, found.new_key, found.role_id) == (True, "AccessDenied", None, None)


def test_an_error_without_a_code_is_still_one() -> None:
    assert made(assume(errorMessage="no")).error == "no"
    assert made(assume(errorCode="", errorMessage="")).denied is False


def test_the_owner_s_copy_names_its_caller_by_id_only() -> None:
    found = made(assume(userIdentity=FOREIGN_ALICE))
    assert (found.caller.kind, found.caller.key) == (Kind.ACCOUNT, f"user:{CALLER}:AIDAALICE00000000001")
    assert found.caller_key is None


def test_a_session_s_assumption_carries_the_session() -> None:
    found = made(assume(userIdentity=session("ci", "run-7", key="ASIACI")))
    assert (found.caller_key, found.caller_session) == ("ASIACI", f"{role_id('ci')}:run-7")


@pytest.mark.parametrize(
    ("fields", "how"),
    [
        ({}, "AssumeRole"),
        ({"sourceIPAddress": SIGNIN}, "SwitchRole"),
        ({"userIdentity": ALICE | {"invokedBy": SIGNIN}}, "SwitchRole"),
        ({"eventName": "AssumeRoleWithSAML"}, "AssumeRoleWithSAML"),
        ({"eventName": "AssumeRoleWithSAML", "sourceIPAddress": SIGNIN}, "AssumeRoleWithSAML"),
    ],
)
def test_a_switch_in_the_console_is_told_from_a_call(fields: dict[str, Any], how: str) -> None:
    assert made(assume(**fields)).how == how


def switched(**fields: Any) -> dict[str, Any]:
    base = {"eventSource": SIGNIN, "responseElements": {"SwitchRole": "Success"}}
    return record("SwitchRole", **(base | fields))


def test_a_switch_recorded_as_the_one_who_left() -> None:
    found = made(switched(additionalEventData={"SwitchTo": ROLE}))
    assert (found.caller.arn, found.role_arn, found.caller_key) == (ALICE_ARN, ROLE, "AKIAALICE00000000001")


def test_a_switch_recorded_as_the_session_it_made() -> None:
    found = made(switched(userIdentity=session(), additionalEventData={"SwitchFrom": ALICE_ARN}))
    assert (found.caller.arn, found.role_arn, found.session_name) == (ALICE_ARN, ROLE, "s1")
    assert (found.caller_key, found.caller_session, found.role_id) == (None, None, role_id("deploy"))


def test_a_switch_that_failed_is_denied() -> None:
    found = made(switched(additionalEventData={"SwitchTo": ROLE}, responseElements={"SwitchRole": "Failure"}))
    assert (found.denied, found.error, found.new_key) == (True, "Failure", None)


@pytest.mark.parametrize("extra", [None, {}, {"SwitchTo": "x"}, {"SwitchFrom": ALICE_ARN}, {"SwitchTo": 7}])
def test_a_switch_without_a_role_is_a_call(extra: object) -> None:
    assert assumption(read(switched(additionalEventData=extra))) is None


@pytest.mark.parametrize(
    ("target", "region", "root"),
    [
        ("333333333333", "eu-west-1", "arn:aws:iam::333333333333:root"),
        ("333333333333", "cn-north-1", "arn:aws-cn:iam::333333333333:root"),
        ("333333333333", "us-gov-west-1", "arn:aws-us-gov:iam::333333333333:root"),
        ("arn:aws:iam::333333333333:root", "eu-west-1", "arn:aws:iam::333333333333:root"),
    ],
)
def test_root_sessions_name_their_account(target: str, region: str, root: str) -> None:
    parameters = {"targetPrincipal": target, "taskPolicyArn": {"arn": "arn:aws:iam::aws:policy/root-task/X"}}
    found = made(assume(eventName="AssumeRoot", awsRegion=region, requestParameters=parameters))
    assert (found.role_arn, found.account) == (root, "333333333333")


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [(900, 900), (900.0, 900), ("900", 900), ("x", None), (-1, None), (10**9, None), (True, None), ("1e9999", None)],
)
def test_a_duration_is_read_as_seconds(asked: object, seconds: int | None) -> None:
    assert made(assume(requestParameters={"roleArn": ROLE, "durationSeconds": asked})).duration == seconds


@pytest.mark.parametrize(
    ("name", "source", "yes"),
    [
        ("AssumeRole", "sts.amazonaws.com", True),
        ("AssumeRoleWithWebIdentity", "sts.amazonaws.com", True),
        ("SwitchRole", SIGNIN, True),
        ("AssumeRoot", "sts.amazonaws.com", True),
        ("AssumeRole", "evil.amazonaws.com", False),
        ("GetSessionToken", "sts.amazonaws.com", False),
    ],
)
def test_an_assumption_is_told_by_name_and_source(name: str, source: str, yes: bool) -> None:
    assert assumes(read(record(name, eventSource=source))) is yes


def test_a_call_says_who_did_what_from_where() -> None:
    found = call(read(record(readOnly=True, errorCode="AccessDenied")))
    assert (found.record, found.time, found.source, found.name) == (
        "id-1",
        1_790_995_631.0,
        "ec2.amazonaws.com",
        "DescribeInstances",
    )
    assert (found.caller.arn, found.caller_key, found.caller_session) == (ALICE_ARN, "AKIAALICE00000000001", None)
    assert (found.error, found.read_only, found.new_key) == ("AccessDenied", True, None)
    assert (found.source_ip, found.user_agent, found.region) == ("192.0.2.10", "aws-cli/2.15", "eu-west-1")


@pytest.mark.parametrize(("name", "key"), [("GetSessionToken", "ASIA1"), ("CreateAccessKey", None)])
def test_only_calls_that_give_the_same_person_a_key_carry_it(name: str, key: str | None) -> None:
    answer = {"credentials": {"accessKeyId": "ASIA1", "sessionToken": "x"}}
    assert call(read(record(name, eventSource="sts.amazonaws.com", responseElements=answer))).new_key == key

"""OCSF rows made from CloudTrail, by the names of its versions."""

from typing import Any

import pytest

from model.cloudtrail import CloudTrailRecord, Unparsed
from model.envelopes import unwrap
from tests.model.records import CALLER, OWNER, dumped, role_id
from tests.model.shapes import ASSUMED, BASE, Told, told

ARN = f"arn:aws:iam::{CALLER}:user/alice"
ROLE = f"arn:aws:iam::{OWNER}:role/team/deploy"
MADE = f"arn:aws:sts::{OWNER}:assumed-role/deploy/s1"
OLD_USER = {
    "type": "IAMUser",
    "name": "alice",
    "uid": "AIDAALICE00000000001",
    "uuid": ARN,
    "account_uid": CALLER,
    "credential_uid": "AKIAALICE00000000001",
}
USER = {
    "type": "IAMUser",
    "name": "alice",
    "uid": ARN,
    "uid_alt": "AIDAALICE00000000001",
    "account": {"uid": CALLER},
    "credential_uid": "AKIAALICE00000000001",
}


def row(version: str, operation: str = "DescribeInstances", **fields: Any) -> dict[str, Any]:
    """An API Activity row; `fields` replace what it has."""
    made = {
        "class_uid": 6003,
        "metadata": {
            "product": {"name": "CloudTrail", "vendor_name": "AWS", "version": "1.08"},
            "uid": "id-1",
            "version": version,
            "event_code": "AwsApiCall",
        },
        "time": 1_790_995_631_000,
        "time_dt": "2026-10-03T02:47:11Z",
        "cloud": {"region": "eu-west-1", "provider": "AWS", "account": {"uid": CALLER}},
        "api": {"operation": operation, "service": {"name": "ec2.amazonaws.com"}, "response": {"error": None}},
        "actor": {"user": USER, "session": {}, "idp": {}},
        "http_request": {"user_agent": "aws-cli/2.15"},
        "src_endpoint": {"ip": "192.0.2.10"},
        "unmapped": {},
        **fields,
    }
    return {key: value for key, value in made.items() if value is not ...}


EMPTY: Told = {
    "user_identity.session_context.session_issuer": {},
    "request_parameters": {},
    "response_elements": {},
    "additional_event_data": {},
    "event_type": "AwsApiCall",
}
READ = BASE | EMPTY


def of(value: Any) -> CloudTrailRecord:
    (found,) = unwrap(dumped(value))
    assert isinstance(found, CloudTrailRecord), found
    return found


API = {
    "1.0.0-rc.2": (
        row(
            "1.0.0-rc.2",
            class_uid=3005,
            actor={"user": OLD_USER, "session": {}, "idp": {}},
            cloud={"region": "eu-west-1", "provider": "AWS"},
            time_dt=...,
            unmapped={"recipientAccountId": CALLER, "eventType": "AwsApiCall"},
        ),
        READ | {"event_time": "2026-10-03T02:47:11+00:00"},
    ),
    "1.1.0": (row("1.1.0"), READ),
    "1.5.0": (row("1.5.0", unmapped=...), READ),
    "pairs, as Parquet has them": (
        row("1.1.0", unmapped=[["recipientAccountId", CALLER], ["readOnly", "true"]]),
        READ | {"read_only": "true"},
    ),
    "keys and values, as Parquet has them": (
        row("1.1.0", unmapped=[{"key": "sharedEventID", "value": "sh"}, {"key": "x"}]),
        READ | {"shared_event_id": "sh"},
    ),
    "unmapped as text": (row("1.1.0", unmapped='{"sharedEventID": "sh"}'), READ | {"shared_event_id": "sh"}),
    "an error": (
        row(
            "1.1.0",
            api={
                "operation": "DescribeInstances",
                "service": {"name": "ec2.amazonaws.com"},
                "response": {"error": "AccessDenied", "message": "no"},
            },
        ),
        READ | {"error_code": "AccessDenied"},
    ),
    "an address that is a name": (
        row("1.1.0", src_endpoint={"domain": "AWS Internal"}),
        READ | {"source_ip_address": "AWS Internal"},
    ),
    "resources": (
        row("1.1.0", resources=[{"uid": ROLE, "type": "AWS::IAM::Role"}, None]),
        READ | {"resources": [{"arn": ROLE}, {}]},
    ),
}


@pytest.mark.parametrize(("value", "expected"), API.values(), ids=API)
def test_an_activity_row_is_read(value: dict[str, Any], expected: Told) -> None:
    assert told(of(value)) == expected


STS = {"operation": "AssumeRole", "service": {"name": "sts.amazonaws.com"}}
ASKED = {"roleArn": ROLE, "roleSessionName": "s1", "durationSeconds": 3600}
ANSWERED = {
    "credentials": {"accessKeyId": "ASIADEPLOY0000000001", "sessionToken": "FwoGZXIvYXdz"},
    "assumedRoleUser": {"arn": MADE, "assumedRoleId": f"{role_id('deploy')}:s1"},
}
AUTHENTICATION = {
    "1.0.0-rc.2, dotted": row(
        "1.0.0-rc.2",
        class_uid=3002,
        actor={"user": OLD_USER},
        api=STS,
        user={"uid": "AIDAALICE00000000001", "uuid": ROLE, "name": "s1"},
        unmapped={
            "requestParameters.durationSeconds": 3600,
            "responseElements.credentials.accessKeyId": "ASIADEPLOY0000000001",
            "responseElements.credentials.sessionToken": "FwoGZXIvYXdz",
            "responseElements.assumedRoleUser.arn": MADE,
            "responseElements.assumedRoleUser.assumedRoleId": f"{role_id('deploy')}:s1",
            "sharedEventID": "shared-ASIADEPLOY0000000001",
        },
    ),
    "1.1.0, whole": row(
        "1.1.0",
        class_uid=3002,
        api=STS,
        unmapped={
            "requestParameters": ASKED,
            "responseElements": dumped(ANSWERED).decode(),
            "sharedEventID": "shared-ASIADEPLOY0000000001",
        },
    ),
    "1.5.0": row(
        "1.5.0",
        class_uid=3002,
        api=STS | {"request": {"data": dumped(ASKED).decode()}, "response": {"data": dumped(ANSWERED).decode()}},
        user={"uid": ROLE, "name": "s1"},
        unmapped={"sharedEventID": "shared-ASIADEPLOY0000000001"},
    ),
    "1.5.0, the session mapped": row(
        "1.5.0",
        class_uid=3002,
        api=STS,
        user={"uid": ROLE, "name": "s1"},
        session={"credential_uid": "ASIADEPLOY0000000001", "uid": MADE, "uid_alt": f"{role_id('deploy')}:s1"},
        unmapped={"requestParameters.durationSeconds": 3600, "sharedEventID": "shared-ASIADEPLOY0000000001"},
    ),
}


@pytest.mark.parametrize("value", AUTHENTICATION.values(), ids=AUTHENTICATION)
def test_an_assumption_is_read_whole_from_an_authentication_row(value: dict[str, Any]) -> None:
    more = {"user_identity.session_context.session_issuer": {}, "additional_event_data": {}, "event_type": "AwsApiCall"}
    assert told(of(value)) == ASSUMED | more


def test_a_role_s_session_keeps_its_issuer() -> None:
    user = {"type": "AssumedRole", "uid": MADE, "uid_alt": f"{role_id('deploy')}:s1", "account": {"uid": OWNER}}
    unmapped = {
        "userIdentity.sessionContext.sessionIssuer.principalId": role_id("deploy"),
        "userIdentity.sessionContext.sourceIdentity": "jane",
    }
    found = of(row("1.1.0", actor={"user": user, "session": {"issuer": ROLE}}, unmapped=unmapped)).user_identity
    assert found is not None
    assert told(found) == {
        "type": "AssumedRole",
        "principal_id": f"{role_id('deploy')}:s1",
        "arn": MADE,
        "account_id": OWNER,
        "session_context.source_identity": "jane",
        "session_context.session_issuer.arn": ROLE,
        "session_context.session_issuer.principal_id": role_id("deploy"),
    }


def test_an_identity_center_user_is_the_one_behind_the_call() -> None:
    user = {"type": "IdentityCenterUser", "uid_alt": "u-1", "name": "jane", "account": {"uid": CALLER}}
    found = of(row("1.5.0", class_uid=3002, actor={"user": user, "idp": {"uid": "arn:store"}})).user_identity
    assert found is not None
    assert found.principal_id is None
    assert found.on_behalf_of is not None
    assert told(found.on_behalf_of) == {"user_id": "u-1", "identity_store_arn": "arn:store"}


def test_a_sign_in_that_failed_says_so() -> None:
    api = {"operation": "ConsoleLogin", "service": {"name": "signin.amazonaws.com"}, "response": {"message": "Failed"}}
    assert of(row("1.1.0", class_uid=3002, api=api)).error == "Failed"


def test_rows_of_one_event_type_without_an_id_are_not_one_record() -> None:
    nameless = {"product": {"name": "CloudTrail"}, "event_code": "AwsApiCall"}
    first, second = of(row("1.1.0", metadata=nameless)), of(row("1.1.0", "RunInstances", metadata=nameless))
    assert first.id != second.id


def test_a_row_of_another_product_is_none_of_ours() -> None:
    assert list(unwrap(dumped(row("1.1.0", metadata={"product": {"name": "Route 53"}})))) == []


@pytest.mark.parametrize("fields", [{"api": None}, {"api": "x"}, {"api": {}}, {"time": None, "time_dt": None}])
def test_a_row_that_cannot_be_read_is_kept(fields: dict[str, Any]) -> None:
    (found,) = unwrap(dumped(row("1.1.0", **fields)))
    assert isinstance(found, Unparsed)

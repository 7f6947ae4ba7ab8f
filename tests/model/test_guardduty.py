"""GuardDuty's findings are read in every form, and only what says who."""

import json

import pytest

from model.cloudtrail import CloudTrailRecord
from model.deeds import FINDING
from model.envelopes import unwrap
from model.identity import Kind
from model.normaliser import Normaliser
from model.provenance import Trusted, doubt
from tests.model.carried import quoted
from tests.model.records import ALICE, OWNER, assume, dumped, record, role_id

KEY = {
    "accessKeyId": "ASIA1",
    "principalId": f"{role_id('deploy')}:s1",
    "userName": "deploy",
    "userType": "AssumedRole",
}
DETAIL = {
    "schemaVersion": "2.0",
    "accountId": "222222222222",
    "region": "eu-west-1",
    "id": "f",
    "type": "Recon:IAMUser/MaliciousIPCaller",
    "resource": {"resourceType": "AccessKey", "accessKeyDetails": KEY},
    "service": {"serviceName": "guardduty", "eventLastSeen": "2026-10-03T02:47:11.000Z"},
    "severity": 5,
    "updatedAt": "2026-10-03T03:02:00.000Z",
    "title": "TITLE",
    "description": "DESCRIPTION",
}

ALICE_ID = ALICE["principalId"]


def event(detail, source="aws.guardduty", account="222222222222"):
    head = {"version": "0", "id": "e", "account": account, "time": "2026-10-03T03:03:00Z", "source": source}
    return dumped(head | {"detail-type": "GuardDuty Finding", "detail": detail})


def capital(value):
    """As the API has it."""
    if isinstance(value, dict):
        return {key[:1].upper() + key[1:]: capital(inner) for key, inner in value.items()}
    return value


@pytest.mark.parametrize(
    "body",
    [
        event(DETAIL),
        b'{"Messages":[{"Body":' + quoted(event(DETAIL)) + b"}]}",
        dumped(DETAIL),
        dumped({"Findings": [capital(DETAIL)]}),
        dumped([DETAIL]),
    ],
    ids=["event", "queue", "alone", "api", "list"],
)
def test_it_is_read_in_every_form(body):
    (found,) = unwrap(body)
    assert isinstance(found, CloudTrailRecord)
    assert (found.event_name, found.event_time, found.event_id) == (
        FINDING, "2026-10-03T02:47:11.000Z", "f:2026-10-03T03:02:00.000Z",
    )  # fmt: skip
    (read,) = Normaliser().read(found)
    assert (read.on, read.part, read.caller_key) == (DETAIL["type"], "5", "ASIA1")
    assert read.caller_session == KEY["principalId"]
    assert read.caller.key == f"role:222222222222:{role_id('deploy')}"
    assert "TITLE" not in repr(found)
    assert "DESCRIPTION" not in repr(found)


def principal(**fields):
    return DETAIL | {"resource": {"accessKeyDetails": KEY | fields}}


SEQUENCE = {
    "serviceName": "guardduty",
    "eventLastSeen": "2026-10-03T02:47:11.000Z",
    "detection": {"sequence": {"actors": [{"user": {"uid": "AIDAALICE00000000001", "type": "IAMUser",
                                                   "account": {"uid": "111111111111"}}}]}},
}  # fmt: skip


@pytest.mark.parametrize(
    ("detail", "key", "kind"),
    [
        (principal(userType="Role"), f"role:222222222222:{role_id('deploy')}", Kind.ROLE),
        (principal(userType="IAMUser", principalId=ALICE_ID), f"user:{OWNER}:{ALICE_ID}", Kind.USER),
        (principal(userType="Root", principalId="222222222222"), "root:222222222222", Kind.ROOT),
        (DETAIL | {"resource": {}, "service": SEQUENCE}, "user:111111111111:AIDAALICE00000000001", Kind.USER),
    ],
)  # fmt: skip
def test_who_it_is_about(detail, key, kind):
    (found,) = unwrap(event(detail))
    (read,) = Normaliser().read(found)
    assert (read.caller.key, read.caller.kind) == (key, kind)


def test_somebody_who_was_seen_is_known_by_more_than_an_id():
    front = Normaliser()
    issuer = {"type": "Role", "arn": "arn:aws:iam::222222222222:role/team/deploy", "accountId": "222222222222"}
    who = {"type": "AssumedRole", "principalId": KEY["principalId"], "accountId": "222222222222",
           "sessionContext": {"sessionIssuer": issuer}}  # fmt: skip
    (acted,) = front.read(next(iter(unwrap(dumped(record(userIdentity=who))))))
    (told,) = front.read(next(iter(unwrap(event(DETAIL)))))
    assert told.caller == acted.caller
    assert told.caller.arn == issuer["arn"]


@pytest.mark.parametrize(
    "detail",
    [
        DETAIL | {"resource": {"resourceType": "Instance", "instanceDetails": {"instanceId": "i-1"}}},
        DETAIL | {"resource": {"accessKeyDetails": {"userName": "deploy"}}},
        DETAIL | {"resource": None},
        DETAIL | {"type": None},
        DETAIL | {"service": DETAIL["service"] | {"additionalInfo": {"sample": True}}},
        DETAIL | {"service": DETAIL["service"] | {"additionalInfo": {"value": '{"sample":true}', "type": "default"}}},
        DETAIL | {"service": {"serviceName": "guardduty", "detection": {"sequence": {"actors": []}}}, "resource": {}},
        "a text",
        None,
    ],
)
def test_samples_and_findings_about_nobody_give_nothing(detail):
    assert list(unwrap(event(detail))) == []


@pytest.mark.parametrize("odd", [{"service": "x"}, {"resource": []}, {"severity": {}}, {"region": 3}, {"id": ["x"]}])
def test_odd_shapes_raise_nothing(odd):
    for found in unwrap(event(DETAIL | odd)):
        Normaliser().read(found)


@pytest.mark.parametrize(
    ("body", "believed"),
    [
        (event(DETAIL), True),
        (event(DETAIL, account="333333333333"), True),
        (event(DETAIL, account="999999999999"), False),
        (event(DETAIL, source="com.evil"), False),
        (event(DETAIL, source="aws.ec2"), None),
        (dumped(DETAIL), False),
    ],
)
def test_only_what_aws_sends_from_an_account_of_ours_is_believed(body, believed):
    trusted = Trusted(accounts=("222222222222", "333333333333"))
    assert [not doubt(found, trusted) for found in unwrap(body)] == ([] if believed is None else [believed])


def test_no_record_can_pass_for_one_within_a_text():
    hidden = DETAIL | {"description": json.dumps(assume())}
    assert [found.event_name for found in unwrap(event(hidden))] == [FINDING]

"""What calls act on, read the same way whether AWS wrote the record or somebody rewrote it."""

import msgspec
import pytest

from model.acted import Acted
from model.assumption import ApiCall
from model.cloudtrail import CloudTrailRecord
from model.deeds import DEEDS, FAMILIES, READS, deed_of, family_of, habit_name, is_read
from model.envelopes import unwrap
from model.lenient import lenient
from model.spans import mark
from model.sts import call
from model.wanted import wanted
from tests.detectors.made import ANA
from tests.model.records import dumped, record

RULE = "arn:aws:events:eu-west-1:1:rule/hopstop-watch"
DENIED = "User: arn:aws:iam::1:user/a is not authorized to perform: events:DisableRule on resource: "
BASIC = [{"readWriteType": "All", "includeManagementEvents": True, "dataResources": [{"type": "x", "values": []}]}]


def advanced(*fields, equals="Management"):
    conditions = [{"field": "eventCategory", "equals": [equals]}, *({"field": name, "equals": []} for name in fields)]
    return [{"name": "all", "fieldSelectors": conditions}]


def made(service, name, **fields) -> ApiCall:
    (found,) = unwrap(dumped(record(name, eventSource=f"{service}.amazonaws.com", **fields)))
    return call(found)


CASES = [
    ("iam", "CreateUser", {"userName": "eve"}, Acted("eve")),
    ("iam", "AttachUserPolicy", {"userName": "eve", "policyArn": "arn:p"}, Acted("eve", "arn:p")),
    ("iam", "DeleteRolePolicy", {"roleName": "ci", "policyName": "hopstop-a"}, Acted("ci", "hopstop-a")),
    ("iam", "AddUserToGroup", {"userName": "eve", "groupName": "admins"}, Acted("eve", "admins")),
    ("iam", "PutGroupPolicy", {"groupName": "admins", "policyName": "p"}, Acted("admins", "p")),
    ("iam", "UntagRole", {"roleName": "ci", "tagKeys": ["a", "b"]}, Acted("ci", things=("a", "b"))),
    ("iam", "UpdateAccessKey", {"userName": "eve", "status": "Inactive"}, Acted("eve", off=True)),
    ("iam", "UpdateAccessKey", {"userName": "eve", "status": "Active"}, Acted("eve", off=False)),
    ("cloudtrail", "StopLogging", {"name": "main"}, Acted("main")),
    ("cloudtrail", "UpdateTrail", {"name": "main", "isMultiRegionTrail": False}, Acted("main", off=True)),
    ("cloudtrail", "UpdateTrail", {"name": "main", "s3BucketName": "b"}, Acted("main", off=False)),
    ("cloudtrail", "PutEventSelectors", {"trailName": "main", "eventSelectors": BASIC}, Acted("main", off=False)),
    ("cloudtrail", "PutEventSelectors",
     {"trailName": "main", "eventSelectors": [BASIC[0] | {"includeManagementEvents": False}]}, Acted("main", off=True)),
    ("cloudtrail", "PutEventSelectors",
     {"trailName": "main", "eventSelectors": [BASIC[0] | {"readWriteType": "WriteOnly"}]}, Acted("main", off=True)),
    ("cloudtrail", "PutEventSelectors", {"trailName": "main", "advancedEventSelectors": advanced()},
     Acted("main", off=False)),
    ("cloudtrail", "PutEventSelectors", {"trailName": "main", "advancedEventSelectors": advanced(equals="Data")},
     Acted("main", off=True)),
    ("cloudtrail", "PutEventSelectors", {"trailName": "main", "advancedEventSelectors": advanced("readOnly")},
     Acted("main", off=True)),
    ("cloudtrail", "PutEventSelectors", {"trailName": "main"}, Acted("main")),
    ("guardduty", "UpdateDetector", {"detectorId": "d", "enable": False}, Acted("d", off=True)),
    ("guardduty", "UpdateDetector", {"detectorId": "d", "enable": True}, Acted("d", off=False)),
    ("guardduty", "UpdateDetector", {"detectorId": "d"}, Acted("d")),
    ("events", "DisableRule", {"name": "hopstop-watch", "eventBusName": "b"}, Acted("hopstop-watch", "b")),
    ("events", "RemoveTargets", {"rule": "hopstop-watch", "ids": ["1"]}, Acted("hopstop-watch")),
    ("events", "PutRule", {"name": "r", "state": "DISABLED"}, Acted("r", off=True)),
    ("events", "PutRule", {"name": "r", "state": "ENABLED"}, Acted("r", off=False)),
    ("sqs", "PurgeQueue", {"queueUrl": "https://sqs/1/hopstop"}, Acted("https://sqs/1/hopstop")),
    ("lambda", "UpdateFunctionCode20150331v2", {"functionName": "f"}, Acted("f")),
    ("secretsmanager", "GetSecretValue", {"secretId": "db"}, Acted("db")),
    ("ssm", "GetParameters", {"names": ["/a", "/b"]}, Acted(things=("/a", "/b"))),
    ("ssm", "GetParametersByPath", {"path": "/a"}, Acted("/a")),
    ("ssm", "StartSession", {"target": "i-1"}, Acted("i-1")),
    ("ec2", "ModifySnapshotAttribute", {"snapshotId": "snap-1"}, Acted("snap-1")),
    ("sso", "CreateAccountAssignment", {"permissionSetArn": "arn:s", "targetId": "1"}, Acted("arn:s", "1")),
    ("ec2", "DescribeInstances", {"name": "x"}, Acted()),
    ("iam", "GetUser", {"userName": "eve"}, Acted()),
]  # fmt: skip


def of(found: ApiCall) -> Acted:
    return Acted(found.on, found.part, found.off, found.things)


@pytest.mark.parametrize(("service", "name", "asked", "expected"), CASES)
def test_what_a_call_acted_on(service, name, asked, expected):
    assert of(made(service, name, requestParameters=asked)) == expected


@pytest.mark.parametrize(("service", "name", "asked", "expected"), CASES)
def test_the_slow_path_reads_the_same(service, name, asked, expected):
    fields = record(name, eventSource=f"{service}.amazonaws.com", requestParameters=asked)
    assert of(call(lenient(fields))) == expected


@pytest.mark.parametrize(
    ("service", "asked", "message", "on"),
    [
        ("events", None, f"{DENIED}{RULE} because no policy", RULE),
        ("events", {"name": "mine"}, DENIED + RULE, "mine"),
        ("events", None, "no", None),
        ("s3", None, DENIED + RULE, None),
    ],
)
def test_what_was_refused_may_be_named_by_the_message_alone(service, asked, message, on):
    found = made(service, "DisableRule", requestParameters=asked, errorCode="AccessDenied", errorMessage=message)
    assert (found.on, found.error) == (on, "AccessDenied")


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"name": {"a": 1}, "userName": "eve"}, Acted("eve")),
        ({"names": "/a"}, Acted(things=("/a",))),
        ({"names": [{"a": 1}, "/a", None, 3]}, Acted(things=("/a", "3"))),
        ({"names": [f"/{n}" for n in range(300)]}, Acted(things=tuple(f"/{n}" for n in range(100)))),
        ({"eventSelectors": "all", "userName": "eve"}, Acted("eve")),
    ],
)
def test_odd_shapes_are_read_as_far_as_they_go(asked, expected):
    assert of(made("ssm", "GetParameters", requestParameters=asked)) == expected


def test_no_value_of_a_request_that_is_not_asked_for_is_kept():
    asked = {"userName": "eve", "password": "hunter2", "policyDocument": "SECRET", "value": "SECRET"}
    (found,) = unwrap(dumped(record("CreateLoginProfile", eventSource="iam.amazonaws.com", requestParameters=asked)))
    assert isinstance(found, CloudTrailRecord)
    kept = msgspec.json.encode((found, call(found)), enc_hook=str)
    assert b"hunter2" not in kept
    assert b"SECRET" not in kept


def test_a_call_that_was_logged_before_there_was_more_to_it_is_read():
    old = ["r", 1.0, 0, None, None, "sts", "GetSessionToken", None, None, None, None, True, "ASIA"]
    found = msgspec.msgpack.decode(msgspec.msgpack.encode(old), type=ApiCall, dec_hook=lambda _type, _value: ANA)
    assert (found.new_key, found.on, found.things) == ("ASIA", None, ())


@pytest.mark.parametrize(
    ("service", "name", "deed", "reads"),
    [
        ("iam", "CreateUser", "iam:CreateUser", False),
        ("identitystore", "CreateUser", "identitystore:CreateUser", False),
        ("lambda", "UpdateFunctionCode20150331v2", "lambda:UpdateFunctionCode", False),
        ("lambda", "UpdateFunctionCode", "lambda:UpdateFunctionCode", False),
        ("cognito-idp", "CreateUser", None, False),
        ("secretsmanager", "GetSecretValue", None, True),
        ("secretsmanager", "BatchGetSecretValue", "secretsmanager:BatchGetSecretValue", True),
        ("iam", "GetUser", None, False),
    ],
)
def test_which_calls_are_dangerous(service, name, deed, reads):
    found = made(service, name)
    known = deed_of(found)
    assert (known and known.name, is_read(found)) == (deed, reads)


def test_the_watch_judges_every_call_of_the_table():
    missing = [
        (source, name)
        for table in (DEEDS, READS)
        for source, names in table.items()
        for name in names
        if not wanted(CloudTrailRecord(event_source=source, event_name=name))
    ]
    assert missing == []


def test_what_was_only_tried_is_no_habit():
    deed = DEEDS["iam.amazonaws.com"]["CreateUser"]
    assert family_of(mark(habit_name(deed, None))) == FAMILIES["iam:CreateUser"] == deed.family
    assert family_of(mark(habit_name(deed, "AccessDenied"))) is None
    assert family_of(mark("iam:Unheard")) is None


def test_no_two_calls_have_one_mark():
    names = [name + tried for name in FAMILIES for tried in ("", "!")]
    assert len({mark(name) for name in names}) == len(names)

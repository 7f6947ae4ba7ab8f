import fnmatch

import pytest

from model.cloudtrail import CloudTrailRecord
from model.envelopes import unwrap
from model.sts import ASSUMES, SAME_PERSON
from model.wanted import WANTED, event_pattern, wanted
from tests.model.records import assume, dumped, record

SERVICE = {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}


def read(fields) -> CloudTrailRecord:
    (found,) = unwrap(dumped(fields))
    assert isinstance(found, CloudTrailRecord)
    return found


@pytest.mark.parametrize(
    ("fields", "judged"),
    [
        (assume(), True),
        (assume(errorCode="AccessDenied", responseElements=None), True),
        (assume(userIdentity=SERVICE), False),
        (assume(userIdentity=...), True),
        (record("ConsoleLogin", eventSource="signin.amazonaws.com"), True),
        (record("CreateUser", eventSource="iam.amazonaws.com"), True),
        (record("ListUsers", eventSource="iam.amazonaws.com"), False),
        (record("StopLogging", eventSource="cloudtrail.amazonaws.com"), True),
        (record("DescribeInstances"), False),
        (record("CreateUser", eventSource="example.com"), False),
    ],
)
def test_what_the_watch_judges(fields, judged):
    assert wanted(read(fields)) is judged


@pytest.mark.parametrize("name", sorted((ASSUMES - {"SwitchRole"}) | SAME_PERSON))
def test_whatever_makes_a_session_is_judged(name):
    assert wanted(read(record(name, eventSource="sts.amazonaws.com")))


def test_a_console_switch_is_judged():
    assert wanted(read(record("SwitchRole", eventSource="signin.amazonaws.com")))


def lets_through(pattern, fields) -> bool:
    """EventBridge's meaning of the few operators that the pattern has."""
    kind = fields.get("userIdentity", {}).get("type")
    (anything_but, _) = pattern["detail"]["userIdentity"]["type"]
    if kind is not None and kind == anything_but["anything-but"]:
        return False
    return any(
        fields["eventSource"] in part["eventSource"]
        and any(
            fnmatch.fnmatchcase(fields["eventName"], each["prefix"] + "*")
            for each in part.get("eventName", [{"prefix": ""}])
        )
        for part in pattern["detail"]["$or"]
    )


def test_the_event_pattern_lets_the_same_through():
    pattern = event_pattern()
    names = {name for names in WANTED.values() for name in names} | {"DescribeX", "ListX", "Getx", ""}
    for source in (*WANTED, "other.amazonaws.com"):
        for name in names:
            for who in ({"type": "IAMUser"}, SERVICE, {}):
                fields = {"eventSource": source, "eventName": name or "Any", "userIdentity": who}
                made = read(record(**fields, eventID="x") | fields)
                assert wanted(made) is lets_through(pattern, fields), fields

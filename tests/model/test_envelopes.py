import base64
import gzip
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.cloudtrail import CloudTrailRecord, Unparsed
from model.envelopes import unwrap
from tests.model.records import dumped, record

R = record()
S = record("ListBuckets", eventID="id-2")
TEXT = json.dumps(R)
EVENT = {
    "version": "0",
    "id": "e",
    "detail-type": "AWS API Call via CloudTrail",
    "source": "aws.ec2",
    "account": "111111111111",
    "time": "2026-10-03T02:48:00Z",
    "detail": R,
}
LOGS = {"messageType": "DATA_MESSAGE", "logGroup": "g", "logEvents": [{"id": "1", "timestamp": 1, "message": TEXT}]}
OCSF = {
    "metadata": {"product": {"name": "CloudTrail", "vendor_name": "AWS"}, "uid": "id-1", "version": "1.1.0"},
    "time": 1_790_995_631_000,
    "cloud": {"region": "eu-west-1", "provider": "AWS"},
    "api": {"operation": "DescribeInstances", "service": {"name": "ec2.amazonaws.com"}, "response": {"error": None}},
    "actor": {
        "user": {
            "type": "IAMUser",
            "uid": "arn:aws:iam::111111111111:user/alice",
            "uid_alt": "AIDAALICE00000000001",
            "account": {"uid": "111111111111"},
        }
    },
    "src_endpoint": {"ip": "192.0.2.10"},
    "unmapped": [["recipientAccountId", "111111111111"]],
}


def packed(data: bytes) -> str:
    return base64.b64encode(gzip.compress(data)).decode()


CARRIERS = {
    "a record": dumped(R),
    "a record, pretty": json.dumps(R, indent=2).encode(),
    "a byte order mark": b"\xef\xbb\xbf" + dumped(R),
    "an array": dumped([R]),
    "a log file": dumped({"Records": [R]}),
    "a zipped log file": gzip.compress(dumped({"Records": [R]})),
    "two gzip members": gzip.compress(dumped(R)[:50]) + gzip.compress(dumped(R)[50:]),
    "an event": dumped(EVENT),
    "an event with the other spelling": dumped({**EVENT, "detail-type": "AWS Console Sign In via CloudTrail"}),
    "LookupEvents": dumped({"Events": [{"EventId": "id-1", "EventName": "x", "CloudTrailEvent": TEXT}]}),
    "a LookupEvents line": dumped(
        {"EventId": "id-1", "EventName": "x", "EventTime": "x", "EventSource": "x", "CloudTrailEvent": TEXT}
    ),
    "CloudWatch Logs": dumped(LOGS),
    "CloudWatch Logs, packed": dumped({"awslogs": {"data": packed(dumped(LOGS))}}),
    "SNS": dumped({"Type": "Notification", "Message": TEXT}),
    "SNS around an event": dumped({"Type": "Notification", "Message": json.dumps(EVENT)}),
    "SNS in Lambda": dumped({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": TEXT}}]}),
    "SQS": dumped({"Messages": [{"MessageId": "1", "Body": TEXT}]}),
    "SQS around SNS": dumped({"Body": json.dumps({"Type": "Notification", "Message": json.dumps(EVENT)})}),
    "SQS in Lambda": dumped({"Records": [{"eventSource": "aws:sqs", "messageId": "1", "body": json.dumps(EVENT)}]}),
    "Stackdriver": dumped({"insertId": "1", "jsonPayload": R, "resource": {"type": "project"}}),
    "a log line": b"Oct  3 02:47:11 host cloudtrail[1]: " + dumped(R) + b"\n",
    "Lake eventData": dumped({"eventData": R}),
    "a Lake row": dumped({"QueryResultRows": [[{key: value} for key, value in R.items()]]}),
    "an Athena row": dumped({key.lower(): value for key, value in R.items()}),
    "OCSF": dumped(OCSF),
    "no space": TEXT.replace(" ", "").encode(),
}


@pytest.mark.parametrize("body", CARRIERS.values(), ids=CARRIERS)
def test_a_record_is_found_in_whatever_carries_it(body):
    (found,) = unwrap(body)
    assert isinstance(found, CloudTrailRecord), found
    assert (found.id, found.event_name, found.source_ip_address) == ("id-1", "DescribeInstances", "192.0.2.10")
    assert found.user_identity.arn == "arn:aws:iam::111111111111:user/alice"
    assert found.user_identity.principal_id == "AIDAALICE00000000001"


@pytest.mark.parametrize(
    "body",
    [
        dumped(R) + b"\n" + dumped(S),
        b"\n\n" + dumped(R) + b"\r\n" + dumped(S) + b"\n",
        dumped(R) + dumped(S),
        dumped({"Records": [R]}) + b"\n" + dumped(EVENT | {"detail": S}),
        dumped([R, S]),
        json.dumps({"Records": [R, S]}, indent=1).encode(),
        b"Oct 3 a: " + dumped(R) + b"\nOct 3 b: " + dumped(S),
    ],
)
def test_several_records_are_all_found_in_order(body):
    assert [found.id for found in unwrap(body)] == ["id-1", "id-2"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  \n",
        b"{}",
        b"[]",
        b'{"Records": []}',
        b'{"name": "left-pad", "version": "1.0.0", "dependencies": {"eventName": "1"}}',
        b'{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole"}]}',
        b'{"Records": [{"eventVersion": "2.1", "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": {}}]}',
        b'{"detail-type": "EC2 Instance State-change Notification", "source": "aws.ec2", "detail": {"state": "x"}}',
        dumped({"Records": [record(eventName=..., insightDetails={})]}),
        b"null",
        b"12",
    ],
)
def test_json_without_records_gives_nothing(body):
    assert [found for found in unwrap(body) if isinstance(found, CloudTrailRecord)] == []
    if body not in (b"null", b"12"):
        assert list(unwrap(body)) == []


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"\x00\xff\xfe",
        b"{",
        b"\x1f\x8b\x08garbage",
        dumped({**EVENT, "detail": None}),
        dumped({**EVENT, "detail": {}}),
        dumped({**EVENT, "detail": "x"}),
        dumped({"CloudTrailEvent": "{broken"}),
        b'{"eventVersion": "1.08", "userIdentity": ',
        b'{"awslogs": {"data": "H4sIAAAAnotgzip"}}',
    ],
)
def test_what_should_be_a_record_and_is_none_is_unparsed(body):
    found = list(unwrap(body))
    assert len(found) == 1
    assert isinstance(found[0], Unparsed)


def test_one_bad_record_costs_no_other():
    bad = record(eventID="bad", eventTime="soon")
    found = list(unwrap(dumped({"Records": [R, bad, None, {}, "x", S]})))
    assert [item.id for item in found if isinstance(item, CloudTrailRecord)] == ["id-1", "id-2"]
    assert sum(isinstance(item, Unparsed) for item in found) == 3  # the bad one, null and {}


def test_records_before_the_cut_of_a_file_are_kept():
    body = dumped({"Records": [R, S, record(eventID="id-3")]})
    found = list(unwrap(body[:-30]))
    assert [type(item) for item in found] == [CloudTrailRecord, CloudTrailRecord, Unparsed]
    cut = gzip.compress(body)
    assert isinstance(next(iter(unwrap(cut[: len(cut) - 12]))), CloudTrailRecord)


def test_a_broken_line_costs_only_itself():
    body = b"\n".join([dumped(R), dumped(R)[:200], b'{"eventName": "x" "eventTime"}', dumped(S)])
    found = list(unwrap(body))
    assert [item.id for item in found if isinstance(item, CloudTrailRecord)] == ["id-1", "id-2"]
    assert sum(isinstance(item, Unparsed) for item in found) == 2


def test_the_event_bus_envelope_is_kept_with_the_record():
    (found,) = unwrap(dumped(EVENT))
    assert (found.envelope_account, found.envelope_source) == ("111111111111", "aws.ec2")
    (bare,) = unwrap(dumped(R))
    assert (bare.envelope_account, bare.envelope_source) == (None, None)


@pytest.mark.parametrize("tight", [True, False])
def test_an_envelope_inside_an_envelope_is_not_believed(tight):
    inner = {**EVENT, "source": "aws.sts", "account": "999999999999"}
    outer = {"detail-type": "x", "source": "evil", "account": "333333333333", "detail": inner}
    outer["detail"] = inner if tight else {"Message": json.dumps(inner)}
    (found,) = unwrap(dumped(outer))
    assert (found.envelope_account, found.envelope_source) == ("333333333333", "evil")


def test_a_record_cannot_bring_its_own_envelope():
    (found,) = unwrap(dumped({**R, "hopstop:envelope_account": "1", "hopstop:envelope_source": "aws.sts"}))
    assert (found.envelope_account, found.envelope_source) == (None, None)


def test_the_envelope_dates_a_record_without_a_time():
    (found,) = unwrap(dumped({**EVENT, "detail": record(eventTime=...)}))
    assert found.time == 1_790_995_680.0


def test_a_record_that_an_attacker_put_into_a_parameter_is_not_read():
    fake = record("StopLogging", eventID="fake")
    (found,) = unwrap(dumped(record(requestParameters={"x": json.dumps(fake), "y": fake})))
    assert found.id == "id-1"


SIZE = 400_000


@pytest.mark.parametrize(
    "body",
    [
        b"[" * SIZE,
        b'"' * SIZE,
        b'{"a":' * (SIZE // 5),
        b"{\n" * (SIZE // 2),
        b"{x\n" * (SIZE // 3),
        b'{"eventName": "x", "a": [\n' * (SIZE // 26),
        b'{"eventName": bad}\n' * (SIZE // 19),
        b'{"Records":[' + b'{"eventName" 1},' * (SIZE // 16),
        b'{"eventName":"' + b"\\" * SIZE,
        b'{"eventName":' + b"9" * SIZE + b"}",
        b"token" * (SIZE // 5),
        gzip.compress(b"\n" * 50_000_000, mtime=0),
    ],
    ids=lambda body: repr(body[:24]),
)
def test_crafted_bytes_do_not_cost_the_square_of_their_length(body):
    start = time.perf_counter()
    assert not any(isinstance(item, CloudTrailRecord) for item in unwrap(body))
    assert time.perf_counter() - start < 8  # under 1 here; 25 and more where it was the square


def test_what_is_left_when_too_much_is_broken_is_told():
    *_, last = unwrap(b'{"eventName": bad}\n' * 20_000)
    assert last.reason == "too broken to read on"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*R, "Records", "detail", "detail-type", "Message", "x"]), inner, max_size=6)
    ),
    max_leaves=20,
)


@given(st.binary(max_size=300))
def test_no_bytes_raise(data):
    list(unwrap(data))
    list(unwrap(b"\x1f\x8b" + data))
    list(unwrap(gzip.compress(data)))
    list(unwrap(b'{"Records":[' + dumped(R) + b"," + data))


@given(JSON)
@settings(max_examples=300)
def test_no_json_raises(value):
    list(unwrap(json.dumps(value).encode()))


@given(st.dictionaries(st.sampled_from(list(R)), JSON, max_size=8))
@settings(max_examples=300)
def test_whatever_a_field_holds_the_record_beside_it_is_read(fields):
    found = list(unwrap(dumped({"Records": [{**R, **fields, "eventID": "odd"}, S]})))
    assert found[-1].id == "id-2"

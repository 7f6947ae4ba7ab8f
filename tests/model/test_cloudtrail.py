import msgspec
import pytest

from model.cloudtrail import CloudTrailRecord, Unparsed, unparsed
from model.envelopes import unwrap
from model.record_time import seconds
from tests.model.records import assume, dumped, record


def one(value: object) -> CloudTrailRecord:
    (found,) = unwrap(value if isinstance(value, bytes) else dumped(value))
    assert isinstance(found, CloudTrailRecord), found
    return found


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1970-01-01T00:00:00Z", None),
        ("2026-10-03T02:47:11Z", 1_790_995_631.0),
        ("2026-10-03T02:47:11.123456789Z", 1_790_995_631.123456),
        ("2026-10-03T04:47:11+02:00", 1_790_995_631.0),
        ("2026-10-03 02:47:11", 1_790_995_631.0),
        ("2026-10-03 02:47:11.000Z", 1_790_995_631.0),
        ("1790995631", 1_790_995_631.0),
        ("1790995631000", 1_790_995_631.0),
        ("Oct 3, 2026 2:47:11 AM", 1_790_995_631.0),
        ("...", None),
        ("", None),
        (None, None),
        ("9" * 5000, None),
        ("99999-01-01", None),
    ],
)
def test_a_time_is_read_in_every_way_it_is_written(written, expected):
    assert seconds(written) == (pytest.approx(expected) if expected else None)


SHAPES = {
    "no userIdentity": {"userIdentity": ...},
    "userIdentity null": {"userIdentity": None},
    "userIdentity a string": {"userIdentity": "root"},
    "userIdentity empty": {"userIdentity": {}},
    "userIdentity as JSON text": {"userIdentity": '{"type":"IAMUser","userName":"alice"}'},
    "issuer empty": {"userIdentity": {"type": "AssumedRole", "sessionContext": {"sessionIssuer": {}}}},
    "issuer a string": {"userIdentity": {"type": "AssumedRole", "sessionContext": {"sessionIssuer": "x"}}},
    "parameters null": {"requestParameters": None},
    "parameters the string null": {"requestParameters": "null", "responseElements": "null"},
    "parameters a list": {"requestParameters": [1, 2]},
    "role ARN an object": {"requestParameters": {"roleArn": {"x": 1}, "durationSeconds": "900"}},
    "resources null": {"resources": None},
    "resources a string": {"resources": "arn:aws:s3:::b"},
    "resources with ARNPrefix": {"resources": [{"ARNPrefix": "arn:aws:s3:::b/", "type": "x"}]},
    "resources with null": {"resources": [None, {"arn": "arn:aws:s3:::b"}]},
    "errorCode empty": {"errorCode": "", "errorMessage": ""},
    "address a service": {"sourceIPAddress": "AWS Internal"},
    "address with zeros": {"sourceIPAddress": "255.18.064.253"},
    "IPv6": {"sourceIPAddress": "2001:db8::1"},
    "version 1.0": {"eventVersion": "1.0"},
    "version a number": {"eventVersion": 1.11},
    "agent a list": {"userAgent": ["aws-cli/2"]},
    "agent huge": {"userAgent": "x" * 250_000},
    "account an int": {"recipientAccountId": 111111111111},
    "read only as text": {"readOnly": "true"},
    "China": {"awsRegion": "cn-north-1"},
    "surrogate in a read field": {"userAgent": "a\ud800b"},
    "surrogate in another": {"requestParameters": {"name": "\udc00"}},
    "NUL": {"userAgent": "a\x00b"},
    "int name": {"eventName": 5},
}


@pytest.mark.parametrize("fields", SHAPES.values(), ids=SHAPES)
def test_a_record_of_a_shape_seen_in_the_wild_is_read(fields):
    found = one(record(**fields))
    assert found.time == 1_790_995_631.0
    assert found.event_name in ("DescribeInstances", "5")
    assert found.error is None
    assert len(found.user_agent or "") <= 1024
    msgspec.json.encode(found)  # nothing in it that cannot be written down


def test_keys_given_twice_and_depths_without_end_do_not_hide_a_record():
    deep = b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    body = dumped(record(requestParameters="DEEP")).replace(b'"DEEP"', deep)
    assert one(body).id == "id-1"
    assert one(dumped(record())[:-1] + b', "eventName": "Second"}').event_name == "Second"


def test_bytes_that_are_no_utf8_in_a_field_are_replaced():
    assert one(dumped(record(userAgent="BAD")).replace(b"BAD", b"a\xffb")).user_agent == "a\ufffdb"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"eventTime": ...}, "no eventTime that can be read"),
        ({"eventTime": "..."}, "no eventTime that can be read"),
        ({"eventTime": {"a": 1}}, "no eventTime that can be read"),
        ({"eventName": ...}, "no eventName"),
        ({"eventName": None}, "no eventName"),
    ],
)
def test_a_record_without_what_it_cannot_do_without_is_kept_as_unparsed(fields, reason):
    (found,) = unwrap(dumped(record(**fields)))
    assert isinstance(found, Unparsed)
    assert found.reason == reason
    assert len(found.digest) == 64


def test_no_secret_of_an_answer_is_in_the_record():
    found = one(assume())
    assert "SECRET" not in repr(found)
    assert b"SECRET" not in msgspec.msgpack.encode(found)
    assert found.response_elements.credentials.access_key_id == "ASIADEPLOY0000000001"


@pytest.mark.parametrize(
    "secret",
    [
        '"sessionToken": "FwoGZXIvYXdz"',
        '"secretAccessKey":"wJalrXUtnFEMI"',
        '\\"secretAccessKey\\":\\"wJalrXUtnFEMI\\"',
        '"masterUserPassword": "hunter2"',
        "secret_key=hunter2",
        '"x": "AKIAIOSFODNN7EXAMPLE"',
        '"x": "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYAA"',
    ],
)
def test_the_excerpt_of_what_cannot_be_read_holds_no_credential(secret):
    excerpt = unparsed("broken", f'{{"eventName": "AssumeRole", {secret}, "awsRegion"'.encode()).excerpt
    assert "[removed]" in excerpt
    assert "AssumeRole" in excerpt
    for word in ("FwoG", "wJal", "hunter2", "AKIA"):
        assert word not in excerpt


def test_the_excerpt_is_short_and_printable_and_the_rest_is_only_counted():
    found = unparsed("broken", b"a b\x00\x1b[31m" + b"c d " * 100_000)
    assert len(found.excerpt) == 2000
    assert found.excerpt.isprintable()
    assert found.size == 400_009


def test_a_record_without_an_id_gets_the_same_one_each_time():
    first, second = one(record(eventID=...)), one(record(eventID=..., sourceIPAddress="192.0.2.11"))
    assert first.id == one(record(eventID=...)).id
    assert first.id != second.id

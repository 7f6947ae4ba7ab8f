"""What is found in a body, whatever it is; the shapes of single records are in test_envelopes_shapes.py."""

import base64
import gzip
import json
import time
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.cloudtrail import CloudTrailRecord, Unparsed
from model.envelopes import unwrap
from tests.model.carried import WAYS, event, file, in_lambda, logs, packed, quoted, sns, sqs
from tests.model.records import dumped, record

R = record()
S = record("ListBuckets", eventID="id-2")
ONE, TWO = dumped(R), dumped(S)
CUT = ONE[:200]
BROKEN_GZIP = gzip.compress(b"", mtime=0)[:10] + b"\xff" * 20


def ids(body: bytes) -> list[str]:
    """The records' ids; what could not be read stands by its reason."""
    return [found.id if isinstance(found, CloudTrailRecord) else found.reason for found in unwrap(body)]


@pytest.mark.parametrize(
    "body",
    [
        ONE + b"\n" + TWO,
        b"\n\n" + ONE + b"\r\n" + TWO + b"\n",
        ONE + TWO,
        file(ONE) + b"\n" + event(TWO),
        b"[" + ONE + b"," + TWO + b"]",
        json.dumps({"Records": [R, S]}, indent=1).encode(),
        json.dumps(R, indent=1).encode() + b"\n" + json.dumps(S, indent=1).encode(),
        ONE + b"\n" + json.dumps(S, indent=1).encode(),
        b"Oct 3 a: " + ONE + b"\nOct 3 b: " + TWO,
        b'{"Messages":[{"Body":' + quoted(event(ONE)) + b'},{"Body":' + quoted(sns(event(TWO))) + b"}]}",
        b'{"logEvents":[{"message":' + quoted(ONE) + b'},{"message":' + quoted(TWO) + b"}]}",
        gzip.compress(ONE + b"\n", mtime=0) + gzip.compress(TWO, mtime=0),
        gzip.compress(ONE + b"\n" + TWO, mtime=0) + b"\x00" * 20,
        packed(logs(ONE)) + b"\n" + packed(logs(TWO)),
        b'{"Records":[' + ONE + b'],"more":' + TWO + b"}",
    ],
)
def test_several_records_are_all_found_in_order(body: bytes) -> None:
    assert ids(body) == ["id-1", "id-2"]


GUARDDUTY = {
    "schemaVersion": "2.0",
    "accountId": "111111111111",
    "region": "eu-west-1",
    "id": "f",
    "arn": "arn:aws:guardduty:eu-west-1:111111111111:detector/d/finding/f",
    "type": "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS",
    "resource": {"resourceType": "AccessKey", "accessKeyDetails": {"accessKeyId": "ASIA1", "userName": "deploy"}},
    "service": {"serviceName": "guardduty", "action": {"awsApiCallAction": {"api": "GetObject", "userAgent": "x"}}},
    "severity": 8,
}
AWS_EVENT = {"version": "0", "id": "e", "account": "111111111111", "time": "2026-10-03T02:47:11Z", "resources": []}


def other(kind: str, source: str, detail: object) -> bytes:
    """An EventBridge event that carries no record."""
    return dumped({**AWS_EVENT, "detail-type": kind, "source": source, "detail": detail})


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
        dumped({"Records": [record("ObjectCreated:Put", eventSource="aws:s3")]}),
        other("EC2 Instance State-change Notification", "aws.ec2", {"state": "x"}),
        sns(other("Security Hub Findings - Imported", "aws.securityhub", {"findings": [GUARDDUTY]})),
        dumped(GUARDDUTY) + b"\n" + dumped(GUARDDUTY),
        other("AWS Insight via CloudTrail", "aws.cloudtrail", {**record(eventName=...), "insightDetails": {}}),
        other("AWS Insight via CloudTrail", "aws.cloudtrail", {"eventTime": "x", "insightDetails": {}}),
        dumped({"Records": [record(eventName=..., insightDetails={})]}),
        b'{"awsAccountId": "1", "digestStartTime": "2026-10-03T02:47:11Z", "digestS3Bucket": "b", "logFiles": []}',
    ],
)
def test_json_without_records_gives_nothing(body: bytes) -> None:
    assert ids(body) == []


@pytest.mark.parametrize("body", [b"null", b"12", b"not json", b"\x00\xff\xfe", b"{", b'"x"', b"]", b"{}}{x"])
def test_what_is_no_object_is_told(body: bytes) -> None:
    found = list(unwrap(body))
    assert len(found) == (0 if body == b"{}}{x" else 1)
    assert all(isinstance(item, Unparsed) for item in found)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (event(b"null"), "no record where one must be"),
        (event(b"{}"), "no record where one must be"),
        (event(b'"x"'), "no record where one must be"),
        (event(b'{"eventName": "AssumeRole"}'), "no record where one must be"),
        (dumped({"CloudTrailEvent": "{broken"}), "no record where one must be"),
        (b'{"eventVersion": "1.08", "userIdentity": ', "cut off"),
        (b'{"eventName": "x" "eventTime"}', "malformed JSON"),
        (BROKEN_GZIP, "gzip that is broken"),
        (b"\x1f\x8b", "gzip that is cut off"),
        (gzip.compress(gzip.compress(ONE, mtime=0), mtime=0), "gzip within gzip"),
        (dumped({"awslogs": {"data": base64.b64encode(BROKEN_GZIP).decode()}}), "gzip that is broken"),
        (b'{"awslogs": {"data": "H4sI"}}', "gzip that is cut off"),
        (b'{"awslogs": {"data": "H4sIA"}}', "not base64, though it begins like it"),
    ],
)
def test_what_should_be_a_record_and_is_none_is_unparsed(body: bytes, reason: str) -> None:
    assert ids(body) == [reason]


def test_a_guardduty_finding_beside_a_record_is_no_broken_record() -> None:
    assert ids(b"[" + dumped(GUARDDUTY) + b"," + ONE + b"]") == ["id-1"]
    told = GUARDDUTY | {"resource": {"resourceType": "Instance", "instanceDetails": {"instanceId": "i-1"}}}
    assert ids(other("GuardDuty Finding", "aws.guardduty", told) + b"\n" + event(ONE)) == ["id-1"]


def test_a_name_in_an_event_of_aws_that_reads_like_a_record_is_none() -> None:
    created = {"bucket": {"name": "b"}, "object": {"key": ONE.decode()}}
    assert ids(other("Object Created", "aws.s3", created)) == []
    assert ids(other("Object Created", "aws.s3", dumped(created).decode())) == []


def test_a_record_under_a_detail_type_not_known_yet_is_read() -> None:
    assert ids(other("AWS API Call, new", "aws.sts", R)) == ["id-1"]


def test_one_bad_record_costs_no_other() -> None:
    bad = record(eventID="bad", eventTime="soon")
    found = ids(dumped({"Records": [R, bad, None, {}, "x", [], S]}))
    missing = "no record where one must be"
    assert found == ["id-1", "no eventTime that can be read", missing, missing, "id-2"]


def test_records_before_the_cut_of_a_file_are_kept() -> None:
    body = file(ONE, TWO, dumped(record(eventID="id-3")))
    assert ids(body[:-30]) == ["id-1", "id-2", "cut off"]
    assert ids(gzip.compress(body)[:-12])[-1] == "cut off"


def test_a_cut_archive_is_told_also_where_its_text_ends_well() -> None:
    stream = zlib.compressobj(wbits=31)
    whole = stream.compress(ONE + b"\n" + TWO + b"\n") + stream.flush(zlib.Z_FULL_FLUSH)
    assert ids(whole) == ["id-1", "id-2", "gzip that is cut off"]


def test_what_precedes_a_fault_in_an_archive_is_kept() -> None:
    lines = [dumped(record(eventID=f"id-{n}", requestID=hex(hash(str(n)) % 10**18))) for n in range(400)]
    damaged = bytearray(gzip.compress(b"\n".join(lines)))
    damaged[-8:-4] = b"\x00\x00\x00\x00"
    found = ids(bytes(damaged))
    assert found[:380] == [f"id-{n}" for n in range(380)]
    assert not found[-1].startswith("id-")
    found = ids(gzip.compress(ONE + b"\n") + bytes(damaged[:10]) + b"garbage")
    assert (found[0], found[-1]) == ("id-1", "gzip that is broken")


def test_a_broken_line_costs_only_itself() -> None:
    body = b"\n".join([ONE, CUT, b'{"eventName": "x" "eventTime"}', b"eventName", TWO])
    assert ids(body) == ["id-1", "cut off", "malformed JSON", "not JSON", "id-2"]


def test_a_line_of_prose_that_names_a_field_is_told_and_costs_nothing_else() -> None:
    assert ids(b"eventName is broken here\nand here\n" + ONE) == ["not JSON", "id-1"]


def test_a_record_that_lacks_its_name_is_told_at_any_depth() -> None:
    for levels in range(900, 1000):
        nameless = dumped(record(eventName=..., x="HERE")).replace(b'"HERE"', b'{"a":' * levels + b"1" + b"}" * levels)
        assert ids(nameless) == ["no eventName"]


def test_a_first_line_that_is_broken_costs_only_itself() -> None:
    body = CUT + b"\n" + (ONE + b"\n" + CUT + b"\n" + TWO + b"\n") * 200
    assert ids(body) == ["cut off", *(["id-1", "cut off", "id-2"] * 200)]


def test_what_lies_too_deep_to_be_looked_for_is_told() -> None:
    body = ONE
    for _ in range(15):
        body = b'{"a":' + body + b"}"
    assert ids(body) == ["id-1"]
    for _ in range(30):
        body = b'{"a":[' + body + b"]}"
    assert ids(body) == ["a record too deep inside others"]


def test_the_event_bus_envelope_is_kept_with_the_record() -> None:
    (found,) = unwrap(event(ONE))
    assert isinstance(found, CloudTrailRecord)
    assert (found.envelope_account, found.envelope_source) == ("111111111111", "aws.ec2")


FORGED = event(ONE).replace(b"aws.ec2", b"aws.sts")


@pytest.mark.parametrize("inner", [FORGED, dumped({"Message": FORGED.decode()}), sns(FORGED), in_lambda(FORGED)])
def test_an_envelope_inside_an_envelope_is_not_believed(inner: bytes) -> None:
    (found,) = unwrap(b'{"detail-type":"x","source":"evil","account":"333333333333","detail":' + inner + b"}")
    assert isinstance(found, CloudTrailRecord)
    assert (found.envelope_account, found.envelope_source) == ("333333333333", "evil")


def test_what_has_the_fields_of_an_event_and_no_detail_type_is_no_event() -> None:
    (found,) = unwrap(b'{"source":"aws.sts","account":"1","detail":' + ONE + b"}")
    assert isinstance(found, CloudTrailRecord)
    assert (found.envelope_account, found.envelope_source) == (None, None)


def test_a_bomb_unfolds_only_so_far_and_says_so() -> None:
    bomb = base64.b64encode(gzip.compress(b" " * 20_000_000)).decode()
    found = ids(dumped([bomb, bomb, bomb]))
    assert found == ["more than there is room for, decompressed"] * 2


SMALL, LARGE = 20_000, 160_000
CRAFTED: dict[str, Callable[[int], bytes]] = {
    "openings": lambda n: b"[" * n,
    "quotes": lambda n: b'"' * n,
    "objects in objects": lambda n: b'{"a":' * (n // 5),
    "openings on lines": lambda n: b"{\n" * (n // 2),
    "broken openings on lines": lambda n: b"{x\n" * (n // 3),
    "values between words": lambda n: b"a{}" * (n // 3),
    "arrays between values": lambda n: b"a{} [" * (n // 5),
    "records that never end": lambda n: b'{"eventName": "x", "a": [\n' * (n // 26),
    "broken records on lines": lambda n: b'{"eventName": bad}\n' * (n // 19),
    "broken records in a file": lambda n: b'{"Records":[' + b'{"eventName" 1},' * (n // 16),
    "records cut off on lines": lambda n: (ONE[:60] + b"\n") * (n // 61),
    "a string of backslashes": lambda n: b'{"x":"' + b"\\" * n + b'"}',
    "a string of backslashes, open": lambda n: b'{"eventName":"' + b"\\" * n,
    "names and backslashes": lambda n: dumped({"x": ("eventName" + "\\" * 70) * (n // 80)}),
    "digits": lambda n: b'{"eventName":' + b"9" * n + b"}",
    "secrets": lambda n: b"token" * (n // 5),
    "blanks": lambda n: b" " * n + b"x",
    "lines": lambda n: b"\n" * n + b"x",
    "empty values": lambda n: b"[" + b"{}," * (n // 3) + b"{}]",
    "scalars on lines": lambda n: b"{}\n" + b"1\n" * (n // 2),
    "fields of Presto's": lambda n: dumped(record(userIdentity="{type=x, " + "a=b, " * (n // 5) + "}")),
    "commas of Presto's": lambda n: dumped(record(userIdentity="{a=" + ", " * (n // 2) + "}")),
    "odd records": lambda n: file(*[ONE.replace(b'"aws-cli/2.15"', b"7")] * (n // len(ONE))),
    "odd records among others": lambda n: file(*[ONE, ONE.replace(b'"aws-cli/2.15"', b"7")] * (n // len(ONE) // 2)),
    "nothings among records": lambda n: file(ONE, *[b"null"] * (n // 20)),
    "a message that names roles": lambda n: dumped(
        record("AssumeRole", errorCode="x", errorMessage="on resource: arn:" * (n // 17))
    ),
    "names given twice": lambda n: b"{" + b'"eventName":"a",' * (n // 16) + b'"x":1}',
    "depth in each record": lambda n: (ONE[:-1] + b',"a":' + b"[" * 2000 + b"]" * 2000 + b"}\n") * (n // 4300),
    "archives": lambda n: dumped(["H4sI" + "A" * 96] * (n // 100)),
    "texts in texts": lambda n: sqs(sns(sqs(sns(b'{"eventName":' * (n // 60))))),
}


def spent(body: bytes) -> float:
    """Processor seconds that a body takes."""
    start = time.process_time()
    for _ in unwrap(body):
        pass
    return time.process_time() - start


def is_linear(small: bytes, large: bytes) -> bool:
    return spent(large) < 24 * max(spent(small), 0.001)


@pytest.mark.parametrize("crafted", CRAFTED.values(), ids=CRAFTED)
def test_crafted_bytes_do_not_cost_the_square_of_their_length(crafted: Callable[[int], bytes]) -> None:
    """Eight times the length may take some ten times as long; the square would be 64 times. Noise gets three tries."""
    small, large = crafted(SMALL), crafted(LARGE)
    assert any(is_linear(small, large) for _ in range(3))


def test_a_bomb_of_blanks_costs_what_its_blanks_cost() -> None:
    bomb = gzip.compress(b"\n" * 50_000_000, mtime=0)
    start = time.process_time()
    assert ids(bomb) == []
    assert time.process_time() - start < 8  # under 1 here


def test_what_is_left_when_too_much_is_broken_is_told() -> None:
    *_, last = unwrap(b'{"eventName": bad}\n' * 20_000)
    assert isinstance(last, Unparsed)
    assert last.reason == "too broken to read on"


def test_the_same_bytes_give_the_same_items() -> None:
    for way in WAYS.values():
        body = way.carry(ONE)
        assert list(unwrap(body)) == list(unwrap(body))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*R, "Records", "detail", "detail-type", "Message", "x"]), inner, max_size=6)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(list(R)), JSON, max_size=8))
@settings(max_examples=60)
def test_whatever_a_field_holds_the_record_beside_it_is_read(fields: dict[str, object]) -> None:
    assert ids(dumped({"Records": [{**R, **fields, "eventID": "odd"}, S]}))[-1] == "id-2"

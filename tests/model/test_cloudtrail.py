import msgspec
import pytest

from model.cloudtrail import CloudTrailRecord, unparsed
from model.envelopes import unwrap
from tests.model.records import assume, dumped, record


def one(value: object) -> CloudTrailRecord:
    (found,) = unwrap(value if isinstance(value, bytes) else dumped(value))
    assert isinstance(found, CloudTrailRecord), found
    return found


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

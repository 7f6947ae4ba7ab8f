import gzip
import io
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody
from urllib3.exceptions import ProtocolError

from integrations.aws import AwsClients
from integrations.s3_logs import S3Logs
from model.cloudtrail import CloudTrailRecord, Unparsed
from model.errors import Malformed, NotFound, Refused, Unavailable
from model.log_file import LogFile
from model.settings import ContainmentSettings
from tests.model.records import CALLER, dumped, record
from tests.servers import moto_url

__all__ = ["moto_url"]

BUCKET = "the-trail"
DAY = "2026/10/03"
LOG = gzip.compress(dumped({"Records": [record(eventID="a"), record(eventID="b")]}))
SESSION = boto3.Session("AKIA", "secret", region_name="us-east-1")


def key(account=CALLER, region="eu-west-1", day=DAY, name="x", above="AWSLogs/") -> str:
    stamp = day.replace("/", "") + "T0245Z"
    return f"{above}{account}/CloudTrail/{region}/{day}/{account}_CloudTrail_{region}_{stamp}_{name}.json.gz"


@pytest.fixture(scope="module")
def clients(moto_url):
    return AwsClients(ContainmentSettings(), base=SESSION, endpoint=moto_url)


@pytest.fixture(scope="module")
def bucket(clients):
    s3 = clients.own("s3")
    s3.create_bucket(Bucket=BUCKET)
    today = f"{datetime.now(UTC):%Y/%m/%d}"
    for name in (
        key(),
        key(day="2026/10/04"),
        key(account="222222222222", above="AWSLogs/o-abc123/", day=today),
        key(region="us-east-1", day=today),
        key(day=today, above="other/AWSLogs/"),
    ):
        s3.put_object(Bucket=BUCKET, Key=name, Body=LOG)
    digest = f"AWSLogs/{CALLER}/CloudTrail-Digest/eu-west-1/{today}/d.json.gz"
    for name, body in {digest: LOG, f"AWSLogs/{CALLER}/": b"", "AWSLogs/notes/CloudTrail/x/y.json": LOG}.items():
        s3.put_object(Bucket=BUCKET, Key=name, Body=body)
    return BUCKET


def put(clients, name: str, body: bytes) -> LogFile:
    clients.own("s3").put_object(Bucket=BUCKET, Key=name, Body=body)
    return LogFile(name, len(body), "mark", "20261003")


def test_every_log_file_below_a_prefix_is_listed_with_its_version_and_time(clients, bucket):
    found = list(S3Logs(clients, bucket, f"AWSLogs/{CALLER}/").every())
    assert [file.name for file in found if file.written < "20261005"] == [key(), key(day="2026/10/04")]
    assert {file.size for file in found} == {len(LOG)}
    assert {len(file.mark) for file in found} == {32}
    assert found[0].written == "20261003T0245"
    assert not [file for file in found if "Digest" in file.name]


def test_a_listing_longer_than_a_page_is_listed_whole(clients, bucket, moto_url):
    for n in range(7):
        clients.own("s3").put_object(Bucket=bucket, Key=f"many/{n}.json", Body=b"{}")
    small = AwsClients(ContainmentSettings(), base=SESSION, endpoint=moto_url)
    small.own("s3").meta.events.register("before-parameter-build.s3.ListObjectsV2", pages_of_three)
    assert [file.name for file in S3Logs(small, bucket, "many/").every()] == [f"many/{n}.json" for n in range(7)]


def pages_of_three(params, **_) -> None:
    params["MaxKeys"] = 3


def test_what_was_written_lately_is_found_by_account_region_and_day(clients, bucket):
    now = datetime.now(UTC)
    today = f"{now:%Y/%m/%d}"
    logs = S3Logs(clients, bucket)
    assert [file.name for file in logs.files(now - timedelta(hours=3), now + timedelta(hours=3))] == [
        key(region="us-east-1", day=today),
        key(account="222222222222", above="AWSLogs/o-abc123/", day=today),
    ]
    (below,) = S3Logs(clients, bucket, "other/").files(now - timedelta(hours=3), now + timedelta(hours=3))
    assert below.name.startswith("other/")
    assert list(logs.files(now + timedelta(hours=1), now + timedelta(hours=2))) == []
    assert list(logs.files(now - timedelta(hours=3), now - timedelta(hours=2))) == []


def test_a_files_records_are_read(clients, bucket):
    found = list(S3Logs(clients, bucket).records(put(clients, key(name="read"), LOG)))
    assert [item.id for item in found] == ["a", "b"]


def test_a_record_carries_the_account_of_its_folder(clients, bucket):
    (found,) = S3Logs(clients, bucket).records(put(clients, key("333333333333"), dumped({"Records": [record()]})))
    assert (found.recipient_account_id, found.envelope_account) == (CALLER, "333333333333")
    assert found.envelope_source == "aws.cloudtrail"
    (loose,) = S3Logs(clients, bucket).records(put(clients, "copy.json", dumped({"Records": [record()]})))
    assert loose.envelope_account is None


@pytest.mark.parametrize(
    ("body", "kept", "reason"),
    [
        (LOG[:-9], 2, "cannot be read: gzip cut off"),
        (b"\x1f\x8bgarbage", 0, "cannot be read"),
        (b"not json", 0, "not JSON"),
        (gzip.compress(b"x" * 10, mtime=0), 0, "not JSON"),
    ],
)
def test_a_damaged_file_is_told_and_what_precedes_the_damage_is_kept(clients, bucket, body, kept, reason):
    found = list(S3Logs(clients, bucket).records(put(clients, key(name="damaged"), body)))
    assert sum(isinstance(item, CloudTrailRecord) for item in found) == kept
    (broken,) = (item for item in found if isinstance(item, Unparsed))
    assert broken.reason.startswith(reason)


def test_a_file_that_is_gone_is_told(clients, bucket):
    (item,) = S3Logs(clients, bucket).records(LogFile("nowhere.json.gz", 1, "m", ""))
    assert isinstance(item, Unparsed)
    assert "nowhere.json.gz" in item.reason


def test_a_bucket_that_is_not_there_is_refused(clients, bucket):
    with pytest.raises(NotFound, match="no-such-bucket"):
        list(S3Logs(clients, "no-such-bucket").every())


@pytest.mark.parametrize("url", ["s3://", "s3:///x", "s3://B/x", "https://bucket", "s3://a b/x"])
def test_what_names_no_bucket_is_the_askers_mistake(clients, url):
    with pytest.raises(Malformed, match="write s3://bucket/prefix"):
        S3Logs.from_url(clients, url)


def test_an_address_is_bucket_and_prefix(clients, bucket):
    url = f"s3://{bucket}/AWSLogs/{CALLER}/CloudTrail/eu-west-1/{DAY}/"
    assert key() in [file.name for file in S3Logs.from_url(clients, url).every()]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("AccessDenied", Refused),
        ("KMS.DisabledException", Refused),
        ("SlowDown", Unavailable),
        ("InternalError", Unavailable),
    ],
)
def test_what_aws_answers_is_raised_as_ours(moto_url, code, kind):
    """A hook before sending gives AWS's own answer."""
    own = AwsClients(ContainmentSettings(), base=SESSION, endpoint=moto_url)
    own.own("s3").meta.events.register("before-call.s3.GetObject", lambda **_: answer(code))
    with pytest.raises(kind, match=f"read.*{code}"):
        list(S3Logs(own, BUCKET).records(LogFile("x.json.gz", 1, "m", "")))


def answer(code: str):
    raise ClientError(
        {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": 403}}, "GetObject"
    )


class Torn(io.RawIOBase):
    """A body whose connection breaks."""

    def read(self, size: int = -1, /) -> bytes:
        raise ProtocolError


def test_a_connection_that_breaks_in_a_file_gives_nothing_of_it_twice(moto_url):
    own = AwsClients(ContainmentSettings(), base=SESSION, endpoint=moto_url)

    def torn(parsed, **_):
        parsed["Body"] = StreamingBody(Torn(), 10)

    own.own("s3").meta.events.register("after-call.s3.GetObject", torn)
    own.own("s3").put_object(Bucket=BUCKET, Key="torn.json.gz", Body=LOG)
    with pytest.raises(Unavailable):
        list(S3Logs(own, BUCKET).records(LogFile("torn.json.gz", 1, "m", "")))

"""CloudTrail's log files in an S3 bucket: listed, fetched and read with the worker's own credentials."""

import re
import tempfile
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import IO, Any

from integrations.aws import AwsClients
from integrations.aws_errors import aws_errors
from integrations.log_stream import Item, records
from model.cloudtrail import CloudTrailRecord, unparsed
from model.errors import Malformed, NotFound
from model.log_file import LogFile, written
from model.text import code

URL = "s3://"
LARGEST = 1 << 28
"""Plain bytes of a log file at most: 256 MiB, ten times what CloudTrail writes into one."""

_IN_MEMORY = 1 << 24
_PIECE = 1 << 20
# A file lies in the folder of the day in its name, which S3 may get somewhat later.
_LATE = timedelta(hours=6)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_NOT_LOGS = ("/CloudTrail-Digest/", "/CloudTrail-Insight/")
_ACCOUNT = re.compile(r"\d{12}")
_OWNER = re.compile(r"/(\d{12})/CloudTrail/")


class S3Logs:
    """The log files below one prefix. Threads may share it."""

    def __init__(self, clients: AwsClients, bucket: str, prefix: str = "") -> None:
        self._clients = clients
        self._bucket = bucket
        self._prefix = prefix

    @classmethod
    def from_url(cls, clients: AwsClients, url: str) -> "S3Logs":
        """From `s3://bucket/prefix`; Malformed where that names no bucket."""
        bucket, _, prefix = url.removeprefix(URL).partition("/")
        if not url.startswith(URL) or not _BUCKET.fullmatch(bucket):
            raise Malformed(f"{code(url)} is no place in S3; write s3://bucket/prefix")
        return cls(clients, bucket, prefix)

    def every(self) -> Iterator[LogFile]:
        """Every log file below the prefix, in the order of names."""
        for found in self._objects(self._prefix):
            yield _log_file(found)

    def files(self, since: datetime, until: datetime) -> Iterator[LogFile]:
        """The log files in CloudTrail's own layout that S3 got later than `since` and not later than `until`."""
        first, last = (since - _LATE).date(), until.date()
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        for region in self._regions():
            for day in days:
                for found in self._objects(f"{region}{day:%Y/%m/%d}/"):
                    if since < found["LastModified"] <= until:
                        yield _log_file(found)

    def records(self, file: LogFile) -> Iterable[Item]:
        """Every record of a file, with the account of its folder as `envelope_account`. A file that is gone, damaged or
        too long comes as Unparsed. Raises Refused, and Unavailable where AWS cannot answer now."""
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as body:
            try:
                self._fetch(file.name, body)
            except NotFound as gone:
                yield unparsed(str(gone), file.name.encode("utf-8", "replace"))
                return
            body.seek(0)
            account = _OWNER.search(file.name)
            for record in records(file.name, body, LARGEST):
                yield _carried(record, account[1]) if account else record

    def _fetch(self, key: str, body: IO[bytes]) -> None:
        with aws_errors(f"read {code(key, 200)} of bucket {code(self._bucket)}"):
            answer = self._s3().get_object(Bucket=self._bucket, Key=key)
            for piece in answer["Body"].iter_chunks(_PIECE):
                body.write(piece)

    def _regions(self) -> Iterator[str]:
        """The folders that hold a folder a year: `…AWSLogs/[ORGANISATION/]ACCOUNT/CloudTrail/REGION/`."""
        for account in self._accounts(f"{self._prefix.rstrip('/')}/AWSLogs/".lstrip("/")):
            yield from self._folders(f"{account}CloudTrail/")

    def _accounts(self, above: str) -> Iterator[str]:
        for folder in self._folders(above):
            name = folder[len(above) :].strip("/")
            if _ACCOUNT.fullmatch(name):
                yield folder
            elif name.startswith("o-"):
                yield from self._accounts(folder)

    def _folders(self, above: str) -> Iterator[str]:
        for page in self._pages(Prefix=above, Delimiter="/"):
            for found in page.get("CommonPrefixes", ()):
                yield found["Prefix"]

    def _objects(self, prefix: str) -> Iterator[dict[str, Any]]:
        for page in self._pages(Prefix=prefix):
            for found in page.get("Contents", ()):
                if found["Size"] and not any(part in found["Key"] for part in _NOT_LOGS):
                    yield found

    def _pages(self, **asked: str) -> Iterator[dict[str, Any]]:
        more: dict[str, str] = {}
        while True:
            with aws_errors(f"list bucket {code(self._bucket)}"):
                page = self._s3().list_objects_v2(Bucket=self._bucket, **asked, **more)
            yield page
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def _s3(self) -> Any:
        return self._clients.own("s3")


def _carried(record: Item, account: str) -> Item:
    """The record as AWS's event for the account whose folder it lies in: CloudTrail writes no other account's there."""
    if isinstance(record, CloudTrailRecord):
        record.envelope_account, record.envelope_source = account, "aws.cloudtrail"
    return record


def _log_file(found: dict[str, Any]) -> LogFile:
    day = f"{found['LastModified']:%Y%m%d}"
    return LogFile(found["Key"], int(found["Size"]), str(found["ETag"]).strip('"'), written(found["Key"]) or day)

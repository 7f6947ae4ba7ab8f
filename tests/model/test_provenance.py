"""Records are believed only from where AWS puts them."""

import json

import pytest

from model.cloudtrail import CloudTrailRecord, Unparsed
from model.envelopes import unwrap
from model.provenance import believed

RECORD = {
    "eventVersion": "1.08",
    "eventID": "00000000-0000-4000-8000-000000000001",
    "eventTime": "2026-10-03T02:47:11Z",
    "eventSource": "sts.amazonaws.com",
    "eventName": "AssumeRole",
    "recipientAccountId": "111111111111",
    "userIdentity": {"type": "IAMUser", "accountId": "111111111111", "arn": "arn:aws:iam::111111111111:user/ana"},
}


def arrived(**envelope: str) -> CloudTrailRecord | Unparsed:
    event = {"detail-type": "AWS API Call via CloudTrail", "detail": RECORD, **envelope}
    (record,) = unwrap(json.dumps(event).encode())
    return believed(record)


def test_an_event_of_aws_in_the_record_s_account_is_believed() -> None:
    assert isinstance(arrived(source="aws.sts", account="111111111111"), CloudTrailRecord)


@pytest.mark.parametrize(
    "envelope",
    [
        {"source": "com.evil", "account": "111111111111"},
        {"source": "awsx.sts", "account": "111111111111"},
        {"source": "aws.sts", "account": "999999999999"},
    ],
)
def test_any_other_event_is_kept_as_unread(envelope: dict[str, str]) -> None:
    kept = arrived(**envelope)
    assert isinstance(kept, Unparsed)
    assert "its event" in kept.reason


def test_a_record_from_a_file_has_no_envelope_and_is_judged_as_it_is() -> None:
    (record,) = unwrap(json.dumps({"Records": [RECORD]}).encode())
    assert isinstance(believed(record), CloudTrailRecord)

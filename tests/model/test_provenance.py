"""Records are believed only from where AWS puts them."""

import json

import pytest

from model.cloudtrail import CloudTrailRecord
from model.envelopes import unwrap
from model.provenance import Trusted, disbelieved, doubt

RECORD = {
    "eventVersion": "1.08",
    "eventID": "00000000-0000-4000-8000-000000000001",
    "eventTime": "2026-10-03T02:47:11Z",
    "eventSource": "sts.amazonaws.com",
    "eventName": "AssumeRole",
    "recipientAccountId": "111111111111",
    "userIdentity": {"type": "IAMUser", "accountId": "111111111111", "arn": "arn:aws:iam::111111111111:user/ana"},
}
OURS = Trusted(frozenset(("111111111111", "222222222222")))


def one(data: object) -> CloudTrailRecord:
    (record,) = unwrap(json.dumps(data).encode())
    assert isinstance(record, CloudTrailRecord)
    return record


def event(record: object = RECORD, **envelope: str) -> CloudTrailRecord:
    return one({"detail-type": "AWS API Call via CloudTrail", "detail": record, **envelope})


@pytest.mark.parametrize("trusted", [Trusted(), OURS, Trusted(bare=True)])
def test_an_event_of_aws_in_the_record_s_account_is_believed(trusted: Trusted) -> None:
    assert doubt(event(source="aws.sts", account="111111111111"), trusted) == ""


def test_guardduty_s_own_finding_is_believed_and_a_record_inside_its_text_is_not() -> None:
    theirs = {**RECORD, "eventSource": "guardduty.amazonaws.com"}
    assert doubt(event(theirs, source="aws.guardduty", account="111111111111"), OURS) == ""
    inside = doubt(event(source="aws.guardduty", account="111111111111"), OURS)
    assert inside == "it stood inside another kind of event"


def test_an_old_record_that_names_no_account_has_its_event_s() -> None:
    old = {key: value for key, value in RECORD.items() if key != "recipientAccountId"}
    assert doubt(event(old, source="aws.sts", account="111111111111"), OURS) == ""


@pytest.mark.parametrize("trusted", [Trusted(), OURS, Trusted(bare=True)])
@pytest.mark.parametrize(
    ("envelope", "why"),
    [
        ({"source": "com.evil", "account": "111111111111"}, "not sent by AWS"),
        ({"source": "awsx.sts", "account": "111111111111"}, "not sent by AWS"),
        ({"account": "111111111111"}, "not sent by AWS"),
        ({"source": "aws.sts", "account": "999999999999"}, "another account"),
        ({"source": "aws.sts", "account": "222222222222"}, "another account"),
        ({"source": "aws.sts"}, "names no account"),
        ({"source": "aws.guardduty", "account": "111111111111"}, "another kind of event"),
    ],
)
def test_any_other_event_is_not(envelope: dict[str, str], why: str, trusted: Trusted) -> None:
    assert why in doubt(event(**envelope), trusted)


def test_a_record_of_an_account_that_is_not_ours_is_not_believed_where_accounts_are_named() -> None:
    theirs = event({**RECORD, "recipientAccountId": "333333333333"}, source="aws.sts", account="333333333333")
    assert doubt(theirs, OURS) == "account `333333333333` is not one of the organisation"
    assert doubt(theirs, Trusted()) == ""


def test_a_record_that_no_event_carries_is_believed_only_where_settings_say_so() -> None:
    bare = one({"Records": [RECORD]})
    assert doubt(bare, OURS) == "no event of AWS carried it"
    assert doubt(bare, Trusted(bare=True)) == ""


def test_a_record_cannot_bring_its_own_envelope() -> None:
    forged = {**RECORD, "hopstop:envelope_source": "aws.sts", "hopstop:envelope_account": "111111111111"}
    assert all(not isinstance(r, CloudTrailRecord) or doubt(r, OURS) for r in unwrap(json.dumps(forged).encode()))


@pytest.mark.parametrize("text", ["plain", "\ud800", "\x00", "é" * 1000])
def test_whatever_is_in_it_something_is_kept_of_it(text: str) -> None:
    record = event({**RECORD, "sourceIPAddress": text[:20]}, source="com.evil")
    record.source_ip_address = text
    kept = disbelieved(record, "not believed")
    assert (kept.reason, len(kept.digest)) == ("not believed", 64)

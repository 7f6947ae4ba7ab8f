"""Whether a record came the way AWS sends it. Pure."""

from collections.abc import Collection
from typing import NamedTuple

import msgspec

from model.cloudtrail import CloudTrailRecord, Unparsed, unparsed
from model.text import code

_FINDINGS = "aws.guardduty"


class Trusted(NamedTuple):
    """What the live queue believes: events of these accounts (of every account where none is named), and `bare`
    records, which no event carries."""

    accounts: Collection[str] = frozenset()
    bare: bool = False


def doubt(record: CloudTrailRecord, trusted: Trusted) -> str:
    """Why the record is not believed, as words with code spans; empty where it is.

    AWS alone may send events with a source that begins with `aws.`, and puts an event into the bus of the account that
    the record was written for (EventBridge user guide). A record within a GuardDuty finding's text is anybody's.
    """
    source, account = record.envelope_source, record.envelope_account
    if source is None:
        return "" if trusted.bare else "no event of AWS carried it"
    if not source.startswith("aws."):
        return "its event was not sent by AWS"
    if source == _FINDINGS and record.event_source != "guardduty.amazonaws.com":
        return "it stood inside another kind of event"
    if not account:
        return "its event names no account"
    if account != (record.recipient_account_id or account):
        return "its event came from another account than it names"
    if trusted.accounts and account not in trusted.accounts:
        return f"account {code(account, 20)} is not one of the organisation"
    return ""


def disbelieved(record: CloudTrailRecord, why: str) -> Unparsed:
    """What is kept of a record that is not believed."""
    try:
        return unparsed(why, msgspec.json.encode(record))
    except UnicodeEncodeError:
        return unparsed(why, repr(record).encode("utf-8", "replace"))

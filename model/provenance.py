"""Whether a record came the way AWS sends it. Pure."""

import msgspec

from model.cloudtrail import CloudTrailRecord, Unparsed, unparsed


def believed(record: CloudTrailRecord | Unparsed) -> CloudTrailRecord | Unparsed:
    """The record, or what is kept of one whose EventBridge event AWS did not make.

    AWS alone may send events with a source that begins with `aws.`, and puts an event into the bus of the account that
    the record was written for (EventBridge user guide). A record without an envelope is judged by where it was found.
    """
    if isinstance(record, Unparsed) or record.envelope_source is None:
        return record
    if not record.envelope_source.startswith("aws."):
        return _unbelieved(record, "its event was not sent by AWS")
    account = record.recipient_account_id
    if account and record.envelope_account and account != record.envelope_account:
        return _unbelieved(record, "its event came from another account than it names")
    return record


def _unbelieved(record: CloudTrailRecord, why: str) -> Unparsed:
    return unparsed(why, msgspec.json.encode(record))

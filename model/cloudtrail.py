"""A CloudTrail record as AWS writes it: only the fields that are read, and never a credential's secret part.

A string that is longer than its bound, or of another type than AWS documents, is not decoded by the fast path of
model/delivered.py; model/lenient.py then reads the record field by field.
"""

import hashlib
from typing import Annotated

import msgspec

from model.deeds import TOLD
from model.record_time import seconds
from model.redaction import excerpt, scrubbed

MOST_RESOURCES = 100
MOST_LISTED = 100
LARGEST = 2**53
"""Numbers beyond are no durations."""

Text = Annotated[str, msgspec.Meta(max_length=2048)]
Texts = Annotated[list[Text], msgspec.Meta(max_length=MOST_LISTED)]
Agent = Annotated[str, msgspec.Meta(max_length=1024)]
Whole = Annotated[int, msgspec.Meta(ge=-LARGEST, le=LARGEST)]
Real = Annotated[float, msgspec.Meta(ge=-LARGEST, le=LARGEST)]


class SessionIssuer(msgspec.Struct, gc=False, rename="camel"):
    """The role or user whose credentials a session has."""

    principal_id: Text | None = None
    arn: Text | None = None
    account_id: Text | None = None
    user_name: Text | None = None


class SessionContext(msgspec.Struct, gc=False, rename="camel"):
    """What is known of a session; `sessionIssuer` may be `{}`."""

    session_issuer: SessionIssuer | None = None
    source_identity: Text | None = None
    assumed_root: bool | Text | None = None


class OnBehalfOf(msgspec.Struct, gc=False, rename="camel"):
    """The Identity Center user behind a call."""

    user_id: Text | None = None
    identity_store_arn: Text | None = None


class UserIdentity(msgspec.Struct, gc=False, rename="camel"):
    """Who called. Every field may be missing. `row`: its names are in small letters, as query results have them."""

    type: Text | None = None
    principal_id: Text | None = None
    arn: Text | None = None
    account_id: Text | None = None
    access_key_id: Text | None = None
    user_name: Text | None = None
    invoked_by: Text | None = None
    identity_provider: Text | None = None
    session_context: SessionContext | None = None
    on_behalf_of: OnBehalfOf | None = None
    row: msgspec.Raw | msgspec.UnsetType = msgspec.field(default=msgspec.UNSET, name="principalid")


class EventSelector(msgspec.Struct, gc=False):
    """What a trail keeps: `kind` is All, ReadOnly or WriteOnly."""

    kind: Text | None = msgspec.field(default=None, name="readWriteType")
    management: bool | Text | None = msgspec.field(default=None, name="includeManagementEvents")


class FieldSelector(msgspec.Struct, gc=False):
    """One condition of an advanced selector."""

    field: Text | None = None
    equals: Texts | None = None


class AdvancedSelector(msgspec.Struct, gc=False):
    """What a trail keeps, said by conditions."""

    fields: Annotated[list[FieldSelector], msgspec.Meta(max_length=MOST_LISTED)] | None = msgspec.field(
        default=None, name="fieldSelectors"
    )


class RequestParameters(msgspec.Struct, gc=False, rename="camel"):
    """What STS was asked for, and what the calls of model/deeds.py act on: no policy, no document, no value."""

    role_arn: Text | None = None
    role_session_name: Text | None = None
    duration_seconds: Whole | Real | Text | None = None
    source_identity: Text | None = None
    target_principal: Text | None = None
    name: Text | None = None
    user_name: Text | None = None
    role_name: Text | None = None
    group_name: Text | None = None
    policy_name: Text | None = None
    policy_arn: Text | None = None
    policy_id: Text | None = None
    trail_name: Text | None = None
    rule: Text | None = None
    bus: Text | None = msgspec.field(default=None, name="eventBusName")
    queue_url: Text | None = None
    function_name: Text | None = None
    secret_id: Text | None = None
    path: Text | None = None
    names: Texts | None = None
    snapshot_id: Text | None = None
    db_snapshot: Text | None = msgspec.field(default=None, name="dBSnapshotIdentifier")
    detector_id: Text | None = None
    bucket_name: Text | None = None
    permission_set: Text | None = msgspec.field(default=None, name="permissionSetArn")
    target: Text | None = None
    target_id: Text | None = None
    instance_id: Text | None = None
    tag_keys: Texts | None = None
    state: Text | None = None
    status: Text | None = None
    enable: bool | Text | None = None
    multi_region: bool | Text | None = msgspec.field(default=None, name="isMultiRegionTrail")
    global_events: bool | Text | None = msgspec.field(default=None, name="includeGlobalServiceEvents")
    selectors: Annotated[list[EventSelector], msgspec.Meta(max_length=MOST_LISTED)] | None = msgspec.field(
        default=None, name="eventSelectors"
    )
    advanced: Annotated[list[AdvancedSelector], msgspec.Meta(max_length=MOST_LISTED)] | None = msgspec.field(
        default=None, name="advancedEventSelectors"
    )


class Credentials(msgspec.Struct, gc=False, rename="camel"):
    """The id of a new access key; its secret and its session token are not read."""

    access_key_id: Text | None = None


class AssumedRoleUser(msgspec.Struct, gc=False, rename="camel"):
    """The session that an assumption made: `assumed_role_id` is role id:session name."""

    arn: Text | None = None
    assumed_role_id: Text | None = None


class ResponseElements(msgspec.Struct, gc=False, rename="camel"):
    """What STS and the console answered."""

    credentials: Credentials | None = None
    assumed_role_user: AssumedRoleUser | None = None
    source_identity: Text | None = None
    switch_role: Text | None = msgspec.field(default=None, name="SwitchRole")


class AdditionalEventData(msgspec.Struct, gc=False):
    """Where a console role switch came from and went to."""

    switch_from: Text | None = msgspec.field(default=None, name="SwitchFrom")
    switch_to: Text | None = msgspec.field(default=None, name="SwitchTo")


class Resource(msgspec.Struct, gc=False):
    """One resource of a call; `small` is an ARN by its name in small letters."""

    arn: Text | None = msgspec.field(default=None, name="ARN")
    small: Text | None = msgspec.field(default=None, name="arn")


class CloudTrailRecord(msgspec.Struct, gc=False, rename="camel"):
    """One record. `envelope_account` and `envelope_source` are those of the EventBridge event that carried it."""

    event_name: Text = ""
    event_source: Text = ""
    event_time: Text | None = None
    event_id: Text | None = msgspec.field(default=None, name="eventID")
    shared_event_id: Text | None = msgspec.field(default=None, name="sharedEventID")
    request_id: Text | None = msgspec.field(default=None, name="requestID")
    event_type: Text | None = None
    user_identity: UserIdentity | None = None
    aws_region: Text | None = None
    source_ip_address: Text | None = msgspec.field(default=None, name="sourceIPAddress")
    user_agent: Agent | None = None
    error_code: Text | None = None
    error_message: Text | None = None
    read_only: bool | Text | None = None
    recipient_account_id: Text | None = None
    request_parameters: RequestParameters | None = None
    response_elements: ResponseElements | None = None
    additional_event_data: AdditionalEventData | None = None
    resources: Annotated[list[Resource], msgspec.Meta(max_length=MOST_RESOURCES)] | None = None
    # Set from the envelope; what a record brings under these names is not read.
    envelope_account: Text | None = msgspec.field(default=None, name="hopstop:envelope_account")
    envelope_source: Text | None = msgspec.field(default=None, name="hopstop:envelope_source")

    @property
    def time(self) -> float | None:
        """Record time in seconds since 1970 UTC; never None in a record that `unwrap` gave."""
        return seconds(self.event_time)

    @property
    def error(self) -> str | None:
        """The error's code, or its message where there is no code; None on success."""
        return self.error_code or self.error_message or None

    @property
    def id(self) -> str:
        """AWS's eventID; where it is missing, a digest of what was read."""
        return self.event_id or "none-" + hashlib.sha256(msgspec.msgpack.encode(self)).hexdigest()[:32]


class Unparsed(msgspec.Struct, frozen=True, gc=False):
    """Something that looks like a record and cannot be read.

    `size` is in bytes, `digest` the SHA-256 of all of them in hex, `excerpt` at most 2,000 characters of the start
    without any value that could be a secret (model/redaction.py).
    """

    reason: str
    size: int
    digest: str
    excerpt: str


def settle(record: CloudTrailRecord) -> None:
    """Take what looks like a secret out of a record's free texts.

    The text of an error is kept only where no code says it, or where it may be all that names what was asked for.
    """
    agent = record.user_agent
    if agent is not None:
        record.user_agent = scrubbed(agent)
    message = record.error_message
    if message is not None:
        record.error_message = scrubbed(message) if not record.error_code or _names_what(record) else None


def _names_what(record: CloudTrailRecord) -> bool:
    """Whether the text of an error may be all that names the role that was asked for, or what a call acted on."""
    if record.event_name.startswith("Assume"):
        return True
    return record.request_parameters is None and record.event_name in TOLD.get(record.event_source, ())


def unparsed(reason: str, data: bytes) -> Unparsed:
    """Keep what could not be read, without its secrets."""
    return Unparsed(reason=reason, size=len(data), digest=hashlib.sha256(data).hexdigest(), excerpt=excerpt(data))

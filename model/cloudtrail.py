"""A CloudTrail record as AWS writes it: only the fields that are read, and never a credential's secret part.

A string that is longer than its bound, or of another type than AWS documents, is not decoded by the fast path of
model/envelopes.py; model/lenient.py then reads the record field by field.
"""

import hashlib
import re
from typing import Annotated

import msgspec

from model.record_time import seconds

Text = Annotated[str, msgspec.Meta(max_length=2048)]
Agent = Annotated[str, msgspec.Meta(max_length=1024)]


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
    """Who called. Every field may be missing."""

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


class RequestParameters(msgspec.Struct, gc=False, rename="camel"):
    """What STS was asked for."""

    role_arn: Text | None = None
    role_session_name: Text | None = None
    duration_seconds: int | float | Text | None = None
    source_identity: Text | None = None
    target_principal: Text | None = None


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
    """One resource of a call."""

    arn: Text | None = msgspec.field(default=None, name="ARN")


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
    resources: list[Resource] | None = None
    # Set from the envelope by model/envelopes.py, which never believes a record that has them already.
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
    with everything that looks like a credential removed.
    """

    reason: str
    size: int
    digest: str
    excerpt: str


_NAMED_SECRET = re.compile(
    r"""(?ix) ( (?: token | secret | password | passwd | privatekey | keymaterial | plaintext | credential )
        [\w-]{0,24} \\{0,4}["']? \s{0,4} [:=] \s{0,4} \\{0,4}["']? ) (?! [{\[] ) [^"'\\,\s}\]]+ """
)
_LOOKS_SECRET = re.compile(r"(?:AKIA|ASIA)[A-Z0-9]{8,}|[A-Za-z0-9+/=_]{32,}")
_UNPRINTABLE = re.compile(r"[^\x20-\x7e\u00a1-\ud7ff\ue000-\ufffd]")


def unparsed(reason: str, data: bytes) -> Unparsed:
    """Keep what could not be read, without its secrets."""
    head = _UNPRINTABLE.sub(" ", data[:8192].decode("utf-8", "replace"))
    head = _LOOKS_SECRET.sub("[removed]", _NAMED_SECRET.sub(r"\1[removed]", head))
    return Unparsed(reason=reason, size=len(data), digest=hashlib.sha256(data).hexdigest(), excerpt=head[:2000])

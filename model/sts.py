"""What one record says about becoming somebody else: pure reading of STS's and the console's shapes."""

import re
from typing import NamedTuple

import msgspec

from model.acted import Acted, acted
from model.assumption import ApiCall, RoleAssumption
from model.cloudtrail import AssumedRoleUser, CloudTrailRecord, RequestParameters, ResponseElements
from model.deeds import FINDING, GUARDDUTY, TOLD
from model.identities import Caller, account_of, by_arn, caller_of, iam_role_arn
from model.record_time import seconds

ASSUMES = frozenset(("AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "AssumeRoot", "SwitchRole"))
SAME_PERSON = frozenset(("GetSessionToken", "GetFederationToken"))
CONSOLE = "signin.amazonaws.com"

_SOURCES = frozenset(("sts.amazonaws.com", CONSOLE, ""))
_DENIED_ROLE = re.compile(r"on resource: (arn:[^\s\"'<>]+?)(?=[.,;]?(?:\s|$))")
_ACCOUNT = re.compile(r"\d{12}")
_NOTHING_ASKED = RequestParameters()
_NOTHING_ANSWERED = ResponseElements()
_NOBODY = AssumedRoleUser()


class _Target(NamedTuple):
    """The session that an assumption asks for."""

    how: str
    role_arn: str
    role_id: str | None
    session_name: str


class Sighting(msgspec.Struct, frozen=True, gc=False, array_like=True, tag=1):
    """One account's record of an assumption: `recipient` is the account, `ids` what the other copy carries too.
    `switched`: it is the one of a console switch's two records that is called so."""

    made: RoleAssumption
    recipient: str | None
    ids: tuple[str, ...]
    switched: bool


def sighting(record: CloudTrailRecord) -> Sighting | ApiCall:
    """What a record says by itself: an assumption that others may tell of too, or a call."""
    if record.event_name in ASSUMES and assumes(record):
        made = assumption(record)
        if made is not None:
            id_ = record.shared_event_id or (record.request_id if made.caller.account != made.account else None)
            return Sighting(made, record.recipient_account_id, (id_,) if id_ else (), record.event_name == "SwitchRole")
    found = call(record)
    if record.event_name == FINDING and record.event_source == GUARDDUTY:
        told = record.request_parameters
        return msgspec.structs.replace(found, on=told.name if told else None, part=told.state if told else None)
    return found


def is_roleless(found: ApiCall) -> bool:
    """Whether a call is an assumption that names no role."""
    return found.name in ASSUMES and found.source in _SOURCES


def assumes(record: CloudTrailRecord) -> bool:
    """True for a record of an assumption or of a console role switch."""
    return record.event_name in ASSUMES and record.event_source in _SOURCES


def assumption(record: CloudTrailRecord) -> RoleAssumption | None:
    """The assumption that one copy tells of; None where it names no role."""
    if record.event_name == "SwitchRole":
        return _switch(record)
    asked = record.request_parameters or _NOTHING_ASKED
    made = (record.response_elements or _NOTHING_ANSWERED).assumed_role_user or _NOBODY
    role_arn = _target(record, asked, made)
    if role_arn is None:
        return None
    role_id, _, name = (made.assumed_role_id or "").partition(":")
    session = asked.role_session_name or name or _session_in(made.arn) or ""
    return _made(record, caller_of(record), _Target(_how(record), role_arn, role_id or None, session))


def call(record: CloudTrailRecord) -> ApiCall:
    """Any record as a plain call."""
    who = record.user_identity
    caller, session = caller_of(record)
    name = record.event_name
    made = ApiCall(
        record.event_id or record.id,
        seconds(record.event_time) or 0.0,
        caller,
        (who.access_key_id or None) if who is not None else None,
        session,
        record.event_source,
        name,
        record.error_code or record.error_message or None,
        record.source_ip_address or None,
        record.user_agent or None,
        record.aws_region or None,
        record.read_only is True or record.read_only == "true",
        _new_key(record) if name in SAME_PERSON else None,
    )
    told = TOLD.get(record.event_source)
    return _with_what(made, acted(record)) if told is not None and name in told else made


def _with_what(made: ApiCall, what: Acted) -> ApiCall:
    return msgspec.structs.replace(made, on=what.on, part=what.part, off=what.off, things=what.things)


def _how(record: CloudTrailRecord) -> str:
    who = record.user_identity
    in_console = record.source_ip_address == CONSOLE or (who is not None and who.invoked_by == CONSOLE)
    return "SwitchRole" if in_console and record.event_name == "AssumeRole" else record.event_name


def _target(record: CloudTrailRecord, asked: RequestParameters, made: AssumedRoleUser) -> str | None:
    if record.event_name == "AssumeRoot":
        return _root(record, asked.target_principal)
    if asked.role_arn:
        return asked.role_arn
    named = (resource.arn or resource.small or "" for resource in record.resources or ())
    role = next((arn for arn in named if ":role/" in arn), None)
    return role or iam_role_arn(made.arn) or _denied_role(record.error_message)


def _denied_role(message: str | None) -> str | None:
    """A denied AssumeRole may have no parameters at all: then the role stands in the message only."""
    found = _DENIED_ROLE.search(message or "")
    return found.group(1) if found else None


def _root(record: CloudTrailRecord, target: str | None) -> str | None:
    if target is None or not _ACCOUNT.fullmatch(target):
        return target
    region = record.aws_region or ""
    partition = "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"
    return f"arn:{partition}:iam::{target}:root"


def _switch(record: CloudTrailRecord) -> RoleAssumption | None:
    """A console switch: recorded as the new session (SwitchFrom says who came), or as the one who left (SwitchTo)."""
    extra = record.additional_event_data
    origin = extra.switch_from if extra else None
    target = extra.switch_to if extra else None
    caller = caller_of(record)
    seen = caller[0]
    if target and ":role/" in target:
        return _made(record, caller, _Target("SwitchRole", target, None, seen.person or ""))
    if not origin or not seen.arn or ":role/" not in seen.arn:
        return None
    made = _made(
        record, (by_arn(origin), None), _Target("SwitchRole", seen.arn, seen.unique_id, seen.session_name or "")
    )
    return msgspec.structs.replace(made, caller_key=None)


def _made(record: CloudTrailRecord, caller: Caller, target: _Target) -> RoleAssumption:
    asked = record.request_parameters or _NOTHING_ASKED
    answered = record.response_elements or _NOTHING_ANSWERED
    who = record.user_identity
    error = record.error_code or record.error_message or None
    failed = error is not None or answered.switch_role == "Failure"
    return RoleAssumption(
        records=(record.event_id or record.id,),
        time=seconds(record.event_time) or 0.0,
        how=target.how,
        caller=caller[0],
        caller_key=(who.access_key_id or None) if who else None,
        caller_session=caller[1],
        role_arn=target.role_arn,
        account=account_of(target.role_arn) or record.recipient_account_id or "",
        role_id=target.role_id,
        session_name=target.session_name,
        new_key=None if failed else _new_key(record),
        source_identity=asked.source_identity or answered.source_identity,
        denied=failed,
        error=error or ("Failure" if failed else None),
        source_ip=record.source_ip_address or None,
        user_agent=record.user_agent or None,
        region=record.aws_region or None,
        duration=_seconds(asked.duration_seconds),
    )


def _new_key(record: CloudTrailRecord) -> str | None:
    answered = record.response_elements
    return (answered.credentials.access_key_id or None) if answered and answered.credentials else None


def _session_in(sts_arn: str | None) -> str | None:
    parts = (sts_arn or "").split(":", 5)[-1].split("/", 2)
    return parts[2] if len(parts) == 3 else None


def _seconds(asked: float | str | None) -> int | None:
    try:
        return int(asked) if asked is not None and 0 <= float(asked) <= 200_000 else None
    except ValueError:
        return None

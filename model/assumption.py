"""Who became whom, and what was called: the two things a record can mean."""

from functools import lru_cache
from typing import TypeVar

import msgspec

from model.identity import Identity

T = TypeVar("T", str, str | None)


class RoleAssumption(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One logical assumption, after both accounts' copies are one.

    `records` holds every copy's eventID. `time` is record time in seconds since 1970 UTC. `how` is the API that did it
    (AssumeRole, SwitchRole, AssumeRoot, AssumeRoleWithSAML, AssumeRoleWithWebIdentity). `caller_key` and
    `caller_session` (role id:session name) tie it to the session that asked; `new_key`, `role_id` and `session_name`
    to the one it made. `duration` is seconds asked for. `denied` assumptions made no session.
    """

    records: tuple[str, ...]
    time: float
    how: str
    caller: Identity
    caller_key: str | None
    caller_session: str | None
    role_arn: str
    account: str
    role_id: str | None
    session_name: str
    new_key: str | None
    source_identity: str | None
    denied: bool
    error: str | None
    source_ip: str | None
    user_agent: str | None
    region: str | None
    duration: int | None


class ApiCall(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Any other call: who, what, from where. `caller_key` and `caller_session` as in RoleAssumption.

    `new_key` is the key that GetSessionToken or GetFederationToken gave the same person. Of the calls of
    model/deeds.py alone it is kept what they acted on: `on`, `part`, `off` and `things` as in model.acted.Acted.
    """

    record: str
    time: float
    caller: Identity
    caller_key: str | None
    caller_session: str | None
    source: str
    name: str
    error: str | None
    source_ip: str | None
    user_agent: str | None
    region: str | None
    read_only: bool
    new_key: str | None = None
    on: str | None = None
    part: str | None = None
    off: bool | None = None
    things: tuple[str, ...] = ()


class Copy(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """Another record of an assumption that was given before.

    `record` is its eventID, `of` the first record's, `how` says by which API. The rest is what this copy knows and the
    records before it did not: who asked (`caller` with its key and session), or what was made.
    """

    record: str
    of: str
    how: str
    caller: Identity | None = None
    caller_key: str | None = None
    caller_session: str | None = None
    new_key: str | None = None
    role_id: str | None = None
    session_name: str | None = None


def lean(made: RoleAssumption) -> RoleAssumption:
    """The assumption as it is kept: without its user agent, and with one string for each role, account and region."""
    return RoleAssumption(
        made.records,
        made.time,
        _same(made.how),
        made.caller,
        made.caller_key,
        made.caller_session,
        _same(made.role_arn),
        _same(made.account),
        _same(made.role_id),
        made.session_name,
        made.new_key,
        made.source_identity,
        made.denied,
        made.error,
        made.source_ip,
        None,
        _same(made.region),
        made.duration,
    )


@lru_cache(maxsize=65_536)
def _same(text: T) -> T:
    return text


def merged(better: RoleAssumption, other: RoleAssumption) -> RoleAssumption:
    """Two copies as one; what the first lacks is taken from the second."""
    return msgspec.structs.replace(
        better,
        records=(*better.records, *other.records),
        how="SwitchRole" if "SwitchRole" in (better.how, other.how) else better.how,
        role_id=better.role_id or other.role_id,
        session_name=better.session_name or other.session_name,
        new_key=better.new_key or other.new_key,
        source_identity=better.source_identity or other.source_identity,
        source_ip=better.source_ip or other.source_ip,
        user_agent=better.user_agent or other.user_agent,
        duration=better.duration or other.duration,
    )


def corrected(made: RoleAssumption, copy: Copy) -> RoleAssumption:
    """The assumption with what a copy of it adds; the same again where it adds nothing."""
    records = made.records if copy.record in made.records else (*made.records, copy.record)
    asked = copy if copy.caller is not None else made
    return msgspec.structs.replace(
        made,
        records=records,
        how="SwitchRole" if copy.how == "SwitchRole" else made.how,
        caller=copy.caller or made.caller,
        caller_key=asked.caller_key,
        caller_session=asked.caller_session,
        new_key=made.new_key or copy.new_key,
        role_id=made.role_id or copy.role_id,
        session_name=made.session_name or copy.session_name or "",
    )

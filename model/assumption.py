"""Who became whom, and what was called: the two things a record can mean."""

import msgspec

from model.identity import Identity


class RoleAssumption(msgspec.Struct, frozen=True, gc=False):
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


class ApiCall(msgspec.Struct, frozen=True, gc=False):
    """Any other call: who, what, from where. `caller_key` and `caller_session` as in RoleAssumption.

    `new_key` is the key that GetSessionToken or GetFederationToken gave the same person.
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


class Copy(msgspec.Struct, frozen=True, gc=False):
    """Another record of an assumption that was given before.

    `record` is its eventID, `of` the first record's, `how` its own eventName.
    The caller's copy that comes after the owner's knows more: then `caller` (and its key and session) say who it was.
    """

    record: str
    of: str
    how: str
    caller: Identity | None = None
    caller_key: str | None = None
    caller_session: str | None = None

"""Who a record's userIdentity is: every kind, one stable key each.

A user or role is known by its account and unique id (AIDA…, AROA…), so that the owner's copy of a cross-account
assumption, which has nothing else, names the same identity as the caller's. Where the unique id is missing or masked
the ARN stands in.
"""

from functools import lru_cache

from model.cloudtrail import CloudTrailRecord
from model.identity import Identity
from model.identity_kinds import Who, account_of, iam_role_arn, made_of

__all__ = ["Caller", "account_of", "by_arn", "caller_of", "iam_role_arn", "identity_of", "role_session", "session_of"]

Caller = tuple[Identity, str | None]


def identity_of(record: CloudTrailRecord) -> Identity:
    """The caller of a record. The last 65,536 are kept, so that the same caller is mostly the same object."""
    return caller_of(record)[0]


def caller_of(record: CloudTrailRecord) -> Caller:
    """The caller of a record, and `session_of` it."""
    who = record.user_identity
    if who is None:
        return _caller()
    context = who.session_context
    issuer = context.session_issuer if context is not None else None
    behalf = who.on_behalf_of
    # All that model/identity_kinds.py looks at: what is left out here, an attacker could swap under a known name.
    return _caller(
        who.type,
        who.principal_id,
        who.arn,
        who.account_id,
        who.user_name,
        who.identity_provider or who.invoked_by,
        issuer.arn if issuer is not None else None,
        issuer.principal_id if issuer is not None else None,
        context.source_identity if context is not None else None,
        behalf.user_id if behalf is not None else None,
        behalf.identity_store_arn if behalf is not None else None,
    )


def role_session(role_arn: str, role_id: str | None, session_name: str | None) -> Identity:
    """The identity of a session of a role; `role_arn` is the IAM ARN."""
    principal = f"{role_id}:{session_name or ''}" if role_id else None
    return _role_session(principal, role_arn, account_of(role_arn), session_name)


def by_arn(arn: str) -> Identity:
    """The identity that an ARN alone names (a console switch's SwitchFrom)."""
    return _caller(None, None, arn, account_of(arn))[0]


def session_of(record: CloudTrailRecord) -> str | None:
    """`role id:session name` of a role session's call, as aws:userid has it; None for other callers."""
    return caller_of(record)[1]


@lru_cache(maxsize=65_536)
def _caller(
    kind: str | None = None,
    principal_id: str | None = None,
    arn: str | None = None,
    account: str | None = None,
    user_name: str | None = None,
    provider: str | None = None,
    issuer_arn: str | None = None,
    issuer_id: str | None = None,
    source_identity: str | None = None,
    store_user: str | None = None,
    store_arn: str | None = None,
) -> Caller:
    owner = account or account_of(arn)
    issued = (issuer_arn, issuer_id, source_identity, store_user, store_arn)
    who = Who(kind, principal_id, arn, owner, user_name, provider, *issued)
    return made_of(who), _session(kind, principal_id)


@lru_cache(maxsize=65_536)
def _role_session(principal: str | None, role_arn: str, account: str | None, session: str | None) -> Identity:
    return made_of(Who("Role", principal, role_arn, account, session=session))


def _session(kind: str | None, principal_id: str | None) -> str | None:
    if not principal_id or kind not in ("AssumedRole", "AWSAccount", None):
        return None
    head, colon, name = principal_id.partition(":")
    return principal_id if colon and name and head[:4] not in ("AIDA", "arn") else None

"""What identity each kind of caller is: its key, its ARN, its person."""

import hashlib
import re
from functools import lru_cache
from typing import NamedTuple

from model.identity import Identity, Kind
from model.role_path import role_path

_UNIQUE_ID = re.compile(r"A[A-Z]{3}[A-Z0-9]{5,124}")
_PERSON = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}|[A-Za-z]{2,30}\.[A-Za-z][A-Za-z-]{1,40}")
_STORE_USER = re.compile(r"(?:[0-9a-f]{10}-)?[A-Fa-f0-9]{8}(?:-[A-Fa-f0-9]{4}){3}-[A-Fa-f0-9]{12}")
"""A person's id in an identity store (AWS's pattern)."""
_SSO = "AWSReservedSSO_"
_SSO_PATH = "aws-reserved/sso.amazonaws.com"
_LONGEST_KEY = 400
_KINDS = {
    "IAMUser": Kind.USER,
    "User": Kind.USER,
    "AssumedRole": Kind.ROLE,
    "Role": Kind.ROLE,
    "FederatedUser": Kind.FEDERATED_USER,
    "SAMLUser": Kind.SAML,
    "WebIdentityUser": Kind.WEB_IDENTITY,
    "IdentityCenterUser": Kind.IDENTITY_CENTER,
    "Root": Kind.ROOT,
    "AWSAccount": Kind.ACCOUNT,
    "AWSService": Kind.SERVICE,
}


class Who(NamedTuple):
    """What of a record's userIdentity tells identities apart."""

    type: str | None = None
    principal_id: str | None = None
    arn: str | None = None
    account: str | None = None
    user_name: str | None = None
    provider: str | None = None
    issuer_arn: str | None = None
    issuer_id: str | None = None
    source_identity: str | None = None
    store_user: str | None = None
    store_arn: str | None = None
    session: str | None = None


def made_of(who: Who) -> Identity:
    """The identity of a caller."""
    kind = _KINDS.get(who.type or "") or _by_shape(who.arn, who.principal_id)
    if who.store_user:
        kind = Kind.IDENTITY_CENTER if kind is Kind.UNKNOWN else kind
    return _MAKERS[kind](who)


def unique_id(principal_id: str | None) -> str | None:
    """The AIDA… or AROA… of a principalId; None where there is none or it is masked."""
    head = (principal_id or "").split(":", 1)[0].strip()
    return head if _UNIQUE_ID.fullmatch(head) else None


@lru_cache(maxsize=16_384)
def account_of(arn: str | None) -> str | None:
    """The account field of an ARN."""
    parts = (arn or "").split(":", 5)
    return parts[4] or None if len(parts) == 6 else None


def iam_role_arn(sts_arn: str | None) -> str | None:
    """The role's ARN, without the path that the STS ARN drops; None where it is no assumed-role ARN."""
    parts = (sts_arn or "").split(":", 5)
    if len(parts) < 6 or not parts[5].startswith("assumed-role/"):
        return None
    return f"{parts[0]}:{parts[1]}:iam::{parts[4]}:role/{parts[5].split('/')[1]}"


def _user(who: Who) -> Identity:
    unique = unique_id(who.principal_id)
    name = who.user_name or _last(who.arn)
    key = (
        f"user:{who.account}:{unique}"
        if unique
        else f"user:{who.arn or _joined(who.account, who.principal_id or name)}"
    )
    return _made(Kind.USER, key, who, arn=who.arn, unique=unique, person=who.source_identity or name)


def _role(who: Who) -> Identity:
    """A role's session. Identity Center's roles are one identity for each person, who is the session's name."""
    unique = unique_id(who.principal_id)
    session = who.session or _session_name(who.principal_id, who.arn)
    issued = who.issuer_arn if ":role/" in (who.issuer_arn or "") else None
    arn = issued or iam_role_arn(who.arn) or who.issuer_arn or who.arn
    key = f"role:{who.account}:{unique}" if unique else f"role:{arn or who.account}"
    if not _is_portal_role(arn):
        return _made(Kind.ROLE, key, who, arn=arn, unique=unique, session=session, person=_person(session))
    return _made(Kind.ROLE, f"{key}:{session}", who, arn=arn, unique=unique, session=session, person=session)


def _is_portal_role(arn: str | None) -> bool:
    """True for a role of Identity Center; a role of that name under another path is somebody's own."""
    path, _, name = (role_path(arn) or "").rpartition("/")
    return name.startswith(_SSO) and (not path or path.startswith(_SSO_PATH))


def _foreign(who: Who) -> Identity:
    """Another account's caller, named by principalId only; the key is the one its own account's records give."""
    unique = unique_id(who.principal_id)
    session = _session_name(who.principal_id, None)
    owner = {"AIDA": "user", "AROA": "role"}.get((unique or "")[:4])
    named = who.principal_id if who.principal_id != who.account else None
    key = f"{owner}:{who.account}:{unique}" if owner else f"account:{_joined(who.account, named)}"
    return _made(Kind.ACCOUNT, key, who, arn=who.arn, unique=unique, session=session, person=_person(session))


def _root(who: Who) -> Identity:
    arn = who.arn or (f"arn:aws:iam::{who.account}:root" if who.account else None)
    return _made(Kind.ROOT, f"root:{who.account or who.principal_id}", who, arn=arn)


def _federated_user(who: Who) -> Identity:
    name = _last(who.arn) or (who.principal_id or "").partition(":")[2] or who.user_name
    key = f"federated_user:{who.account}:{name}"
    return _made(Kind.FEDERATED_USER, key, who, arn=who.arn, session=name, person=name)


def _outside(who: Who) -> Identity:
    """A subject of a SAML or OpenID Connect provider."""
    kind = _KINDS[who.type or ""]
    issuer, _, subject = (who.principal_id or "").rpartition(":")
    name = who.user_name or subject
    return _made(kind, f"{kind}:{who.provider or issuer}:{name}", who, person=_person(name))


def _portal_user(who: Who) -> Identity:
    key = f"identity_center:{who.store_arn}:{who.store_user or who.principal_id or who.user_name}"
    return _made(Kind.IDENTITY_CENTER, key, who, unique=who.store_user, person=who.user_name)


def _service(who: Who) -> Identity:
    return _made(Kind.SERVICE, f"service:{who.provider or who.principal_id}", who)


def _unknown(who: Who) -> Identity:
    shown = who.principal_id or who.arn or who.user_name or who.provider
    return _made(Kind.UNKNOWN, f"unknown:{who.type or ''}:{who.account or ''}:{shown or ''}", who, arn=who.arn)


_MAKERS = {
    Kind.USER: _user,
    Kind.ROLE: _role,
    Kind.FEDERATED_USER: _federated_user,
    Kind.SAML: _outside,
    Kind.WEB_IDENTITY: _outside,
    Kind.IDENTITY_CENTER: _portal_user,
    Kind.ROOT: _root,
    Kind.ACCOUNT: _foreign,
    Kind.SERVICE: _service,
    Kind.UNKNOWN: _unknown,
}


def _made(
    kind: Kind,
    key: str,
    who: Who,
    *,
    arn: str | None = None,
    unique: str | None = None,
    session: str | None = None,
    person: str | None = None,
) -> Identity:
    if len(key) > _LONGEST_KEY:
        key = f"{key[:300]}~{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:32]}"
    return Identity(
        key=key,
        kind=kind,
        arn=arn or None,
        account=who.account or None,
        unique_id=unique,
        session_name=session or None,
        person=who.source_identity or person or None,
        issuer=_issuer(who) if kind is Kind.FEDERATED_USER else None,
        store_user=who.store_user if who.store_user and _STORE_USER.fullmatch(who.store_user) else "",
    )


def _issuer(who: Who) -> tuple[str, str] | None:
    """The IAM user that minted a federated user; None where the record names none by its unique id."""
    arn, unique = who.issuer_arn or "", unique_id(who.issuer_id) or ""
    is_user = arn.split(":", 5)[-1].startswith("user/") and unique.startswith("AIDA")
    return (arn, unique) if is_user and account_of(arn) == who.account else None


def _joined(account: str | None, name: str | None) -> str:
    return f"{account}:{name}" if name else f"{account}"


def _by_shape(arn: str | None, principal_id: str | None) -> Kind:
    """The kind where the record does not say it: by the ARN's resource, else by the unique id's prefix."""
    resource = (arn or "").split(":", 5)[-1]
    for start, kind in (("assumed-role/", Kind.ROLE), ("role/", Kind.ROLE), ("user/", Kind.USER)):
        if resource.startswith(start):
            return kind
    if resource.startswith("federated-user/"):
        return Kind.FEDERATED_USER
    if resource == "root":
        return Kind.ROOT
    return {"AIDA": Kind.USER, "AROA": Kind.ROLE}.get((principal_id or "")[:4], Kind.UNKNOWN)


def _session_name(principal_id: str | None, arn: str | None) -> str | None:
    name = (principal_id or "").partition(":")[2].strip()
    if name or not arn:
        return name or None
    parts = arn.split(":", 5)[-1].split("/", 2)
    return parts[2] if parts[0] == "assumed-role" and len(parts) == 3 else None


def _last(arn: str | None) -> str | None:
    return arn.rsplit("/", 1)[1] if arn and "/" in arn else None


def _person(name: str | None) -> str | None:
    return name if name and _PERSON.fullmatch(name) else None

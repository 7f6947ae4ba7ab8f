"""Who knocks at a role's door, with what STS then knows of them."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from trust.principal import Kind, Principal
from trust.truth import FALSE, TRUE, UNKNOWN, Truth, some, truth


class Door(StrEnum):
    """The calls that end in a session of the role. They are different doors."""

    ASSUME_ROLE = "sts:AssumeRole"
    SAML = "sts:AssumeRoleWithSAML"
    WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"


Brings = Mapping[str, tuple[str, ...] | None]


class Caller(NamedTuple):
    """A caller. `kind` is USER, ROLE (a session of it), FEDERATED_USER, SERVICE, SAML or OIDC; `name` the ARN of the
    user, role or provider, or the service or host.

    `brings` has condition keys (small letters) with their values, none where the key is absent, None where that is not
    known; of other keys nothing is known (the answer then depends), or with `complete` that they are absent.
    """

    kind: Kind
    account: str = ""
    name: str = ""
    session: str | None = None
    brings: Brings = MappingProxyType({})
    complete: bool = False

    @property
    def door(self) -> Door:
        """The only call that this kind of caller can make."""
        if self.kind is Kind.SAML:
            return Door.SAML
        return Door.WEB_IDENTITY if self.kind is Kind.OIDC else Door.ASSUME_ROLE

    @property
    def partition(self) -> str:
        """The partition of its ARN; empty where it has none."""
        return self.name.split(":", 2)[1] if self.name.startswith("arn:") else ""

    def brought(self, key: str) -> tuple[str, ...] | None:
        """What is brought for a key."""
        return self.brings.get(key, () if self.complete else None)


def aws_caller(arn: str, *, session: str | None = None, brings: Brings | None = None, complete: bool = False) -> Caller:
    """A user or a role's session by the ARN of the user or role, with the keys that follow from it."""
    parts = arn.split(":", 5)
    account, resource = (parts[4], parts[5]) if len(parts) == 6 else ("", "")
    kind = Kind.USER if resource.startswith("user/") else Kind.ROLE
    told: dict[str, tuple[str, ...] | None] = {
        "aws:principalarn": (arn,),
        "aws:principalaccount": (account,),
        "aws:principaltype": ("User" if kind is Kind.USER else "AssumedRole",),
        "aws:principalisawsservice": ("false",),
        "aws:viaawsservice": ("false",),
        "aws:securetransport": ("true",),
        "aws:username": (resource.rsplit("/", 1)[-1],) if kind is Kind.USER else (),
        **dict.fromkeys(SERVICE_KEYS, ()),
    }
    return Caller(kind, account, arn, session, told | dict(brings or {}), complete)


SERVICE_KEYS = (
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:principalservicename",
    "aws:principalservicenameslist",
)
"""Absent unless an AWS service calls for itself."""


def is_meant(principals: tuple[Principal, ...], caller: Caller) -> Truth:
    """Whether one of the entries is this caller."""
    return some(_is(each, caller) for each in principals)


def is_excepted(principals: tuple[Principal, ...], caller: Caller) -> Truth:
    """Whether `NotPrincipal` leaves this caller out: certain where the caller and its account are both listed, or
    neither; AWS documents no more than that."""
    if any(each.kind is Kind.ANYONE for each in principals):
        return TRUE
    account = some(_is(each, caller) for each in principals if each.kind is Kind.ACCOUNT)
    itself = some(_is(each, caller) for each in principals if each.kind is not Kind.ACCOUNT)
    if caller.kind in (Kind.SERVICE, Kind.SAML, Kind.OIDC):
        return itself
    return itself if itself is account else UNKNOWN


def _is(principal: Principal, caller: Caller) -> Truth:
    if principal.kind is Kind.ANYONE:
        is_aws = caller.kind in (Kind.USER, Kind.ROLE, Kind.FEDERATED_USER)
        return TRUE if is_aws or principal.bare else UNKNOWN
    if principal.kind is Kind.DELETED:
        return FALSE
    if principal.kind is Kind.ANY_PROVIDER:
        return truth(caller.kind in (Kind.SAML, Kind.OIDC))
    if caller.kind in (Kind.SAML, Kind.OIDC, Kind.SERVICE):
        wanted = principal.name if caller.kind is Kind.SERVICE else principal.text
        return truth(principal.kind is caller.kind and wanted == caller.name)
    return _is_aws(principal, caller)


def _is_aws(principal: Principal, caller: Caller) -> Truth:
    if principal.partition and caller.partition and principal.partition != caller.partition:
        return FALSE
    if principal.account != caller.account:
        return FALSE
    if principal.kind is Kind.ACCOUNT:
        return TRUE
    if principal.kind is Kind.SESSION:
        return _is_session(principal, caller)
    return truth(principal.kind is caller.kind and principal.text == caller.name)


def _is_session(principal: Principal, caller: Caller) -> Truth:
    """An STS ARN has the role's name without its path."""
    _, role, session = principal.name.split("/")
    if caller.kind is not Kind.ROLE or caller.name.rsplit("/", 1)[-1] != role:
        return FALSE
    return UNKNOWN if caller.session is None else truth(caller.session == session)

"""Who a statement names: principals of a trust policy, by kind."""

import re
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What sort of principal an entry is."""

    ANYONE = "anyone"
    ACCOUNT = "account"
    USER = "user"
    ROLE = "role"
    SESSION = "session"
    FEDERATED_USER = "federated user"
    DELETED = "deleted principal"
    SERVICE = "service"
    SAML = "SAML provider"
    OIDC = "OIDC provider"
    ANY_PROVIDER = "any provider"


AWS_KINDS = frozenset(
    (Kind.ANYONE, Kind.ACCOUNT, Kind.USER, Kind.ROLE, Kind.SESSION, Kind.FEDERATED_USER, Kind.DELETED)
)
PROVIDERS = frozenset((Kind.SAML, Kind.OIDC, Kind.ANY_PROVIDER))


class Principal(NamedTuple):
    """One entry. `account` and `partition` are empty where it has none; `name` is that of the provider or service, or
    what an ARN says last."""

    kind: Kind
    text: str
    account: str = ""
    partition: str = ""
    name: str = ""
    bare: bool = False
    """Whether it is `"Principal": "*"` and not an entry of `AWS`."""


PARTITION = r"aws(?:-cn|-us-gov|-iso|-iso-[a-z]|-eusc)?"
_ACCOUNT = re.compile(r"\d{12}")
_UNIQUE = re.compile(r"(?:AIDA|AROA|AGPA|ANPA|AIPA|ASIA|AKIA)[A-Z0-9]{8,124}")
_ARN = re.compile(rf"arn:({PARTITION}):(iam|sts)::(\d{{12}}):(.+)", re.DOTALL)
_PATH = r"(?:[\x21-\x7e]+/)?"
_NAME = r"[\w+=,.@-]{1,128}"
_RESOURCES = {
    "iam": (
        (re.compile(r"root"), Kind.ACCOUNT),
        (re.compile(rf"user/{_PATH}{_NAME}", re.ASCII), Kind.USER),
        (re.compile(rf"role/{_PATH}{_NAME}", re.ASCII), Kind.ROLE),
    ),
    "sts": (
        (re.compile(rf"assumed-role/{_NAME}/[\w+=,.@-]{{2,64}}", re.ASCII), Kind.SESSION),
        (re.compile(r"federated-user/[\w+=,.@:-]{2,128}", re.ASCII), Kind.FEDERATED_USER),
    ),
}
_PROVIDER = re.compile(rf"arn:({PARTITION}):iam::(\d{{12}}):(saml|oidc)-provider/(\S+)")
_SERVICE = re.compile(
    r"[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.(?:amazonaws\.(?:com(?:\.cn)?|eu)|amazon\.com|aws|aws\.internal|"
    r"aws\.dev|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)",
    re.IGNORECASE,
)
_HOSTS = frozenset(("accounts.google.com", "cognito-identity.amazonaws.com", "graph.facebook.com", "www.amazon.com"))
"""Web identity providers that need no provider in IAM."""

ANYONE = Principal(Kind.ANYONE, "*", bare=True)


def aws(text: str) -> Principal | str:
    """An entry of `AWS`; else why IAM would reject it."""
    if text == "*":
        return Principal(Kind.ANYONE, text)
    if _ACCOUNT.fullmatch(text):
        return Principal(Kind.ACCOUNT, text, text)
    if _UNIQUE.fullmatch(text):
        return Principal(Kind.DELETED, text)
    return _arn(text)


def _arn(text: str) -> Principal | str:
    if re.search(r"[*?]", text):
        return "a wildcard inside a principal is not supported; only a whole `*` is"
    found = _ARN.fullmatch(text)
    if found is None:
        return "is no account id, ARN of an account, user, role or session, unique id, or `*`"
    partition, service, account, resource = found.groups()
    for shape, kind in _RESOURCES[service]:
        if shape.fullmatch(resource):
            return Principal(kind, text, account, partition, resource)
    return "only accounts, users, roles and their sessions can be principals"


def service(text: str) -> Principal | str:
    """An entry of `Service`; else why IAM would reject it."""
    if _SERVICE.fullmatch(text):
        return Principal(Kind.SERVICE, text, name=text.lower())
    return "is no AWS service, which are written like `ec2.amazonaws.com`"


def federated(text: str) -> Principal | str:
    """An entry of `Federated`; else why IAM would reject it."""
    if text == "*":
        return Principal(Kind.ANY_PROVIDER, text)
    if text.lower() in _HOSTS:
        return Principal(Kind.OIDC, text, name=text.lower())
    found = None if re.search(r"[*?]", text) else _PROVIDER.fullmatch(text)
    if found is None:
        return "is no ARN of a SAML or OIDC provider, nor a web identity provider that IAM knows by its host"
    partition, account, kind, name = found.groups()
    if kind == "saml":
        return Principal(Kind.SAML, text, account, partition, name)
    return Principal(Kind.OIDC, text, account, partition, name.lower())

"""Who acts: one stable key for every kind of AWS identity."""

from enum import StrEnum

from model.frozen import Frozen, added


class Kind(StrEnum):
    """The kinds of identity that CloudTrail tells apart."""

    USER = "user"
    ROLE = "role"
    FEDERATED_USER = "federated_user"
    SAML = "saml"
    WEB_IDENTITY = "web_identity"
    IDENTITY_CENTER = "identity_center"
    ROOT = "root"
    ACCOUNT = "account"
    SERVICE = "service"
    UNKNOWN = "unknown"


class Identity(Frozen):
    """An identity as a record names it.

    `key` never changes for one identity: two records of the same identity carry the same key, and a re-created
    user or role (same name, other unique id) carries another. `arn` is the IAM ARN with its path where known (for
    a role session: the role's ARN). `unique_id` is AIDA… / AROA…. `person` is who the session name, source
    identity or user name says it is, exactly as written by whoever started the session: never trusted as a name.
    `issuer` is the ARN and unique id of the IAM user that minted a federated user; `store_user` the id of a person in
    IAM Identity Center, whatever role they are in.
    """

    key: str
    kind: Kind
    arn: str | None = None
    account: str | None = None
    unique_id: str | None = None
    session_name: str | None = None
    person: str | None = None
    issuer: tuple[str, str] | None = added(None)
    store_user: str = added("")

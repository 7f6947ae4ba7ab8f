"""Who signs: roles and users as IAM has them, callers as records name them, and where they call from."""

from dataclasses import dataclass
from typing import Any, NamedTuple

Json = dict[str, Any]


class Role(NamedTuple):
    """A role; its ARN has the path, the ARNs of its sessions have not."""

    account: str
    name: str
    id: str
    path: str = "/"

    @property
    def arn(self) -> str:
        """Its ARN in IAM."""
        return f"arn:aws:iam::{self.account}:role{self.path}{self.name}"


class User(NamedTuple):
    """A user with one long-term access key."""

    account: str
    name: str
    id: str
    key: str

    @property
    def arn(self) -> str:
        """Its ARN."""
        return f"arn:aws:iam::{self.account}:user/{self.name}"


class Place(NamedTuple):
    """Where calls come from: address, tool, region."""

    ip: str
    agent: str
    region: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: `told` is the userIdentity of their own account's records, `id` what other accounts see of them.

    `hops` are the ARNs of the roles that led here, the origin's ARN first.
    """

    account: str
    id: str
    told: Json
    key: str
    hops: tuple[str, ...]

    @property
    def origin(self) -> str:
        """The ARN of who began."""
        return self.hops[0]


def by_user(user: User, key: str | None = None, creation: str = "") -> Caller:
    """A user with the long-term key, or with a temporary one of GetSessionToken, made at `creation`."""
    told: Json = {
        "type": "IAMUser",
        "principalId": user.id,
        "arn": user.arn,
        "accountId": user.account,
        "accessKeyId": key or user.key,
        "userName": user.name,
    }
    if key:
        told["sessionContext"] = {"attributes": {"creationDate": creation, "mfaAuthenticated": "true"}}
    return Caller(user.account, user.id, told, key or user.key, (user.arn,))


def by_role(
    role: Role, session: str, key: str, creation: str, hops: tuple[str, ...], extra: Json | None = None
) -> Caller:
    """A session of a role; `extra` goes into its sessionContext."""
    issuer = {
        "type": "Role",
        "principalId": role.id,
        "arn": role.arn,
        "accountId": role.account,
        "userName": role.name,
    }
    told: Json = {
        "type": "AssumedRole",
        "principalId": f"{role.id}:{session}",
        "arn": session_arn(role, session),
        "accountId": role.account,
        "accessKeyId": key,
        "sessionContext": {
            "sessionIssuer": issuer,
            "attributes": {"creationDate": creation, "mfaAuthenticated": "false"},
            **(extra or {}),
        },
    }
    return Caller(role.account, f"{role.id}:{session}", told, key, (*hops, role.arn))


def session_arn(role: Role, session: str) -> str:
    """The STS ARN of a session: without the role's path."""
    return f"arn:aws:sts::{role.account}:assumed-role/{role.name}/{session}"


def outsider(account: str, principal_id: str) -> Caller:
    """Somebody of an account whose trail is not ours."""
    return Caller(account, principal_id, {}, "", (f"arn:aws:iam::{account}:root",))

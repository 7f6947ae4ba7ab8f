"""IAM as it was configured at one moment: the roles and users of accounts, with the documents that bind them."""

from typing import NamedTuple

import msgspec

from model.errors import Malformed

_FIELDS = 6


class Permissions(msgspec.Struct, frozen=True):
    """What an identity may do: its own and its groups' policies, and its boundary, as JSON texts.

    `missing` names what is attached and whose document the files do not hold. `known` is False where the files say
    nothing of policies at all (a role's JSON alone): then anything may be allowed.
    """

    policies: tuple[str, ...] = ()
    boundary: str | None = None
    missing: tuple[str, ...] = ()
    known: bool = True


class Role(msgspec.Struct, frozen=True):
    """A role. `trust` is the JSON text of its trust policy; `last_used` as AWS writes it, empty where it never was."""

    arn: str
    account: str
    unique_id: str
    trust: str
    max_session_s: int = 3600
    tags: tuple[tuple[str, str], ...] = ()
    permissions: Permissions = Permissions()
    last_used: str = ""
    file: str = ""


class User(msgspec.Struct, frozen=True):
    """An IAM user."""

    arn: str
    account: str
    unique_id: str
    tags: tuple[tuple[str, str], ...] = ()
    permissions: Permissions = Permissions()
    file: str = ""


class Trouble(NamedTuple):
    """What of a file could not be read, and what to do about it."""

    file: str
    why: str


class Snapshot(msgspec.Struct, frozen=True):
    """What the files hold. `accounts` are those that a role or user of them was read of."""

    roles: tuple[Role, ...] = ()
    users: tuple[User, ...] = ()
    troubles: tuple[Trouble, ...] = ()

    @property
    def accounts(self) -> frozenset[str]:
        """The accounts that are in it."""
        return frozenset({role.account for role in self.roles} | {user.account for user in self.users})


class Arn(NamedTuple):
    """An ARN's parts."""

    partition: str
    service: str
    account: str
    resource: str

    @property
    def name(self) -> str:
        """The last part of the resource."""
        return self.resource.rsplit("/", 1)[-1]


def arn_of(text: str) -> Arn:
    """The parts of an ARN. Raises Malformed where it is none."""
    parts = text.split(":", _FIELDS - 1)
    if len(parts) != _FIELDS or parts[0] != "arn":
        raise Malformed("not an ARN")
    return Arn(parts[1], parts[2], parts[4], parts[5])

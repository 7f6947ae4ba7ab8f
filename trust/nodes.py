"""The nodes of the trust graph, as numbers, and what each of them is."""

from enum import Enum
from typing import NamedTuple

from trust.snapshot import Role, Snapshot, User, arn_of


class Kind(Enum):
    """What a node is; joins are crowds and bundles of roles that nobody sees."""

    ROLE = "role"
    USER = "user"
    ACCOUNT = "account"
    PRINCIPAL = "principal"
    SERVICE = "service"
    PROVIDER = "identity provider"
    CUSTOMERS = "anybody's tokens of an identity provider"
    ANYONE = "any AWS account"


ANYONE = "*"
"""The name of the node that stands for everybody."""


class Node(NamedTuple):
    """One node that can be a begin. `name` is its ARN, account id, or service, of CUSTOMERS the provider's; `account`
    empty where it has none."""

    kind: Kind
    name: str
    account: str = ""


class Nodes:
    """Every begin and every role: roles first, then users, then what trust policies name beside them."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.roles: tuple[Role, ...] = snapshot.roles
        self.users: tuple[User, ...] = snapshot.users
        self.all: list[Node] = [Node(Kind.ROLE, role.arn, role.account) for role in self.roles]
        self.all += [Node(Kind.USER, user.arn, user.account) for user in self.users]
        self.at = {node.name: number for number, node in enumerate(self.all)}
        self.principals: list[Role | User] = [*self.roles, *self.users]
        self.by_id = {each.unique_id: at for at, each in enumerate(self.principals) if each.unique_id}
        self._named: dict[tuple[str, str], int] | None = None
        self.principals_of: dict[str, list[int]] = {}
        for number, node in enumerate(self.all):
            self.principals_of.setdefault(node.account, []).append(number)

    def __len__(self) -> int:
        return len(self.all)

    def role_named(self, account: str, name: str) -> int | None:
        """The role of that name, whatever its path: an account has no two."""
        if self._named is None:
            self._named = {(role.account, role.arn.rsplit("/", 1)[-1]): at for at, role in enumerate(self.roles)}
        return self._named.get((account, name))

    def place(self, kind: Kind, name: str) -> int:
        """The number of what a trust policy names, a new one where it is new."""
        key = f"{ANYONE} {name}" if kind is Kind.CUSTOMERS else name
        found = self.at.get(key)
        if found is None:
            found = self.at[key] = len(self.all)
            self.all.append(Node(kind, name, _account(kind, name)))
        return found


def _account(kind: Kind, name: str) -> str:
    """Strangers are of no account, whosever provider vouches for them."""
    if kind is Kind.ACCOUNT:
        return name
    return arn_of(name).account if name.startswith("arn:") and kind not in (Kind.ANYONE, Kind.CUSTOMERS) else ""

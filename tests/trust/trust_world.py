"""Snapshots of small organisations, written as their policies."""

import json
from typing import Any

from model.organization import Organization, organization_from
from trust.graph import TrustGraph
from trust.snapshot import Permissions, Role, Snapshot, User

HUB, DEV, PROD, STRANGE = "111111111111", "222222222222", "333333333333", "999999999999"
ORG_ID = "o-ours123456"
ACCOUNTS = {
    HUB: {"name": "hub", "environment": "shared"},
    DEV: {"name": "dev", "environment": "development"},
    PROD: {"name": "prod", "environment": "production"},
}
ORGANIZATION = organization_from({"org_id": ORG_ID, "accounts": ACCOUNTS})


def role_arn(account: str, name: str) -> str:
    return f"arn:aws:iam::{account}:role/{name}"


def user_arn(account: str, name: str) -> str:
    return f"arn:aws:iam::{account}:user/{name}"


def root(account: str) -> str:
    return f"arn:aws:iam::{account}:root"


def trust(principal: Any = "*", condition: Any = None, action: str = "sts:AssumeRole") -> dict[str, Any]:
    named = {"AWS": principal} if isinstance(principal, str | list) else principal
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": named, "Action": action}
    return {**statement, **({"Condition": condition} if condition else {})}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def may(resource: str | list[str] = "*", **more: Any) -> Permissions:
    return Permissions((document({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": resource, **more}),))


def role(
    account: str, name: str, *statements: dict[str, Any], permissions: Permissions | None = None, unique_id: str = ""
) -> Role:
    text = document(*(statements or (trust(root(account)),)))
    return Role(role_arn(account, name), account, unique_id, text, permissions=permissions or Permissions())


def user(account: str, name: str, permissions: Permissions | None = None) -> User:
    return User(user_arn(account, name), account, "", permissions=permissions or Permissions())


def graph(*principals: Role | User, organization: Organization = ORGANIZATION, now: float | None = None) -> TrustGraph:
    roles = tuple(each for each in principals if isinstance(each, Role))
    users = tuple(each for each in principals if isinstance(each, User))
    return TrustGraph(Snapshot(roles, users), organization, now)


def comes_to(made: TrustGraph, name: str, hops: int = 1, *, freely: bool = False) -> list[str]:
    """The accounts and roles that somebody comes to in so many hops."""
    (begin,) = made.find(name)
    ways = made.ways([begin], freely=freely)
    found = [node for node, (hop, _) in ways.items() if 0 < hop <= hops and node < len(made.nodes.roles)]
    return sorted(made.nodes.all[node].name for node in found)


def arns(*names: tuple[str, str]) -> list[str]:
    return sorted(role_arn(*each) for each in names)

"""What IAM says of a role or user right now, and what of that a plan needs."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

from model.containment_documents import ROLE_QUOTA, USER_QUOTA, size_of
from model.frozen import Frozen

MANAGED_QUOTA = 10
"""Managed policies that a role or user may have attached (AWS's default)."""


class InlinePolicy(Frozen):
    """One inline policy: its name and its document as compact JSON."""

    name: str
    document: str


class PrincipalState(Frozen):
    """A role or user as read from IAM. `read_at` is the time of AWS's answer (its `Date`, whole seconds, UTC), never
    this machine's clock; `keys` are a user's access key ids, each with whether it is active; `trust` is a role's trust
    policy and `boundary` the ARN of the permissions boundary, empty for none."""

    arn: str
    unique_id: str
    name: str
    path: str
    policies: tuple[InlinePolicy, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    keys: tuple[tuple[str, bool], ...] = ()
    trust: str = ""
    boundary: str = ""
    read_at: datetime


class Door(Frozen):
    """One way into a role, as its trust policy allows it: by an AWS principal (`who` is an account id, an ARN, a unique
    id or `*`), a service, or a SAML or OpenID Connect provider."""

    kind: Literal["aws", "service", "saml", "oidc"]
    who: str


class PrincipalFacts(Frozen):
    """What a plan needs to know of one role or user. `arn` is as it was asked for, `found` as IAM
    has it, with its path.

    `room`: characters left for inline policies; `attached`: managed policies attached. `others`: who else assumed the
    role in the last hour, the chain itself left out; None where that is not known. `console`: the user has a password.
    """

    arn: str
    found: str
    unique_id: str
    room: int
    attached: int = 0
    doors: tuple[Door, ...] = ()
    others: tuple[str, ...] | None = None
    console: bool = False


def room_of(state: PrincipalState) -> int:
    """Characters that are left for inline policies."""
    quota = USER_QUOTA if state.unique_id.startswith("AIDA") else ROLE_QUOTA
    return quota - sum(size_of(policy.document) for policy in state.policies)


def doors_of(trust: str) -> tuple[Door, ...]:
    """The ways into a role that its trust policy names in an Allow; conditions may close some of them."""
    try:
        statements = json.loads(trust)["Statement"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return ()
    each = statements if isinstance(statements, list) else [statements]
    return tuple(dict.fromkeys(door for one in each if isinstance(one, dict) for door in _doors(one)))


def _doors(statement: dict[str, Any]) -> Iterator[Door]:
    if statement.get("Effect") != "Allow":
        return
    principal = statement.get("Principal", "*")
    named = principal if isinstance(principal, dict) else {"AWS": "*"}
    for kind, values in named.items():
        for value in values if isinstance(values, list) else [values]:
            if isinstance(value, str):
                yield _door(kind, value)


def _door(kind: str, value: str) -> Door:
    if kind == "Service":
        return Door(kind="service", who=value)
    if kind == "Federated":
        return Door(kind="saml" if ":saml-provider/" in value else "oidc", who=value)
    return Door(kind="aws", who=value)

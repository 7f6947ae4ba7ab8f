"""How much depends on a role: what its tags or its account say, else what it may do."""

import json
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from model.text import code
from trust.snapshot import Permissions
from trust.wildcard import matches, pattern


class Tier(StrEnum):
    """The values of `tier`, the most important first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


MOST_HOURS = {Tier.CRITICAL: 1, Tier.HIGH: 2, Tier.MEDIUM: 4, Tier.LOW: 12}
"""The longest session, in hours."""
AGAIN_S = {Tier.CRITICAL: 60, Tier.HIGH: 900, Tier.MEDIUM: 3600, Tier.LOW: 86_400}
"""How often what is live is looked at again, in seconds."""
TAGS = ("hopstop-tier", "risk-tier", "risktier", "tier", "criticality")
_ORDER = tuple(Tier)


class Ranked(NamedTuple):
    """A tier and why it is that."""

    tier: Tier
    why: str


_TAKES_OVER = (
    *("iam:PutRolePolicy", "iam:PutUserPolicy", "iam:PutGroupPolicy", "iam:AttachRolePolicy", "iam:AttachUserPolicy"),
    *("iam:AttachGroupPolicy", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:UpdateAssumeRolePolicy"),
    *("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile", "iam:AddUserToGroup"),
    *("sts:AssumeRoot", "organizations:AttachPolicy", "organizations:DetachPolicy", "sso:CreateAccountAssignment"),
)
"""Who may do one of these to everything may become anybody."""
_REACHES_DATA = (
    *(
        "iam:PassRole",
        "sts:AssumeRole",
        "secretsmanager:GetSecretValue",
        "kms:Decrypt",
        "s3:GetObject",
        "s3:DeleteObject",
    ),
    *("dynamodb:GetItem", "dynamodb:DeleteTable", "rds:DeleteDBInstance", "lambda:UpdateFunctionCode"),
    *("ssm:SendCommand", "ssm:StartSession", "ec2:RunInstances", "kms:ScheduleKeyDeletion", "ecs:ExecuteCommand"),
    *("cloudtrail:StopLogging", "events:PutEvents", "codebuild:StartBuild", "cloudformation:CreateStack"),
)
_READS = ("get", "list", "describe", "view", "head", "lookup", "batchget", "check", "search", "estimate")
_NAMED = {
    "AdministratorAccess": Tier.CRITICAL,
    "IAMFullAccess": Tier.CRITICAL,
    "AWSOrganizationsFullAccess": Tier.CRITICAL,
    "PowerUserAccess": Tier.HIGH,
    "SystemAdministrator": Tier.HIGH,
    "ReadOnlyAccess": Tier.HIGH,
    "ViewOnlyAccess": Tier.LOW,
    "SecurityAudit": Tier.LOW,
}


def rank(tags: tuple[tuple[str, str], ...], account_tier: str, permissions: Permissions | None) -> Ranked:
    """The tier of a role. Without any hint it is medium, and said to be."""
    for key, value in tags:
        if key.lower() in TAGS and (found := _tier(value)):
            return Ranked(found, f"its tag {code(key)}")
    if found := _tier(account_tier):
        return Ranked(found, "its account's tier")
    if permissions is None or not permissions.known:
        return Ranked(Tier.MEDIUM, "what it may do is not known here")
    return _by_permissions(permissions)


def _tier(text: str) -> Tier | None:
    return Tier(text.strip().lower()) if text.strip().lower() in _ORDER else None


def _by_permissions(permissions: Permissions) -> Ranked:
    found = [_ranked(text) for text in permissions.policies]
    for arn in permissions.missing:
        if (name := arn.rsplit("/", 1)[-1]) in _NAMED:
            found.append(Ranked(_NAMED[name], f"it has {code(name)}"))
        else:
            found.append(Ranked(Tier.MEDIUM, f"{code(name)} is attached, and its document is not here"))
    return min(found, key=lambda one: _ORDER.index(one.tier), default=Ranked(Tier.LOW, "it may do nothing"))


@lru_cache(maxsize=8192)
def _ranked(text: str) -> Ranked:
    allowed = list(_everywhere(text))
    for names, tier in ((_TAKES_OVER, Tier.CRITICAL), (_REACHES_DATA, Tier.HIGH)):
        for name in names:
            if any(_covers(each, name) for each in allowed):
                return Ranked(tier, f"it may {code(name)} everywhere")
    if any(_writes(each) for each in _allowed(text)):
        return Ranked(Tier.MEDIUM, "it may change something")
    return Ranked(Tier.LOW, "it may only look")


def _covers(action: str, name: str) -> bool:
    return action in ("*", "*:*") or matches(pattern(action), name.lower())


def _writes(action: str) -> bool:
    return not action.rpartition(":")[2].startswith(_READS)


def _everywhere(text: str) -> Iterator[str]:
    """Actions that are allowed on every resource."""
    for statement in _allowing(text):
        if "NotResource" in statement or any(set(each) <= {"*", ":"} for each in _listed(statement.get("Resource"))):
            yield from _actions(statement)


def _allowed(text: str) -> Iterator[str]:
    for statement in _allowing(text):
        yield from _actions(statement)


def _actions(statement: dict[str, Any]) -> list[str]:
    return ["*"] if "NotAction" in statement else [each.lower() for each in _listed(statement.get("Action"))]


def _allowing(text: str) -> Iterator[dict[str, Any]]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return
    written = document.get("Statement") if isinstance(document, dict) else None
    for each in written if isinstance(written, list) else [written]:
        if isinstance(each, dict) and each.get("Effect") == "Allow":
            yield each


def _listed(value: Any) -> list[str]:
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]

"""A suggestion in the words of the tools that carry it out: a diff, CloudFormation, Terraform, a policy for all."""

import json
import re
from difflib import unified_diff
from typing import Any

from trust.suggest import Suggestion, document_of

Document = dict[str, Any]


def suggestion_fields(role: str, text: str, found: Suggestion, most_s: int | None = None) -> dict[str, Any]:
    """A suggestion as JSON; `most_s` is the role's longest session, in seconds, where it is known."""
    return {
        "policy": found.document,
        "changes": list(found.changes),
        "verified": found.verified,
        "denies": list(found.denies),
        "diff": diff(document_of(text), found.document),
        "cloudformation": cloudformation(role, found.document, most_s),
        "terraform": terraform(role, found.document, most_s),
        "advice": list(found.advice),
    }


def diff(old: Document, new: Document) -> str:
    """What changes, as a unified diff of both documents."""
    before, after = (json.dumps(each, indent=2).splitlines() for each in (old, new))
    return "\n".join(unified_diff(before, after, "trust policy", "suggested", lineterm="", n=2))


_ONLY_TRUST = "# The trust part of the role: keep its policies, tags and boundary as they are."


def cloudformation(role: str, document: Document, most_s: int | None = None) -> str:
    """A resource for a CloudFormation template (JSON is YAML). The path stays, since another one is another role."""
    name = re.sub(r"[^A-Za-z0-9]", "", _name(role).title()) or "Role"
    stays = {"RoleName": _name(role), "Path": _path(role), "MaxSessionDuration": most_s}
    body = json.dumps(document, indent=2).replace("\n", "\n      ")
    lines = [f"    {key}: {json.dumps(value)}" for key, value in stays.items() if value]
    head = [_ONLY_TRUST, f"{name}:", "  Type: AWS::IAM::Role", "  Properties:", *lines]
    return "\n".join([*head, "    AssumeRolePolicyDocument:", f"      {body}", ""])


def terraform(role: str, document: Document, most_s: int | None = None) -> str:
    """A resource for Terraform; what would be a template there is escaped. The path stays, as above."""
    name = re.sub(r"[^A-Za-z0-9_-]", "_", _name(role)) or "role"
    label = name if re.match(r"[A-Za-z_]", name) else f"role_{name}"
    stays = {"name": _name(role), "path": _path(role), "max_session_duration": most_s}
    body = json.dumps(document, indent=2).replace("${", "$${").replace("%{", "%%{").replace("\n", "\n  ")
    lines = [f"  {key} = {json.dumps(value)}" for key, value in stays.items() if value]
    return "\n".join(
        [
            _ONLY_TRUST,
            f'resource "aws_iam_role" "{label}" {{',
            *lines,
            f"  assume_role_policy = jsonencode({body})",
            "}",
            "",
        ]
    )


def _name(role: str) -> str:
    return role.rsplit("/", 1)[-1]


def _path(role: str) -> str:
    """The role's path, `/` where it has none; empty where only its name is known."""
    resource = role.partition(":role/")[2]
    return "/" + resource[: resource.rfind("/") + 1] if resource else ""


def deputy_policy(org_id: str) -> Document:
    """A resource control policy for the organisation: services that act for somebody else's resource are kept out of
    every role at once, where they say for whom they act."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "ServicesActForUsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sts:AssumeRole",
                "Resource": "*",
                "Condition": {
                    "StringNotEqualsIfExists": {"aws:SourceOrgID": org_id or "o-YOURORGANISATION"},
                    "Null": {"aws:SourceAccount": "false"},
                    "Bool": {"aws:PrincipalIsAWSService": "true"},
                },
            }
        ],
    }

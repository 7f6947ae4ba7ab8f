"""A suggestion in the words of the tools that carry it out: a diff, CloudFormation, Terraform, a policy for all."""

import json
import re
from difflib import unified_diff
from typing import Any

from trust.suggest import Suggestion, document_of

Document = dict[str, Any]


def suggestion_fields(role: str, text: str, found: Suggestion) -> dict[str, Any]:
    """A suggestion as JSON."""
    return {
        "policy": found.document,
        "changes": list(found.changes),
        "verified": found.verified,
        "denies": list(found.denies),
        "diff": diff(document_of(text), found.document),
        "cloudformation": cloudformation(role, found.document),
        "terraform": terraform(role, found.document),
        "advice": list(found.advice),
    }


def diff(old: Document, new: Document) -> str:
    """What changes, as a unified diff of both documents."""
    before, after = (json.dumps(each, indent=2).splitlines() for each in (old, new))
    return "\n".join(unified_diff(before, after, "trust policy", "suggested", lineterm="", n=2))


def cloudformation(role: str, document: Document) -> str:
    """A resource for a CloudFormation template (JSON is YAML)."""
    body = json.dumps(document, indent=2).replace("\n", "\n      ")
    name = re.sub(r"[^A-Za-z0-9]", "", _name(role).title()) or "Role"
    head = f"{name}:\n  Type: AWS::IAM::Role\n  Properties:\n    RoleName: {json.dumps(_name(role))}\n"
    return f"{head}    AssumeRolePolicyDocument:\n      {body}\n"


def terraform(role: str, document: Document) -> str:
    """A resource for Terraform; what would be a template there is escaped."""
    body = json.dumps(document, indent=2).replace("${", "$${").replace("%{", "%%{").replace("\n", "\n  ")
    name = re.sub(r"[^A-Za-z0-9_-]", "_", _name(role)) or "role"
    label = name if re.match(r"[A-Za-z_]", name) else f"role_{name}"
    head = f'resource "aws_iam_role" "{label}" {{\n  name = {json.dumps(_name(role))}\n'
    return f"{head}  assume_role_policy = jsonencode({body})\n}}\n"


def _name(role: str) -> str:
    return role.rsplit("/", 1)[-1]


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

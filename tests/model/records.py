"""Records as AWS writes them, for the tests of the front half."""

import json
from typing import Any

CALLER, OWNER = "111111111111", "222222222222"
ALICE = {
    "type": "IAMUser",
    "principalId": "AIDAALICE00000000001",
    "arn": f"arn:aws:iam::{CALLER}:user/alice",
    "accountId": CALLER,
    "accessKeyId": "AKIAALICE00000000001",
    "userName": "alice",
}
FOREIGN_ALICE = {"type": "AWSAccount", "principalId": "AIDAALICE00000000001", "accountId": CALLER}


def record(name: str = "DescribeInstances", **fields: Any) -> dict[str, Any]:
    made = {
        "eventVersion": "1.08",
        "userIdentity": ALICE,
        "eventTime": "2026-10-03T02:47:11Z",
        "eventSource": "ec2.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "192.0.2.10",
        "userAgent": "aws-cli/2.15",
        "eventID": "id-1",
        "recipientAccountId": CALLER,
        **fields,
    }
    return {key: value for key, value in made.items() if value is not ...}


def assume(
    role: str = "deploy", session: str = "s1", key: str = "ASIADEPLOY0000000001", **fields: Any
) -> dict[str, Any]:
    arn = f"arn:aws:iam::{OWNER}:role/team/{role}"
    return record(
        "AssumeRole",
        **{
            "eventSource": "sts.amazonaws.com",
            "requestParameters": {"roleArn": arn, "roleSessionName": session, "durationSeconds": 3600},
            "responseElements": {
                "credentials": {"accessKeyId": key, "sessionToken": "FwoGZXIvYXdzSECRETSECRET"},
                "assumedRoleUser": {
                    "arn": f"arn:aws:sts::{OWNER}:assumed-role/{role}/{session}",
                    "assumedRoleId": f"{role_id(role)}:{session}",
                },
            },
            "sharedEventID": f"shared-{key}",
            **fields,
        },
    )


def role_id(role: str) -> str:
    name = "".join(c for c in role.upper() if c.isalnum())[:17]
    return f"AROA{name:0<17}"


def session(
    role: str = "deploy", name: str = "s1", key: str | None = "ASIADEPLOY0000000001", account: str = OWNER
) -> dict[str, Any]:
    made = {
        "type": "AssumedRole",
        "principalId": f"{role_id(role)}:{name}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
        "accountId": account,
        "sessionContext": {
            "sessionIssuer": {
                "type": "Role",
                "principalId": role_id(role),
                "arn": f"arn:aws:iam::{account}:role/team/{role}",
                "accountId": account,
                "userName": role,
            }
        },
    }
    return {**made, "accessKeyId": key} if key else made


def dumped(value: Any) -> bytes:
    return json.dumps(value).encode()

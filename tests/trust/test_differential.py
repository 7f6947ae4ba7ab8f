"""The evaluator against others: an AWS stand-in that enforces trust policies, and a simulator where it is installed."""

import json
import os
import random
import shutil
import subprocess
from pathlib import Path

import boto3
import pytest

from tests.servers import Ministack, ministack
from tests.trust.policies import ORG, allow, deny, role, root, text, user
from trust.caller import aws_caller
from trust.evaluate import may_assume
from trust.policy import Policy, parse
from trust.truth import TRUE, UNKNOWN

__all__ = ["ministack"]

TARGET, FRIEND, STRANGER = "111111111111", "222222222222", "999999999999"
ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
VALUES = {
    "aws:PrincipalOrgID": [ORG, "o-*", "o-other12345", "*"],
    "aws:PrincipalAccount": [FRIEND, "2*", STRANGER],
    "aws:PrincipalArn": [role(FRIEND), f"arn:aws:iam::{FRIEND}:*", "arn:aws:iam::*:user/x"],
    "sts:ExternalId": ["abc", "ab?", "*", "${aws:PrincipalTag/team}"],
    "aws:PrincipalTag/team": ["abc", "x*"],
    "sts:RoleSessionName": ["build", "b*"],
}
OPERATORS = ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase"]


def simulator() -> tuple[str, str]:
    folder, node = os.environ.get("HOPSTOP_IAM_SIMULATE", ""), shutil.which("node")
    if not node or not (Path(folder) / "node_modules/@cloud-copilot/iam-simulate").is_dir():
        pytest.skip(
            "no outside simulator: install @cloud-copilot/iam-simulate, and name its folder HOPSTOP_IAM_SIMULATE"
        )
    return node, folder


def conditions(chance: random.Random):
    found: dict[str, dict] = {}
    for _ in range(chance.choice([0, 1, 1, 2])):
        key = chance.choice(sorted(VALUES))
        each = chance.choice(["", "", "", "ForAllValues:", "ForAnyValue:"])
        # AWS does not say what ForAnyValue and IfExists together make of a key that is absent; we and they differ.
        exists = "" if each == "ForAnyValue:" else chance.choice(["", "", "IfExists"])
        operator = each + chance.choice(OPERATORS) + exists
        if key == "aws:PrincipalArn" and chance.random() < 0.5:
            operator = chance.choice(["ArnLike", "ArnNotLike", "ArnEquals"])
        found.setdefault(operator, {})[key] = chance.sample(VALUES[key], chance.choice([1, 1, 2]))
    if chance.random() < 0.15:
        found["Null"] = {chance.choice(sorted(VALUES)): chance.choice(["true", "false"])}
    return found


def statement(chance: random.Random):
    principal = chance.choice(["*", root(FRIEND), role(FRIEND), user(FRIEND), root(STRANGER), FRIEND])
    action = chance.choice(
        ["sts:AssumeRole", "sts:Assume*", "*", "sts:TagSession", ["sts:TagSession", "sts:assumerole"]]
    )
    made = deny if chance.random() < 0.3 else allow
    return made([principal] if chance.random() < 0.3 else principal, conditions(chance), action)


def context(chance: random.Random, arn: str) -> dict[str, str]:
    account = arn.split(":")[4]
    told = {"aws:PrincipalAccount": account, "aws:PrincipalArn": arn, "sts:RoleSessionName": "build"}
    if chance.random() < 0.7:
        told["aws:PrincipalOrgID"] = ORG if account == FRIEND else "o-other12345"
    if chance.random() < 0.6:
        told["sts:ExternalId"] = chance.choice(["abc", "abd", "x"])
    if chance.random() < 0.6:
        told["aws:PrincipalTag/team"] = chance.choice(["abc", "xy"])
    return told


def test_it_agrees_with_an_outside_simulator():
    node, folder = simulator()
    chance = random.Random(7)
    asked, ours = [], []
    for _ in range(1500):
        document = text(*(statement(chance) for _ in range(chance.choice([1, 2, 3]))))
        arn = chance.choice([role(FRIEND), user(FRIEND), role(STRANGER), user(STRANGER, "y")])
        told = context(chance, arn)
        policy = parse(document)
        assert isinstance(policy, Policy)
        brings = {key.lower(): (value,) for key, value in told.items()}
        mine = may_assume(policy, aws_caller(arn, session="zz9", brings=brings, complete=True))
        if mine is UNKNOWN:
            continue  # a variable without a value under a negated operator: AWS does not say
        ours.append(mine is TRUE)
        asked.append(
            {
                "request": {
                    "principal": arn,
                    "action": "sts:AssumeRole",
                    "resource": {"resource": role(TARGET), "accountId": TARGET},
                    "contextVariables": told,
                },
                "identityPolicies": [{"name": "all", "policy": ALL}],
                "serviceControlPolicies": [],
                "resourceControlPolicies": [],
                "resourcePolicy": json.loads(document),
            }
        )
    script = Path(__file__).with_name("simulate.mjs")
    done = subprocess.run([node, script, folder], input=json.dumps(asked), capture_output=True, text=True, check=True)
    theirs = json.loads(done.stdout)
    apart = [
        (answer, mine, json.dumps(each["resourcePolicy"]), each["request"])
        for answer, mine, each in zip(theirs, ours, asked, strict=True)
        if (answer == "Allowed") is not mine
    ]
    assert [*map(str, apart)] == []
    assert 200 < sum(ours) < 1300


def sessions(server: Ministack, account: str) -> dict[str, boto3.Session]:
    """A user and a role's session of an account, by ARN; both may do everything."""
    iam = server.client("iam", server.root(account))
    iam.create_user(UserName="ana")
    iam.put_user_policy(UserName="ana", PolicyName="all", PolicyDocument=json.dumps(ALL))
    key = iam.create_access_key(UserName="ana")["AccessKey"]
    person = server.session(key["AccessKeyId"], key["SecretAccessKey"])
    iam.create_role(RoleName="ci", AssumeRolePolicyDocument=text(allow(root(account))))
    iam.put_role_policy(RoleName="ci", PolicyName="all", PolicyDocument=json.dumps(ALL))
    made = server.client("sts", person).assume_role(RoleArn=role(account, "ci"), RoleSessionName="build")["Credentials"]
    machine = server.session(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])
    return {user(account, "ana"): person, role(account, "ci"): machine}


def test_it_agrees_with_a_server_that_enforces_trust_policies(ministack):
    target, friend, stranger = (ministack.new_account() for _ in range(3))
    iam = ministack.client("iam", ministack.root(target))
    callers = sessions(ministack, friend) | sessions(ministack, stranger)
    external = {"StringEquals": {"sts:ExternalId": "abc"}}
    policies = [
        [allow("*")],
        [allow(root(friend))],
        [allow(friend)],
        [allow(user(friend, "ana"))],
        [allow(role(friend, "ci"))],
        [allow([role(friend, "ci"), user(stranger, "ana")])],
        [allow("*", external)],
        [allow(root(friend), external), allow(role(stranger, "ci"))],
        [allow("*", {"StringLike": {"sts:ExternalId": "a?c"}})],
        [allow("*", {"StringEqualsIfExists": {"sts:ExternalId": "abc"}})],
        [allow("*", {"StringNotEquals": {"sts:ExternalId": "abc"}})],
        [allow("*"), deny(root(stranger))],
        [allow("*"), deny(role(friend, "ci"))],
        [allow("*"), deny("*", external)],
        [allow("*", action="sts:*")],
        [allow("*", action="sts:Assume*")],
        [allow("*", action="sts:TagSession")],
        [allow("*", action=None, NotAction="sts:TagSession")],
        [allow({"Service": "ec2.amazonaws.com"})],
    ]
    apart, entered = [], 0
    for number, statements in enumerate(policies):
        document = text(*statements)
        arn = iam.create_role(RoleName=f"r{number}", AssumeRolePolicyDocument=document)["Role"]["Arn"]
        for caller, session in callers.items():
            for sent in ("", "abc", "xyz"):
                brings = {"sts:externalid": (sent,) if sent else (), "sts:rolesessionname": ("build",)}
                asked = aws_caller(caller, session="build", brings=brings, complete=True)
                mine = may_assume(parse(document), asked) is TRUE
                theirs = enters(ministack, session, arn, sent)
                entered += theirs
                apart += [(document, caller, sent, mine, theirs)] if mine is not theirs else []
    assert [*map(str, apart)] == []
    assert entered > 60


def enters(server: Ministack, session: boto3.Session, arn: str, external_id: str) -> bool:
    sts = server.client("sts", session)
    more = {"ExternalId": external_id} if external_id else {}
    try:
        sts.assume_role(RoleArn=arn, RoleSessionName="build", **more)
    except sts.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "AccessDenied":
            raise
        return False
    return True

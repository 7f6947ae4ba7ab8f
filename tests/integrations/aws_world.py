"""A small organisation on ministack: a hub that holds hopstop, and an account with its containing role."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from integrations.aws import AwsClients
from model.settings import ContainmentSettings
from tests.servers import Ministack

CONTAINING = Path(__file__).parents[2] / "deploy/iam/containing.json"
EXTERNAL_ID = "spoke-7d0c"
DENIED = {"AccessDenied", "AccessDeniedException", "InvalidClientTokenId"}
CONTAINMENT = ContainmentSettings(role="hopstop/hopstop-containment", external_id=EXTERNAL_ID)


@dataclass(frozen=True)
class World:
    """`hub` is hopstop's account, `account` the attacked one, `base` holds hopstop's own credentials."""

    ministack: Ministack
    hub: str
    account: str
    base: boto3.Session

    def clients(self, who: str = "case:ana:111111111111:00000000", base: boto3.Session | None = None) -> AwsClients:
        return AwsClients(CONTAINMENT, lambda: who, base or self.base, self.ministack.url)

    @property
    def iam(self) -> Any:
        """The attacked account's own administrator."""
        return self.ministack.client("iam", self.ministack.root(self.account))

    def user(self, name: str) -> boto3.Session:
        """A new user of the account that may do everything; a session with its keys."""
        self.iam.create_user(UserName=name, Path="/people/")
        self.iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=allow("*"))
        made = self.iam.create_access_key(UserName=name)["AccessKey"]
        return self.ministack.session(made["AccessKeyId"], made["SecretAccessKey"])

    def role(self, name: str) -> str:
        """A new role that anybody in the account may assume and that may use SQS; its ARN."""
        made = self.iam.create_role(RoleName=name, Path="/ci/", AssumeRolePolicyDocument=trust(self.account))
        self.iam.put_role_policy(RoleName=name, PolicyName="work", PolicyDocument=allow("sqs:*", "sts:*"))
        return str(made["Role"]["Arn"])

    def assume(self, caller: boto3.Session, role: str, name: str) -> boto3.Session:
        """A fresh session of the role."""
        answer = self.ministack.client("sts", caller).assume_role(RoleArn=role, RoleSessionName=name)
        made = answer["Credentials"]
        return self.ministack.session(made["AccessKeyId"], made["SecretAccessKey"], made["SessionToken"])

    def allowed(self, session: boto3.Session) -> bool:
        """Whether a session can list the account's queues now."""
        sqs = self.ministack.client("sqs", session)
        try:
            sqs.list_queues()
        except sqs.exceptions.ClientError as error:
            if error.response["Error"]["Code"] not in DENIED:
                raise
            return False
        return True


def make_world(ministack: Ministack) -> World:
    """Two fresh accounts; hopstop's user in the hub may assume the containing role in the other."""
    hub, account = ministack.new_account(), ministack.new_account()
    iam = ministack.client("iam", ministack.root(hub))
    iam.create_user(UserName="hopstop")
    iam.put_user_policy(UserName="hopstop", PolicyName="p", PolicyDocument=allow("sts:AssumeRole", "sqs:*"))
    key = iam.create_access_key(UserName="hopstop")["AccessKey"]
    spoke = ministack.client("iam", ministack.root(account))
    spoke.create_role(
        RoleName="hopstop-containment",
        Path="/hopstop/",
        AssumeRolePolicyDocument=trust(hub, {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}),
    )
    spoke.put_role_policy(
        RoleName="hopstop-containment",
        PolicyName="p",
        PolicyDocument=CONTAINING.read_text(),
    )
    # The stand-in does not know the condition key iam:PolicyARN, on which the rights to attach depend.
    attach = allow("iam:AttachRolePolicy", "iam:DetachRolePolicy", "iam:AttachUserPolicy", "iam:DetachUserPolicy")
    spoke.put_role_policy(RoleName="hopstop-containment", PolicyName="attach", PolicyDocument=attach)
    return World(ministack, hub, account, ministack.session(key["AccessKeyId"], key["SecretAccessKey"]))


def allow(*actions: str) -> str:
    """A policy that allows actions on everything."""
    return _policy({"Effect": "Allow", "Action": list(actions), "Resource": "*"})


def trust(account: str, condition: dict[str, Any] | None = None) -> str:
    """A trust policy for everybody of an account."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "sts:AssumeRole",
    }
    return _policy({**statement, **({"Condition": condition} if condition else {})})


def _policy(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})

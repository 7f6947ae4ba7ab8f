"""The canary's call, on an STS that enforces trust policies."""

import json

import pytest

from integrations.aws import AwsClients
from integrations.aws_canary import AwsCanaries
from model.errors import HopstopError
from model.settings import ContainmentSettings
from tests.servers import Ministack, ministack

__all__ = ["ministack"]


def test_the_role_is_assumed_and_only_the_key_s_id_is_told(ministack: Ministack) -> None:
    account = ministack.new_account()
    root = ministack.root(account)
    iam = ministack.client("iam", root)
    user = iam.create_user(UserName="worker")["User"]["Arn"]
    trust = {"Effect": "Allow", "Principal": {"AWS": user}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName="canary", Path="/hopstop/", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    allow = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role}
    iam.put_user_policy(
        UserName="worker",
        PolicyName="canary",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]}),
    )
    key = iam.create_access_key(UserName="worker")["AccessKey"]
    worker = ministack.session(key["AccessKeyId"], key["SecretAccessKey"])
    canaries = AwsCanaries(AwsClients(ContainmentSettings(), base=worker, endpoint=ministack.url))
    assert canaries.assume(role, "hopstop-canary-1").startswith("ASIA")
    with pytest.raises(HopstopError, match="canary"):
        canaries.assume(role.replace("canary", "other"), "hopstop-canary-1")

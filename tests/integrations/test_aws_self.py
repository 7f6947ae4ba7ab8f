"""Who the worker is."""

import boto3
import pytest

from integrations.aws_self import AwsSelf, named_by
from model.protection import is_protected
from tests.integrations.store_worlds import clients_of
from tests.servers import moto_url  # noqa: F401 - fixture

ACCOUNT = "111111111111"


@pytest.mark.parametrize(
    ("arn", "user_id", "itself"),
    [
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/i-1", "AROAWORKER:i-1", f"arn:aws:iam::{ACCOUNT}:role/worker"),
        (
            f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/i-1",
            "AROAWORKER:i-1",
            f"arn:aws:iam::{ACCOUNT}:role/a/b/worker",
        ),
        (f"arn:aws:iam::{ACCOUNT}:user/ops/worker", "AIDAWORKER", f"arn:aws:iam::{ACCOUNT}:user/ops/worker"),
        (f"arn:aws-cn:iam::{ACCOUNT}:user/worker", "AIDAWORKER", f"arn:aws-cn:iam::{ACCOUNT}:user/worker"),
    ],
)
def test_a_workers_own_role_or_user_is_named_whatever_its_path(arn: str, user_id: str, itself: str) -> None:
    named = named_by(arn, user_id)
    assert is_protected(itself, named)
    assert is_protected("arn:aws:iam::999999999999:role/renamed", named, user_id.split(":", maxsplit=1)[0])
    for other in (itself.replace(ACCOUNT, "222222222222"), itself + "2", itself.replace("/worker", "/other-worker")):
        assert not is_protected(other, named, "AROAOTHER")


def test_the_root_user_is_named_by_its_account() -> None:
    assert named_by(f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT) == (ACCOUNT,)


def test_sts_is_asked_once(moto_url) -> None:  # noqa: F811
    itself = AwsSelf(clients_of(moto_url, boto3.Session("AKIAMOTO", "secret", region_name="us-east-1")))
    first = itself.patterns()
    assert first
    assert itself.patterns() is first

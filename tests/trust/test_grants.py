"""What identity policies let somebody assume."""

import json
import time
from typing import Any

import pytest

from trust.grants import Grant, grant_of, matches
from trust.role_index import RoleIndex
from trust.snapshot import Permissions

DEPLOY = "arn:aws:iam::222222222222:role/ci/deploy"
REPORT = "arn:aws:iam::222222222222:role/report"


def policy(effect: str = "Allow", action: Any = "sts:AssumeRole", resource: Any = "*", **more: Any) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": resource, **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [{k: v for k, v in statement.items() if v is not None}]})


def grant(*policies: str, boundary: str | None = None, missing: tuple[str, ...] = (), known: bool = True) -> Grant:
    return grant_of(Permissions(policies, boundary, missing, known))


@pytest.mark.parametrize(
    ("pattern", "arn", "fits"),
    [
        ("*", DEPLOY, True),
        (DEPLOY, DEPLOY, True),
        ("arn:aws:iam::*:role/ci/*", DEPLOY, True),
        ("arn:aws:iam::*:role/ci/*", REPORT, False),
        ("arn:aws:iam::2222????2222:role/ci/d*y", DEPLOY, True),
        ("arn:aws:iam::222222222222:role/deploy", DEPLOY, False),
        ("arn:aws:iam::222222222222:role/CI/*", DEPLOY, False),
        ("arn:*", DEPLOY, False),
        ("arn:aws:iam::*:role/a*b*c", "arn:aws:iam::1:role/axxbxxbxxc", True),
        ("arn:aws:iam::*:role/a*b*c", "arn:aws:iam::1:role/axxcxxb", False),
    ],
)
def test_a_resource_matches_field_by_field(pattern: str, arn: str, *, fits: bool) -> None:
    assert matches(pattern, arn) is fits


@pytest.mark.parametrize(
    ("policies", "covers"),
    [
        ([], False),
        ([policy()], True),
        ([policy(action="*")], True),
        ([policy(action=["s3:*", "STS:assume*"])], True),
        ([policy(action="sts:AssumeRoleWithSAML")], False),
        ([policy(action=None, NotAction="iam:*")], True),
        ([policy(action=None, NotAction=["sts:*"])], False),
        ([policy(resource=DEPLOY)], True),
        ([policy(resource=REPORT)], False),
        ([policy(resource="arn:aws:iam::*")], True),
        ([policy(resource=None, NotResource=REPORT)], True),
        ([policy(resource=None, NotResource="arn:aws:iam::*:role/ci/*")], False),
        ([policy(Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})], None),
        ([policy(resource="arn:aws:iam::*:role/ci/${aws:username}")], None),
        ([policy(resource="arn:aws:iam::*:role/ci/${*}")], False),
        ([policy(), policy("Deny", resource="arn:aws:iam::*:role/ci/*")], False),
        ([policy(), policy("Deny", Condition={"Bool": {"aws:MultiFactorAuthPresent": "false"}})], None),
        (["no json"], False),
        (['{"Statement": {"Effect": "Allow", "Action": "sts:*", "Resource": ["*"]}}'], True),
    ],
)
def test_an_identity_may_assume_what_its_policies_allow(policies: list[str], covers: bool | None) -> None:
    assert grant(*policies).covers(DEPLOY) is covers


def test_a_boundary_takes_away_and_gives_nothing() -> None:
    assert grant(policy(), boundary=policy(resource=REPORT)).covers(DEPLOY) is False
    assert grant(policy(), boundary=policy()).covers(DEPLOY) is True
    assert grant(boundary=policy()).covers(DEPLOY) is False
    assert grant(policy(), boundary=policy(action="s3:*")).nothing


def test_what_is_not_in_the_files_may_allow_anything() -> None:
    own = "arn:aws:iam::111111111111:policy/lost"
    assert grant(known=False).covers(DEPLOY) is None
    assert grant(missing=(own,)).covers(DEPLOY) is None
    assert grant(missing=("arn:aws:iam::aws:policy/ReadOnlyAccess",)).nothing
    assert grant(missing=("arn:aws:iam::aws:policy/AdministratorAccess",)).everything


def test_only_what_is_allowed_without_an_exception_is_everything() -> None:
    assert grant(policy()).everything
    assert not grant(policy(), policy("Deny", resource=REPORT)).everything
    assert not grant(policy(resource=None, NotResource="*")).everything
    assert not grant(policy(), boundary=policy(resource=REPORT)).everything


@pytest.mark.parametrize(
    "resource",
    [
        "*",
        DEPLOY,
        "arn:aws:iam::222222222222:role/*",
        "arn:aws:iam::*:role/ci/*",
        "arn:aws:iam::*:role/?eport",
        ["arn:aws:iam::*:role/ci/*", REPORT],
        "arn:aws:iam::999999999999:role/*",
        "arn:aws:iam::*:role/zz*",
        "nonsense*",
    ],
)
def test_the_index_finds_what_looking_at_each_role_finds(resource: Any) -> None:
    arns = [f"arn:aws:iam::{a * 12}:role/{name}" for a in "123" for name in ("ci/deploy", "ci/build", "report", "x")]
    index = RoleIndex(arns)
    wanted = grant(policy(resource=resource), policy("Deny", resource="arn:aws:iam::333333333333:role/x"))
    plainly = {number: True for number, arn in enumerate(arns) if wanted.covers(arn)}
    assert dict(sorted(index.allowed(wanted).items())) == plainly


def test_a_pattern_of_many_wildcards_takes_no_time() -> None:
    began = time.perf_counter()
    assert not matches("arn:aws:iam::*:role/" + "*a" * 400 + "b", "arn:aws:iam::1:role/" + "a" * 4000)
    assert time.perf_counter() - began < 1

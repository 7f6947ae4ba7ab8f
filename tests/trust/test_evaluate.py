"""Who gets in: statements, principals, doors, operators."""

import pytest

from tests.trust.policies import FRIEND, ROLE, STRANGER, allow, deny, role, root, session, text, user
from trust.caller import Caller, aws_caller
from trust.evaluate import may_assume
from trust.policy import Policy, parse
from trust.principal import Kind
from trust.truth import FALSE, TRUE, UNKNOWN

CI = role(FRIEND, "team/ci")


def answer(caller, *statements, **more):
    policy = parse(text(*statements, **more))
    assert isinstance(policy, Policy), policy
    return may_assume(policy, caller)


@pytest.mark.parametrize(
    ("principal", "caller", "expected"),
    [
        ("*", aws_caller(CI), TRUE),
        (root(FRIEND), aws_caller(CI), TRUE),
        (FRIEND, aws_caller(CI), TRUE),
        (root(ROLE), aws_caller(CI), FALSE),
        (CI, aws_caller(CI), TRUE),
        (role(FRIEND, "ci"), aws_caller(CI), FALSE),  # another path is another role
        (role(FRIEND, "team/CI"), aws_caller(CI), FALSE),
        (user(FRIEND, "ana"), aws_caller(user(FRIEND, "ana")), TRUE),
        (session(FRIEND, "ci", "build"), aws_caller(CI, session="build"), TRUE),
        (session(FRIEND, "ci", "build"), aws_caller(CI, session="other"), FALSE),
        (session(FRIEND, "ci", "build"), aws_caller(CI), UNKNOWN),
        ("AROAABCDEFGHIJKLMNOPQ", aws_caller(CI), FALSE),
        ([root(STRANGER), CI], aws_caller(CI), TRUE),
        ({"Service": "ec2.amazonaws.com"}, Caller(Kind.SERVICE, name="ec2.amazonaws.com"), TRUE),
        ({"Service": "ec2.amazonaws.com"}, Caller(Kind.SERVICE, name="ssm.amazonaws.com"), FALSE),
        ({"Service": "ec2.amazonaws.com"}, aws_caller(CI), FALSE),
        ({"AWS": root(STRANGER), "Service": "ec2.amazonaws.com"}, Caller(Kind.SERVICE, name="ec2.amazonaws.com"), TRUE),
        (root(FRIEND, "aws-cn"), aws_caller(CI), FALSE),
        (root(FRIEND, "aws-cn"), aws_caller(role(FRIEND, "x", "aws-cn")), TRUE),
    ],
)
def test_principals(principal, caller, expected):
    assert answer(caller, allow(principal)) is expected


@pytest.mark.parametrize(
    ("action", "opens"),
    [
        ("sts:AssumeRole", True),
        ("STS:assumerole", True),
        ("*", True),
        ("*:*", True),
        ("sts:*", True),
        ("sts:Assume*", True),
        ("sts:AssumeRol?", True),
        ("sts:AssumeRole?", False),
        (["sts:TagSession", "sts:AssumeRole"], True),
        ("sts:TagSession", False),
        ("sts:SetSourceIdentity", False),
        ("sts:AssumeRoleWithSAML", False),
        ("sts:AssumeRoleWith*", False),
    ],
)
def test_actions(action, opens):
    assert answer(aws_caller(CI), allow(CI, action=action)) is (TRUE if opens else FALSE)


def test_not_action_leaves_in_what_it_does_not_name():
    assert answer(aws_caller(CI), allow(CI, action=None, NotAction="sts:TagSession")) is TRUE
    assert answer(aws_caller(CI), allow(CI, action=None, NotAction="sts:Assume*")) is FALSE


GITHUB = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"


@pytest.mark.parametrize(
    ("kind", "action", "opens"),
    [
        (Kind.OIDC, "sts:AssumeRoleWithWebIdentity", True),
        (Kind.OIDC, "sts:AssumeRoleWith*", True),
        (Kind.OIDC, "sts:AssumeRole", False),
        (Kind.OIDC, "sts:AssumeRoleWithSAML", False),
        (Kind.SAML, "sts:AssumeRoleWithSAML", True),
        (Kind.SAML, "sts:AssumeRoleWithWebIdentity", False),
    ],
)
def test_each_door_is_its_own(kind, action, opens):
    provider = GITHUB if kind is Kind.OIDC else "arn:aws:iam::111111111111:saml-provider/okta"
    found = answer(Caller(kind, ROLE, provider), allow({"Federated": provider}, action=action))
    assert found is (TRUE if opens else FALSE)


def test_a_deny_wins_whichever_comes_first():
    statements = [allow("*"), deny(root(FRIEND))]
    assert answer(aws_caller(CI), *statements) is FALSE
    assert answer(aws_caller(CI), *reversed(statements)) is FALSE
    assert answer(aws_caller(role(STRANGER)), *statements) is TRUE


@pytest.mark.parametrize(
    ("excepted", "expected"),
    [
        ([root(FRIEND), CI], TRUE),
        ([root(STRANGER), role(STRANGER)], FALSE),
        ([root(FRIEND)], UNKNOWN),  # AWS documents the account beside the principal only
        ([CI], UNKNOWN),
    ],
)
def test_a_deny_with_not_principal_keeps_out_whom_it_does_not_name(excepted, expected):
    kept_out = deny(None, NotPrincipal={"AWS": excepted})
    assert answer(aws_caller(CI), allow("*"), kept_out) is expected


@pytest.mark.parametrize(
    ("operator", "wanted", "brought", "expected"),
    [
        ("StringEquals", "a", ("a",), TRUE),
        ("StringEquals", "a", ("A",), FALSE),
        ("StringEquals", ["b", "a"], ("a",), TRUE),
        ("StringEquals", "*", ("a",), FALSE),
        ("StringEquals", "a", (), FALSE),
        ("StringEquals", "a", None, UNKNOWN),
        ("StringEqualsIfExists", "a", (), TRUE),
        ("StringEqualsIfExists", "a", ("b",), FALSE),
        ("StringNotEquals", "a", ("b",), TRUE),
        ("StringNotEquals", ["a", "b"], ("b",), FALSE),
        ("StringNotEquals", "a", (), TRUE),
        ("StringNotEqualsIfExists", "a", (), TRUE),
        ("StringEqualsIgnoreCase", "AbC", ("aBc",), TRUE),
        ("StringNotEqualsIgnoreCase", "AbC", ("aBc",), FALSE),
        ("StringLike", "a*c?", ("abbcd",), TRUE),
        ("StringLike", "a*c?", ("abbc",), FALSE),
        ("StringNotLike", "a*", ("b",), TRUE),
        ("StringNotLike", "a*", (), TRUE),
        ("ForAllValues:StringEquals", ["a", "b"], ("a", "b"), TRUE),
        ("ForAllValues:StringEquals", ["a", "b"], ("a", "c"), FALSE),
        ("ForAllValues:StringEquals", "a", (), TRUE),
        ("ForAnyValue:StringEquals", "a", ("b", "a"), TRUE),
        ("ForAnyValue:StringEquals", "a", (), FALSE),
        ("ForAnyValue:StringNotEquals", "a", ("a", "b"), TRUE),
        ("ForAnyValue:StringNotEquals", "a", (), FALSE),
        ("ForAllValues:StringNotEquals", "a", ("a", "b"), FALSE),
        ("ForAllValues:StringNotLike", "a*", (), TRUE),
        ("Null", "true", (), TRUE),
        ("Null", "true", ("a",), FALSE),
        ("Null", "false", ("a",), TRUE),
        ("Null", False, (), FALSE),
        ("Null", ["true", "false"], None, TRUE),
        ("Bool", "true", ("true",), TRUE),
        ("Bool", True, ("True",), TRUE),
        ("Bool", "false", (), FALSE),
        ("BoolIfExists", "true", (), TRUE),
        ("NumericEquals", "10", ("10.0",), TRUE),
        ("NumericNotEquals", 10, ("11",), TRUE),
        ("NumericLessThan", 10, ("9",), TRUE),
        ("NumericLessThan", 10, ("10",), FALSE),
        ("NumericLessThanEquals", 10, ("10",), TRUE),
        ("NumericGreaterThan", 10, ("10",), FALSE),
        ("NumericGreaterThanEquals", 10, ("1e1",), TRUE),
        ("NumericLessThan", 10, ("nan",), FALSE),
        ("DateLessThan", "2026-01-01T00:00:00Z", ("2025-12-31T23:59:59Z",), TRUE),
        ("DateGreaterThan", "2026-01-01", ("2026-01-01T00:00:01Z",), TRUE),
        ("DateEquals", "1767225600", ("2026-01-01T00:00:00Z",), TRUE),
        ("DateNotEquals", "2026-01-01T00:00:00Z", (), TRUE),
        ("IpAddress", "203.0.113.0/24", ("203.0.113.9",), TRUE),
        ("IpAddress", "203.0.113.7", ("203.0.113.7",), TRUE),
        ("IpAddress", "203.0.113.0/24", ("2001:db8::1",), FALSE),
        ("IpAddress", "2001:db8::/32", ("2001:db8::1",), TRUE),
        ("IpAddress", "0.0.0.0/0", ("2001:db8::1",), FALSE),
        ("IpAddress", "0.0.0.0/0", (), FALSE),
        ("NotIpAddress", "0.0.0.0/0", (), TRUE),
        ("NotIpAddress", "203.0.113.0/24", ("203.0.113.9",), FALSE),
        ("BinaryEquals", "YQ==", ("YQ==",), TRUE),
        ("ArnEquals", "arn:aws:iam::*:role/a*", ("arn:aws:iam::1:role/ab",), TRUE),
        ("ArnLike", "arn:aws:iam::*:role/a", ("arn:aws:iam::1:x:role/a",), FALSE),
        ("ArnLike", "arn:aws:iam::1:role/*", ("arn:aws:iam::1:role/a:b/c",), TRUE),
        ("ArnLike", "arn:aws:*:1:role/a", ("arn:aws:iam::1:role/a",), UNKNOWN),  # IAM documents six fields only
        ("ArnLike", "*", ("arn:aws:iam::1:role/a",), TRUE),
        ("ArnNotLike", "arn:aws:iam::1:*", ("arn:aws:iam::2:role/a",), TRUE),
        ("ArnNotEquals", "arn:aws:iam::1:*", (), TRUE),
        ("stringequals", "a", ("a",), TRUE),
    ],
)
def test_operators(operator, wanted, brought, expected):
    caller = aws_caller(CI, brings={"aws:key": brought})
    assert answer(caller, allow("*", {operator: {"AWS:Key": wanted}})) is expected


@pytest.mark.parametrize(
    ("wanted", "operator", "name", "expected"),
    [
        ("${aws:username}", "StringEquals", "ana", TRUE),
        ("${AWS:UserName}-x", "StringLike", "ana", FALSE),
        ("${aws:username}*", "StringLike", "ana", TRUE),
        ("${aws:PrincipalTag/team, 'ana'}", "StringEquals", "ana", TRUE),
        ("${aws:PrincipalTag/team}", "StringEquals", "ana", FALSE),
        ("${*}", "StringLike", "ana", FALSE),
        ("${*}", "StringEquals", "*", TRUE),
        ("a${?}", "StringLike", "a?", TRUE),
    ],
)
def test_policy_variables(wanted, operator, name, expected):
    caller = aws_caller(user(FRIEND, "ana"), brings={"sts:rolesessionname": (name,)}, complete=True)
    assert answer(caller, allow("*", {operator: {"sts:RoleSessionName": wanted}})) is expected


def test_the_earlier_version_has_no_variables():
    caller = aws_caller(user(FRIEND, "ana"), brings={"sts:rolesessionname": ("ana",)}, complete=True)
    condition = {"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}
    assert answer(caller, allow("*", condition), version="2008-10-17") is FALSE
    assert answer(caller, allow("*", condition)) is TRUE


def test_conditions_must_all_hold_and_keys_come_in_any_case():
    caller = aws_caller(CI, brings={"aws:principalorgid": ("o-1",), "sts:externalid": ("x",)})
    both = {"StringEquals": {"AWS:PrincipalOrgId": "o-1", "STS:externalid": "x"}}
    assert answer(caller, allow("*", both)) is TRUE
    assert answer(caller, allow("*", both | {"Bool": {"aws:SecureTransport": "false"}})) is FALSE


def test_what_is_not_known_of_a_caller_makes_it_depend_unless_another_statement_decides():
    condition = {"StringEquals": {"sts:ExternalId": "x"}}
    assert answer(aws_caller(CI), allow("*", condition)) is UNKNOWN
    assert answer(aws_caller(CI), allow("*", condition), allow(CI)) is TRUE
    assert answer(aws_caller(CI), allow("*", condition), deny(CI)) is FALSE
    assert answer(aws_caller(CI), allow("*"), deny("*", condition)) is UNKNOWN

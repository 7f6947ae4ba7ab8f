"""The eight points, the problems, the tiers, the reasons: what is told of a policy."""

import json

import pytest

from model.organization import Account, Organization
from tests.trust.adversarial import (
    ACCOUNT,
    ARN,
    CASES,
    EXTERNAL,
    GITHUB,
    IP,
    MFA,
    ORG_ID,
    SAML,
    SUB,
    WEB,
    github,
    oidc,
    star,
)
from tests.trust.policies import FRIEND, ORG, ROLE, STRANGER, allow, deny, role, root, text, user
from trust.audit import audit_document, audit_role, ours_of
from trust.issuers import SHARED
from trust.level import Level
from trust.point import Point
from trust.snapshot import Permissions, Role
from trust.subject import Grade, grade
from trust.tier import Tier, rank
from trust.vendors import known_vendors

ORGANIZATION = Organization(org_id=ORG, accounts={ROLE: Account(), FRIEND: Account()})
OURS = ours_of(ORGANIZATION, known_vendors(), ROLE)
NOW = 1.8e9


def told(*statements):
    return audit_document(text(*statements), "x.json", OURS, NOW)


def role_of(*statements, tier="medium", most_s=3600, name="x"):
    made = Role(role(ROLE, name), ROLE, "", text(*statements), most_s, (("tier", tier),), Permissions())
    return audit_role(made, ORGANIZATION, known_vendors(), NOW)


def status(audited, point):
    return next(each.status.value for each in audited.checks if each.point == point)


SERVICE = {"Service": "sns.amazonaws.com"}


@pytest.mark.parametrize(
    ("statements", "point", "expected"),
    [
        ([allow("*")], "exact_principal", "fail"),
        ([allow(role(STRANGER))], "exact_principal", "pass"),
        ([allow(root(STRANGER))], "exact_principal", "fail"),
        ([allow(root(STRANGER), {"ArnEquals": {ARN: role(STRANGER)}})], "exact_principal", "pass"),
        (star("ArnLike", ARN, f"arn:aws:iam::{FRIEND}:role/ci-*"), "exact_principal", "pass"),
        ([allow(root(ROLE))], "exact_principal", "not_applicable"),
        ([allow(SERVICE)], "exact_principal", "not_applicable"),
        ([allow(role(STRANGER))], "external_id", "fail"),
        ([allow(role(STRANGER), {"StringEquals": {EXTERNAL: "abc"}})], "external_id", "pass"),
        ([allow(role(STRANGER), {"StringLike": {EXTERNAL: "*"}})], "external_id", "fail"),
        ([allow(role(STRANGER), {"StringEqualsIfExists": {EXTERNAL: "abc"}})], "external_id", "fail"),
        ([allow(role(FRIEND))], "external_id", "not_applicable"),
        (star("StringEquals", EXTERNAL, "abc"), "external_id", "not_applicable"),
        ([allow(SERVICE)], "external_id", "not_applicable"),
        ([allow(SERVICE)], "source_account", "fail"),
        ([allow(SERVICE, {"StringEquals": {"aws:SourceAccount": ROLE}})], "source_account", "pass"),
        ([allow(SERVICE, {"StringEquals": {"aws:SourceAccount": ROLE}})], "source_arn", "not_applicable"),
        ([allow(SERVICE, {"ArnLike": {"aws:SourceArn": f"arn:aws:sns:*:{ROLE}:*"}})], "source_arn", "pass"),
        ([allow(SERVICE, {"StringEqualsIfExists": {"aws:SourceAccount": ROLE}})], "source_account", "fail"),
        ([allow({"Service": "ec2.amazonaws.com"})], "source_account", "not_applicable"),
        ([allow(root(FRIEND))], "source_account", "not_applicable"),
        (star("StringEquals", "aws:SourceAccount", ROLE), "source_account", "fail"),
        (star("StringEqualsIfExists", "aws:SourceArn", "arn:aws:s3:::x"), "source_arn", "fail"),
        ([allow("*")], "principal_org_id", "fail"),
        (star("StringEquals", ORG_ID, ORG), "principal_org_id", "pass"),
        (star("StringEqualsIfExists", ORG_ID, ORG), "principal_org_id", "fail"),
        ([allow("*"), deny("*", {"StringNotEquals": {ORG_ID: ORG}})], "principal_org_id", "pass"),
        ([allow(SERVICE, {"StringEquals": {ORG_ID: ORG}})], "principal_org_id", "fail"),
        ([allow(role(STRANGER), {"StringEquals": {ORG_ID: ORG}})], "principal_org_id", "fail"),
        ([allow(role(FRIEND))], "principal_org_id", "not_applicable"),
        ([allow(user(ROLE), {"Bool": {MFA: "true"}})], "mfa", "pass"),
        ([allow(user(ROLE), {"BoolIfExists": {MFA: "true"}})], "mfa", "fail"),
        ([allow(role(FRIEND), {"Bool": {MFA: "true"}})], "mfa", "fail"),
        ([allow(root(STRANGER), {"Bool": {MFA: "true"}})], "mfa", "not_applicable"),
        ([allow(user(ROLE)), deny("*", {"Bool": {MFA: "false"}})], "mfa", "fail"),
        ([allow(user(ROLE)), deny("*", {"BoolIfExists": {MFA: "false"}})], "mfa", "pass"),
        ([allow(user(ROLE))], "mfa", "not_applicable"),
        ([allow(root(FRIEND), {"IpAddress": {IP: "198.51.100.0/24"}})], "source_ip", "pass"),
        ([allow(root(FRIEND), {"IpAddress": {IP: "10.0.0.0/8"}})], "source_ip", "fail"),
        ([allow(root(FRIEND), {"IpAddress": {IP: "0.0.0.0/0"}})], "source_ip", "fail"),
        ([allow(root(FRIEND), {"NotIpAddress": {IP: "198.51.100.0/24"}})], "source_ip", "fail"),
        ([allow(SERVICE, {"IpAddress": {IP: "198.51.100.0/24"}})], "source_ip", "fail"),
        ([allow(root(FRIEND))], "source_ip", "not_applicable"),
        ([allow(root(FRIEND))], "session_duration", "not_applicable"),
    ],
)
def test_points(statements, point, expected):
    assert status(told(*statements), point) == expected


@pytest.mark.parametrize(
    ("tier", "most_s", "expected"),
    [
        ("critical", 3600, "pass"),
        ("critical", 7200, "fail"),
        ("high", 7200, "pass"),
        ("high", 10_800, "fail"),
        ("medium", 14_400, "pass"),
        ("low", 43_200, "pass"),
    ],
)
def test_sessions_may_last_as_long_as_the_tier_allows(tier, most_s, expected):
    assert status(role_of(allow(root(FRIEND)), tier=tier, most_s=most_s), Point.SESSION_DURATION) == expected


def test_sessions_that_the_setting_does_not_limit_are_not_asked_about():
    assert status(role_of(allow(SERVICE), most_s=43_200), Point.SESSION_DURATION) == "not_applicable"
    assert status(role_of(allow(role(FRIEND)), most_s=43_200), Point.SESSION_DURATION) == "not_applicable"
    portal = role_of(allow(root(FRIEND)), most_s=43_200, name="AWSReservedSSO_Admin_1")
    assert status(portal, Point.SESSION_DURATION) == "not_applicable"


def test_upper_tiers_ask_for_more():
    whole = allow(root(FRIEND))
    assert status(role_of(whole, tier="critical"), Point.EXACT_PRINCIPAL) == "fail"
    assert status(role_of(whole, tier="low"), Point.EXACT_PRINCIPAL) == "pass"
    person = allow(user(ROLE))
    assert status(role_of(person, tier="critical"), Point.MFA) == "fail"


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([allow(root(ROLE))], set()),
        (star("StringEquals", ORG_ID, ORG), set()),
        (star("StringEquals", ORG_ID, "*"), {"DEAD_CONDITION"}),
        (star("IpAddress", IP, "10.0.0.0/8"), {"DEAD_CONDITION"}),
        (star("IpAddress", IP, "198.51.100.0/24"), set()),
        (star("StringEquals", "aws:SourceVpce", "vpce-1a"), set()),
        (star("DateLessThan", "aws:CurrentTime", "2020-01-01T00:00:00Z"), {"DEAD_CONDITION"}),
        (star("StringEquals", "aws:PrincipalOrganisation", ORG), {"DEAD_CONDITION"}),
        ([allow(role(FRIEND), {"Bool": {MFA: "true"}})], {"DEAD_CONDITION"}),
        ([allow(SERVICE, {"StringEquals": {ORG_ID: ORG, "aws:SourceAccount": ROLE}})], {"DEAD_CONDITION"}),
        (star("StringEqualsIfExists", "aws:SourceAccount", ROLE), {"OPEN_CONDITION"}),
        (star("StringNotEquals", ORG_ID, ORG), {"OPEN_CONDITION"}),
        (star("Bool", "aws:SecureTransport", "true"), {"TAUTOLOGY"}),
        (star("StringEquals", "aws:ResourceAccount", FRIEND), {"DEAD_CONDITION"}),
        (star("StringLike", "aws:PrincipalTag/a", "x*"), {"SPOOFABLE_ONLY"}),
        ([allow("*", {"StringEquals": {EXTERNAL: "abc", ORG_ID: ORG}})], set()),
        (star("StringLike", ORG_ID, [ORG, "*"]), {"POISONED_LIST"}),
        ([allow([root(ROLE), "*"])], {"POISONED_LIST"}),
        ([allow([root(ROLE), "AIDAABCDEFGHIJKLMNOPQ"])], {"ORPHAN"}),
        ([allow(root(FRIEND), {"StringEquals": {ACCOUNT: ROLE}})], {"CONTRADICTION"}),
        ([*star("StringEquals", ORG_ID, ORG), allow("*")], {"STATEMENT_BYPASS"}),
        ([allow(SERVICE)], {"CONFUSED_DEPUTY"}),
        ([allow({"Service": "lambda.amazonaws.com"})], set()),
        ([allow(root(STRANGER), {"StringEquals": {EXTERNAL: "abc"}})], {"UNKNOWN_VENDOR"}),
        ([allow(root("464622532012"), {"StringEquals": {EXTERNAL: "abc"}})], set()),
        ([allow(root("464622532012"))], {"CONFUSED_DEPUTY"}),
        (github("StringEquals", "repo:ours/app:ref:refs/heads/main"), set()),
        (github("StringLike", "repo:ours/*"), {"OIDC_SUBJECT"}),
        (github("StringLike", "repo:*"), {"OIDC_SUBJECT"}),
        (github("ForAllValues:StringEquals", "repo:ours/app:ref:refs/heads/main"), {"OIDC_SUBJECT"}),
        (oidc(GITHUB, {"StringEquals": {SUB: "repo:ours/app:environment:prod"}}), {"OIDC_SUBJECT"}),
        (oidc("oidc.eks.eu-west-1.amazonaws.com/id/AB"), {"OIDC_SUBJECT"}),
        (
            [allow({"Federated": f"arn:aws:iam::{ROLE}:saml-provider/x"}, {"StringEquals": {"SAML:aud": "y"}}, SAML)],
            set(),
        ),
        ([allow({"Federated": f"arn:aws:iam::{ROLE}:saml-provider/x"}, action=SAML)], {"OIDC_SUBJECT"}),
    ],
)
def test_problems(statements, expected):
    assert {each.kind.value for each in told(*statements).problems} == expected


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([allow("*")], Level.PUBLIC),
        ([allow(None, NotPrincipal={"AWS": root(FRIEND)})], Level.PUBLIC),
        (star("StringEquals", ORG_ID, ORG), Level.ORG),
        (star("StringEquals", ORG_ID, "o-other12345"), Level.ORG),
        (star("StringEquals", ACCOUNT, FRIEND), Level.ACCOUNT),
        ([allow(root(STRANGER))], Level.ACCOUNT),
        (star("ArnLike", ARN, f"arn:aws:iam::{FRIEND}:role/ci-*"), Level.PATTERN),
        ([allow(root(FRIEND), {"ArnLike": {ARN: f"arn:aws:iam::{FRIEND}:role/ci-*"}})], Level.PATTERN),
        (star("ArnEquals", ARN, role(FRIEND)), Level.NAMED),
        ([allow(role(STRANGER))], Level.NAMED),
        (github("StringLike", "repo:ours/*"), Level.FEDERATED),
        ([allow(SERVICE)], Level.SERVICE),
        ([allow(SERVICE), allow(role(FRIEND))], Level.NAMED),
        (star("StringEquals", ORG_ID, "*"), Level.NONE),
        ([allow("*", action="sts:TagSession")], Level.NONE),
        ([deny("*")], Level.NONE),
    ],
)
def test_the_widest_allow(statements, expected):
    assert told(*statements).level is expected


def allowing(*actions, resource="*"):
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.parametrize(
    ("permissions", "expected"),
    [
        (Permissions((allowing("*"),)), Tier.CRITICAL),
        (Permissions((allowing("iam:*"),)), Tier.CRITICAL),
        (Permissions((allowing("iam:Put*"),)), Tier.CRITICAL),
        (Permissions((allowing("iam:*", resource="arn:aws:iam::111111111111:role/x"),)), Tier.MEDIUM),
        (Permissions((allowing("s3:Get*"),)), Tier.HIGH),
        (Permissions((allowing("sqs:SendMessage"),)), Tier.MEDIUM),
        (Permissions((allowing("ec2:Describe*"),)), Tier.LOW),
        (Permissions((), None, ("arn:aws:iam::aws:policy/AdministratorAccess",)), Tier.CRITICAL),
        (Permissions((), None, ("arn:aws:iam::111111111111:policy/own",)), Tier.MEDIUM),
        (Permissions(known=False), Tier.MEDIUM),
        (Permissions(("nonsense",)), Tier.LOW),
    ],
)
def test_tiers_come_from_what_a_role_may_do(permissions, expected):
    assert rank((), "", permissions).tier is expected


def test_tags_and_accounts_say_tiers_first():
    assert rank((("Tier", "Critical"),), "low", Permissions()).tier is Tier.CRITICAL
    assert rank((), "High", Permissions()).tier is Tier.HIGH
    assert rank((("tier", "gold"),), "contractor", Permissions((allowing("*"),))).tier is Tier.CRITICAL


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("repo:ours@1/app@2:ref:refs/heads/main", Grade.IMMUTABLE),
        ("repo:ours@1/app@2:*", Grade.IMMUTABLE),
        ("repo:ours/app:ref:refs/heads/main", Grade.EXACT),
        ("repo:ours/app:*", Grade.EXACT),
        ("repo:ours/*", Grade.OWNER),
        ("repo:ours*", Grade.OPEN),
        ("*", Grade.OPEN),
    ],
)
def test_subjects_are_graded(subject, expected):
    assert grade(SHARED[0], [subject]) is expected
    assert grade(SHARED[0], [subject, "repo:*"]) is Grade.OPEN


def test_no_odd_policy_is_left_without_a_reason_and_all_eight_points():
    for name, statements, expected in CASES:
        found = told(*statements)
        assert found.why, name
        assert [each.point for each in found.checks] == list(Point), name
        assert all(each.why for each in found.checks), name
        assert found.exposed is expected, name
        if expected:
            assert "can assume the role" in found.why or found.why.startswith("perhaps"), name


def test_web_identity_is_no_door_for_everybody():
    assert told(allow("*", action=WEB)).level is Level.NONE

"""What IAM would reject is said to be invalid, with every reason."""

import json
from urllib.parse import quote

import pytest

from tests.trust.policies import allow, document, text
from trust.policy import MOST, Invalid, Policy, parse

GOOD = allow("*")


@pytest.mark.parametrize(
    "good",
    [
        document(GOOD),
        {"Statement": GOOD},
        {"Version": "2008-10-17", "Id": "x", "Statement": [GOOD]},
        document(allow({"Federated": "cognito-identity.amazonaws.com"}, action="sts:AssumeRoleWithWebIdentity")),
        document(allow({"Service": ["ec2.amazonaws.com", "ec2.amazonaws.com.cn", "states.eu-west-1.amazonaws.com"]})),
        document(allow("arn:aws-iso-b:iam::111111111111:role/service-role/x")),
        document(allow("arn:aws:iam::111111111111:user/a/b/c@d.example")),
        document(allow("*", {"NumericLessThan": {"sts:DurationSeconds": 3600}, "Bool": {"aws:SecureTransport": True}})),
        document({"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Sid": ""}),
    ],
)
def test_valid(good):
    assert isinstance(parse(json.dumps(good)), Policy)
    assert parse(quote(json.dumps(good))) == parse(json.dumps(good))


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("", "not one JSON document"),
        ("nonsense", "not one JSON document"),
        ("{}{}", "not one JSON document"),
        (json.dumps(document(GOOD)) * 2, "not one JSON document: Extra data"),
        ("[" * 9_000, "nested too deeply"),
        (" " * (MOST + 1), "IAM takes at most"),
        (text(allow("*", {"StringEquals": {"aws:x": "y" * 17_000}})), "no role's quota"),
        ('{"Statement": NaN}', "NaN is no JSON"),
        ('{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}', "`Version` is there twice"),
        ("[]", "not a policy"),
        ("null", "not a policy"),
        ({}, "no Statement"),
        ({"Statement": []}, "no Statement"),
        ({"Statement": "x"}, "no Statement"),
        ({"Statement": [1]}, "statement 1: is no JSON object"),
        ({"statement": [GOOD]}, "`statement` is no element of a policy"),
        ({"Version": "2012-10-18", "Statement": GOOD}, "there is 2012-10-17"),
        (document(GOOD | {"Effect": "allow"}), "it must be Allow or Deny"),
        (document(GOOD | {"Resource": "*"}), "prohibited"),
        (document(GOOD | {"Colour": "*"}), "`Colour` is no element"),
        (document(GOOD | {"Sid": "a b"}), "other characters"),
        (document(GOOD | {"Sid": "a"}, GOOD | {"Sid": "a"}), "there twice"),
        (document(GOOD | {"NotAction": "sts:TagSession"}), "either Action or NotAction"),
        (document(GOOD | {"NotPrincipal": "*"}), "either Principal or NotPrincipal"),
        (document({"Effect": "Allow", "Principal": "*"}), "either Action or NotAction"),
        (document({"Effect": "Allow", "Action": "sts:AssumeRole"}), "either Principal or NotPrincipal"),
        (document(allow("*", action=[])), "no action"),
        (document(allow("*", action=7)), "no action"),
        (document(allow("*", action="AssumeRole")), "not written like"),
        (document(allow("*", action="s3:GetObject")), "only name actions of sts"),
        (document(allow("*", action="st*:AssumeRole")), "not written like"),
        (document(allow("arn:aws:iam::*:root")), "wildcard inside"),
        (document(allow("arn:aws:iam::111111111111:role/*")), "wildcard inside"),
        (document(allow(["*", "arn:aws:iam::1:root"])), "is no account id"),
        (document(allow("arn:aws:iam::111111111111:group/x")), "only accounts, users, roles"),
        (document(allow("arn:awsx:iam::111111111111:root")), "is no account id"),
        (document(allow("arn:aws:s3:::bucket")), "is no account id"),
        (document(allow("")), "is no account id"),
        (document(allow([])), "names nobody"),
        (document(allow({"aws": "*"})), "cannot assume roles"),
        (document(allow({"CanonicalUser": "x"})), "cannot assume roles"),
        (document(allow({"Service": "*.amazonaws.com"})), "no AWS service"),
        (document(allow({"Federated": "evil.example"})), "no ARN of a SAML or OIDC provider"),
        (document({"Effect": "Allow", "Principal": {}, "Action": "sts:AssumeRole"}), "must be"),
        (document({"Effect": "Allow", "Principal": ["*"], "Action": "sts:AssumeRole"}), "must be"),
        (document(allow("*", [])), "no JSON object"),
        (document(allow("*", {"StringMatches": {"aws:x": "y"}})), "no condition operator `StringMatches`"),
        (document(allow("*", {"NullIfExists": {"aws:x": "true"}})), "no condition operator"),
        (document(allow("*", {"ForSomeValues:StringEquals": {"aws:x": "y"}})), "no condition operator"),
        (document(allow("*", {"StringEquals": "x"})), "must be an object"),
        (document(allow("*", {"StringEquals": {"ExternalId": "x"}})), "not written like aws:"),
        (document(allow("*", {"StringEquals": {"aws:x": None}})), "must be texts"),
        (document(allow("*", {"StringEquals": {"aws:x": {"y": "z"}}})), "must be texts"),
        (document(allow("*", {"IpAddress": {"aws:SourceIp": "10.0.0.*"}})), "no address"),
        (document(allow("*", {"NumericEquals": {"aws:x": "ten"}})), "no number"),
        (document(allow("*", {"DateLessThan": {"aws:CurrentTime": "soon"}})), "no time"),
        (document(allow("*", {"Bool": {"aws:SecureTransport": "yes"}})), "neither true nor false"),
    ],
)
def test_invalid(bad, why):
    found = parse(bad if isinstance(bad, str) else json.dumps(bad))
    assert isinstance(found, Invalid)
    assert why in " ".join(found.reasons)


def test_every_reason_is_given():
    found = parse(text(allow("nobody", {"Foo": {}}, Resource="*"), {"Effect": "Maybe"}))
    assert isinstance(found, Invalid)
    assert len(found.reasons) >= 6


def test_one_value_equals_a_list_of_one():
    one = parse(text(allow("*", {"StringEquals": {"aws:x": "y"}})))
    other = parse(text(allow(["*"], {"StringEquals": {"aws:x": ["y"]}}, action=["sts:AssumeRole"])))
    assert one == other

"""What is taken out of texts that are kept, and what is left in."""

import pytest

from model.redaction import excerpt, scrubbed

TOKEN = "FwoGZXIvYXdzEBQaDHqj8x1" + "Ab3/" * 70
KEY = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY12"
ROLE = "arn:aws:iam::222222222222:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Token=abcdef0123456789AB"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"aws-cli/2.15 token={TOKEN}", "aws-cli/2.15 token=[removed]"),
        (f"curl {TOKEN}", "curl [removed]"),
        (f"tool/1.0 {KEY}", "tool/1.0 [removed]"),
        ('x secretAccessKey: "my pass phrase" y', "x secretAccessKey: [removed] y"),
        ("x --password='a b c' y", "x --password=[removed] y"),
        ("Authorization: Bearer abc.def", "Authorization: [removed]"),
        ("x bearer abcdef y", "x bearer [removed] y"),
        ("x eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-def", "x [removed]"),
        ("X-Amz-Security-Token=abc; X-Amz-Signature=0123", "X-Amz-Security-Token=[removed]; X-Amz-Signature=[removed]"),
        (f"Encoded authorization failure message: {TOKEN}", "Encoded authorization failure message: [removed]"),
    ],
)
def test_what_looks_like_a_secret_is_taken_out(text: str, left: str) -> None:
    assert scrubbed(text) == left
    assert scrubbed(left) == left


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Boto3/1.34.69 md/Botocore#1.34.69 ua/2.0 os/linux#5.10.213 md/arch#x86_64 lang/python#3.11.8",
        (
            "APN/1.0 HashiCorp/1.0 Terraform/1.5.7 (+https://www.terraform.io) terraform-provider-aws/5.31.0 "
            "(+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.24.0"
        ),
        "tool/1.0 sha1/da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "The security token included in the request is expired",
        f"User: x is not authorized to perform: sts:AssumeRole on resource: {ROLE}",
    ],
)
def test_what_agents_and_errors_ordinarily_say_stays(text: str) -> None:
    assert scrubbed(text) == text


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (
            '{"eventName": "AssumeRole", "sessionToken": "a b", "x": {"tokenCode": 123456, "y": ["hunter2 x", 1.5]}}',
            (
                '{"eventName": "AssumeRole", "sessionToken": [removed], "x": {"tokenCode": [removed], '
                '"y": ["[removed]", [removed]]}}'
            ),
        ),
        ('{"eventName": "x", "readOnly": true, "a": null', '{"eventName": "x", "readOnly": true, "a": null'),
        ('{"type": "AKIAIOSFODNN7EXAMPLE"}', '{"type": "[removed]"}'),
        ('{"AKIAIOSFODNN7EXAMPLE": 1}', '{"[removed]": [removed]}'),
        (
            '{"eventName": "x", secret_key=hunter2, "awsRegion": "eu-',
            '{"eventName": "x", [removed][removed], "awsRegion": "eu-',
        ),
        ("{'secretAccessKey': 'abc def', 'a': 1}", "{[removed]: [removed], [removed]: [removed]}"),
        ("Oct 3 host x[1]: hello", "Oct 3 host x[1]: hello"),
        (f"Oct 3 host x[1]: {KEY}", "Oct 3 host x[1]: [removed]"),
        ('{"Message": "{\\"secretAccessKey\\": \\"a b c\\"}"}', '{"Message": "[removed]"}'),
    ],
)
def test_an_excerpt_shows_names_and_only_such_values_as_are_no_secrets(body: str, shown: str) -> None:
    assert excerpt(body.encode()) == shown

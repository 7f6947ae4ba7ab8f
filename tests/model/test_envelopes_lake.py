"""Rows of CloudTrail Lake and Athena: names in small letters, and values in the text that Presto makes of them."""

from typing import Any

import pytest

from model.cloudtrail import CloudTrailRecord, Unparsed
from model.envelopes import unwrap
from model.lake_text import from_lake_text
from tests.model.records import ALICE, OWNER, dumped, record, role_id, session
from tests.model.shapes import BASE, OF_ISSUER, OF_SESSION, Told, told, without

ROLE = f"arn:aws:iam::{OWNER}:role/team/deploy"
CALLED = (
    f"{{type=AssumedRole, principalid={role_id('deploy')}:s1, arn=arn:aws:sts::{OWNER}:assumed-role/deploy/s1, "
    f"accountid={OWNER}, accesskeyid=ASIADEPLOY0000000001, username=null, "
    "sessioncontext={attributes={creationdate=2026-10-03 02:00:00.000, mfaauthenticated=false}, "
    f"sessionissuer={{type=Role, principalid={role_id('deploy')}, arn={ROLE}, accountid={OWNER}, username=deploy}}, "
    "sourceidentity=null, ec2roledelivery=null, ec2issuedinvpc=null}, invokedby=null, identityprovider=null, "
    "onbehalfof=null}"
)
SESSION: Told = without(BASE, "user_identity") | {
    f"user_identity.{path}": value for path, value in (OF_SESSION | OF_ISSUER).items()
}


def small(value: Any) -> Any:
    if isinstance(value, dict):
        return {key.lower(): small(inner) for key, inner in value.items()}
    return [small(inner) for inner in value] if isinstance(value, list) else value


def row(**fields: Any) -> dict[str, Any]:
    return {**record(), "eventTime": "2026-10-03 02:47:11.000", **fields}


def of(value: Any) -> CloudTrailRecord:
    (found,) = unwrap(dumped(value))
    assert isinstance(found, CloudTrailRecord), found
    return found


AT: Told = {"event_time": "2026-10-03 02:47:11.000"}
ASKED = {
    "request_parameters.role_arn": ROLE,
    "request_parameters.role_session_name": "s1",
    "request_parameters.duration_seconds": "900",
}
MADE = {"response_elements.credentials.access_key_id": "ASIA1"}
ROWS = {
    "userIdentity as Presto's text": (row(userIdentity=CALLED), SESSION | AT),
    "the whole row in small letters": (small(row(userIdentity=CALLED)), SESSION | AT),
    "all of it in small letters, as objects": (small(row(userIdentity=session())), SESSION | AT),
    "only userIdentity's names in small letters": (row(userIdentity=small(session())), SESSION | AT),
    "userIdentity as JSON text": (small(row()) | {"useridentity": dumped(ALICE).decode()}, BASE | AT),
    "Athena's order and nulls": (
        row(userIdentity="{type=IAMUser, principalid=AIDA1, arn=null, accountid=1, invokedby=null, username=bob}"),
        without(BASE, "user_identity")
        | AT
        | {
            "user_identity.type": "IAMUser",
            "user_identity.principal_id": "AIDA1",
            "user_identity.account_id": "1",
            "user_identity.user_name": "bob",
        },
    ),
    "parameters as Presto's map": (
        row(
            requestParameters=f"{{roleArn={ROLE}, roleSessionName=s1, durationSeconds=900}}",
            responseElements='{credentials={"accessKeyId":"ASIA1","sessionToken":"FwoG"}, packedPolicySize=1}',
        ),
        BASE | AT | ASKED | MADE,
    ),
    "parameters as a map of texts": (
        row(
            requestParameters={"roleArn": ROLE, "roleSessionName": "s1", "durationSeconds": "900"},
            responseElements={"credentials": '{"accessKeyId":"ASIA1","sessionToken":"FwoG"}'},
        ),
        BASE | AT | ASKED | MADE,
    ),
    "resources as Presto's text": (
        row(resources=f"[{{accountid=1, type=AWS::IAM::Role, arn={ROLE}, arnprefix=null}}]"),
        BASE | AT | {"resources": [{"small": ROLE}]},
    ),
    "a row as a list of fields": ({"QueryResultRows": [[{key: value} for key, value in row().items()]]}, BASE | AT),
    "a session name with what the form itself uses": (
        row(userIdentity="{type=AssumedRole, principalid=AROA1:a=b,c=d@e, arn=arn:x/a=b,c=d@e, accountid=1}"),
        without(BASE, "user_identity")
        | AT
        | {
            "user_identity.type": "AssumedRole",
            "user_identity.principal_id": "AROA1:a=b,c=d@e",
            "user_identity.arn": "arn:x/a=b,c=d@e",
            "user_identity.account_id": "1",
        },
    ),
}


@pytest.mark.parametrize(("value", "expected"), ROWS.values(), ids=ROWS)
def test_a_row_is_read(value: dict[str, Any], expected: Told) -> None:
    assert told(of(value)) == expected


@pytest.mark.parametrize("order", [1, -1])
def test_in_a_row_of_small_names_a_right_one_counts_before_a_small_one(order: int) -> None:
    both = [("userAgent", "right"), ("useragent", "small")][::order]
    assert (
        of({**{key: value for key, value in small(row()).items() if key != "useragent"}, **dict(both)}).user_agent
        == "right"
    )


@pytest.mark.parametrize(
    "text",
    [
        CALLED.replace("username=null", "username=x, invokedby=ec2.amazonaws.com"),
        CALLED.replace("username=null", "username=x, sessioncontext={sourceidentity=jane}"),
        CALLED.replace("username=null", "username=x}, accountid=999999999999"),
        CALLED[:-1],
        CALLED[: len(CALLED) // 2],
        CALLED + "}",
        "{=}",
        "{",
    ],
)
def test_a_name_that_poses_as_fields_leaves_nothing_to_believe(text: str) -> None:
    (found,) = unwrap(dumped(row(userIdentity=text)))
    assert isinstance(found, Unparsed)
    assert found.reason == "a userIdentity that cannot be read"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", {}),
        ("[]", []),
        ("{a=null, b=, c=x y}", {"a": None, "b": "", "c": "x y"}),
        ("{a={b={c=d}}, e=[f, g]}", {"a": {"b": {"c": "d"}}, "e": ["f", "g"]}),
        ('{a={"b": [1, "}"]}, c=d}', {"a": {"b": [1, "}"]}, "c": "d"}),
        ("[{a=b}, {a=c}]", [{"a": "b"}, {"a": "c"}]),
        ("a=b", None),
        ("", None),
        ("{a=b, a=c}", None),
        ("{a=b}x", None),
        ("{" + "a={" * 20 + "}" * 21, None),
    ],
)
def test_presto_s_text_is_read_or_not_at_all(text: str, expected: object) -> None:
    assert from_lake_text(text) == expected

"""Which SCPs are ours, and which stop an account."""

import json
from pathlib import Path

import pytest

from model.scp import is_quarantine, people_document, people_of

FOLDER = Path(__file__).parents[2] / "deploy/iam"
TEXT = {name: (FOLDER / f"{name}.scp.json").read_text("utf-8") for name in ("people", "quarantine")}


def test_the_list_that_is_shipped_is_ours_and_denies_nobody() -> None:
    assert people_of(TEXT["people"]) == ()
    assert json.loads(people_document(())) == json.loads(TEXT["people"])


def test_whoever_is_written_is_read_whatever_their_order() -> None:
    assert people_of(people_document(["b", "a", "b"])) == ("a", "b")
    turned = json.loads(people_document(["a", "b"]))
    turned["Statement"][0]["Condition"]["StringEquals"]["identitystore:UserId"] = ["b", "a"]
    assert people_of(json.dumps(turned)) == ("a", "b")
    turned["Statement"][0]["Condition"]["StringEquals"]["identitystore:UserId"] = "a"
    assert people_of(json.dumps(turned)) == ("a",)
    assert people_document(["a"]) == people_document(["a", "nobody"])


@pytest.mark.parametrize(
    "change",
    [
        {"Sid": "Theirs"}, {"Effect": "Allow"}, {"Action": "s3:*"}, {"Resource": "x"}, {"Condition": {}},
        {"Condition": {"StringLike": {"identitystore:UserId": ["a"]}}}, {"NotAction": "s3:*"},
        {"Condition": {"StringEquals": {"identitystore:UserId": [1]}}},
    ],
)  # fmt: skip
def test_one_change_and_the_list_is_somebody_elses(change: dict[str, object]) -> None:
    document = json.loads(people_document(["a"]))
    document["Statement"][0].update(change)
    assert people_of(json.dumps(document)) is None


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"Statement":[]}', '{"Statement":[1]}', "null", "[" * 100_000])
def test_what_is_no_policy_is_neither(text: str) -> None:
    assert people_of(text) is None
    assert not is_quarantine(text)


def stops(**changes: object) -> bool:
    statement = {"Sid": "x", "Effect": "Deny", "Action": "*", "Resource": "*"} | changes
    return is_quarantine(json.dumps({"Statement": [{"Effect": "Allow"}, statement]}))


def test_what_denies_everybody_but_some_named_ones_stops_an_account() -> None:
    assert is_quarantine(TEXT["quarantine"])
    assert stops()
    assert stops(Action=["*"], Resource=["*"])
    assert is_quarantine(json.dumps({"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}}))
    assert stops(Condition={"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::1:role/x"}})


@pytest.mark.parametrize(
    "changes",
    [
        {"Effect": "Allow"}, {"Action": "s3:*"}, {"Resource": "arn:aws:s3:::x"}, {"NotAction": "x"}, {"Condition": {}},
        {"Condition": "x"}, {"Condition": {"ArnNotLike": "x"}}, {"Condition": {"ArnNotLike": {"aws:SourceArn": "x"}}},
        {"Condition": {"ArnLike": {"aws:PrincipalArn": "x"}}},
        {"Condition": {"ArnNotLike": {"aws:PrincipalArn": "x"}, "Bool": {"aws:SecureTransport": "true"}}},
    ],
)  # fmt: skip
def test_what_denies_less_does_not(changes: dict[str, object]) -> None:
    assert not stops(**changes)
    assert not is_quarantine(TEXT["people"])

"""Whether somebody outside gets in: against labelled documents, ours and others'."""

import json
import time

import pytest

from tests.trust.adversarial import CASES
from tests.trust.policies import FRIEND, ORG, ROLE, allow, deny, text
from trust.exposure import exposure
from trust.ours import Ours
from trust.policy import Invalid, parse

OURS = Ours(ROLE, accounts=frozenset((ROLE, FRIEND)), org_id=ORG)
NOW = 1_800_000_000.0


def exposed(document: str, ours: Ours = OURS):
    policy = parse(document)
    return False if isinstance(policy, Invalid) else exposure(policy, ours, NOW).exposed


def test_there_are_many_and_each_is_another():
    assert len(CASES) == len({name for name, *_ in CASES}) == len({text(*each) for _, each, _ in CASES}) > 200


@pytest.mark.parametrize(("statements", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_policies_that_are_easily_misjudged(statements, expected):
    assert exposed(text(*statements)) is expected


def test_the_order_of_statements_does_not_matter():
    for _, statements, expected in CASES:
        assert exposed(text(*reversed(statements))) is expected


def test_every_labelled_document_is_judged_as_its_label_says(shared):
    labelled = json.loads((shared / "trust/adversarial-trust-policies.json").read_text())
    ours = Ours(labelled["role_account"], accounts=frozenset(labelled["org_accounts"]), org_id=labelled["org_id"])
    cases = labelled["cases"]
    wrong = [c["id"] for c in cases if exposed(json.dumps(c["policy"]), ours) is not c["exposed"]]
    assert (len(cases) > 70, wrong) == (True, [])


@pytest.mark.parametrize(
    "statements",
    [
        [
            allow("*", {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{2 * 10**11 + i}:role/*a*b{i}*"}})
            for i in range(90)
        ],
        [
            allow(
                "*",
                {
                    "StringLike": {
                        "aws:PrincipalArn": [f"*a?{i}*b*{j}" for j in range(4)],
                        "aws:PrincipalOrgID": f"o-{i}*",
                    }
                },
            )
            for i in range(70)
        ],
        [
            allow("*"),
            *(
                deny("*", {"StringLike": {"sts:ExternalId": f"*{i}*", "aws:PrincipalTag/a": f"?{i}*"}})
                for i in range(90)
            ),
        ],
        [
            allow("*", {"StringLike": {"sts:ExternalId": "*a?" * 600 + "b"}}),
            deny("*", {"StringLike": {"sts:ExternalId": "*?a" * 600}}),
        ],
    ],
    ids=["many accounts", "many patterns", "many denies", "long patterns"],
)
def test_no_policy_of_a_size_that_iam_takes_takes_long(statements):
    began = time.process_time()
    assert exposed(text(*statements)) in (True, False, None)
    assert time.process_time() - began < 20

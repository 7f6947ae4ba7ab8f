"""Whether somebody outside gets in: against labelled documents, ours and others'."""

import json

import pytest

from tests.trust.adversarial import CASES
from tests.trust.policies import FRIEND, ORG, ROLE, text
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

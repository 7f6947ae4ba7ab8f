"""The same evidence does not open one case after the other."""

from datetime import timedelta

import pytest

from model.case import CaseState, Resolution
from model.confidence import Confidence
from model.cooling import COOLING, cools, evidence_of
from tests.workflows.attack import finding
from tests.workflows.fakes import T0

SECOND = timedelta(seconds=1)


def closed(state: CaseState = CaseState.DENIED, *hops: int) -> Resolution:
    known = tuple(evidence_of(finding(number)) for number in hops or (3,))
    return Resolution(state=state, finding="f-laptop", summary="", evidence=known)


SETTLED = {"denied", "suppressed", "observed", "expired", "lifted"}


@pytest.mark.parametrize("state", CaseState)
def test_what_was_settled_cools_and_what_was_not_never_does(state: CaseState) -> None:
    assert cools(closed(state), T0, finding(), T0 + SECOND) is (state in SETTLED)


def test_it_cools_for_an_hour() -> None:
    assert timedelta(hours=1) == COOLING
    assert cools(closed(), T0, finding(), T0 + COOLING - SECOND)
    assert not cools(closed(), T0, finding(), T0 + COOLING)


def test_a_finding_that_the_case_did_not_know_opens_another() -> None:
    assert not cools(closed(CaseState.DENIED, 2), T0, finding(3), T0 + SECOND)
    assert cools(closed(CaseState.DENIED, 2, 3), T0, finding(3), T0 + SECOND)
    assert not cools(Resolution(state=CaseState.DENIED, finding="", summary=""), T0, finding(), T0 + SECOND)


@pytest.mark.parametrize(
    "changes",
    [
        {"uid": "another"},
        {"confidence": Confidence.MEDIUM},
        {"hops": 4},
        {"roles": ("arn:aws:iam::333333333333:role/another",)},
        {"detectors": ("composite", "after_assumption")},
        {"anomalies": ()},
    ],
)
def test_whatever_is_new_is_other_evidence(changes: dict[str, object]) -> None:
    assert evidence_of(finding().model_copy(update=changes)) != evidence_of(finding())


def test_more_records_of_the_same_are_not() -> None:
    more = {"records": ("r1", "r2", "r9"), "message": "said otherwise", "last_time": T0 + timedelta(hours=2)}
    assert evidence_of(finding().model_copy(update=more)) == evidence_of(finding())

import pytest

from detectors.chain import chain
from model.baseline import Baseline
from model.facts import fact_of
from model.learning import learn, reach
from model.organization import Organization
from model.thresholds import Thresholds
from tests.detectors.made import ANA, AWAY, BOT, DAY, HOME, NOW, assumption, chain_of, habits

T = Thresholds()
ORG = Organization()
ROLES = (("ci", HOME), ("deploy", AWAY), ("data", AWAY), ("vault", AWAY))


def judged(depth: int, origin: Baseline, **fields):
    line = chain_of(*ROLES[:depth])
    return chain(assumption(*ROLES[depth - 1], **fields), line, Baseline(), origin, T, ORG)


@pytest.mark.parametrize(("depth", "confidence"), [(1, None), (2, None), (3, "medium"), (4, "high")])
def test_more_than_two_hops(depth, confidence):
    found = judged(depth, habits())
    assert (found and found.confidence) == confidence
    if found:
        assert (found.observed, found.expected, found.threshold) == (depth, 1, 2)
        assert found.records == tuple(f"{name}-{n}" for n, (name, _) in enumerate(ROLES[:depth]))
        assert "→" in found.message


def test_a_denied_hop_reaches_no_role():
    assert judged(3, habits(), denied=True) is None


def test_a_known_chain_of_a_mature_origin_is_quiet_and_another_of_that_depth_is_not():
    origin = habits()
    known = fact_of(assumption(*ROLES[2], time=NOW - DAY), chain_of(*ROLES[:3]))
    reach(origin, known)
    assert judged(3, origin) is None
    other = chain_of(ROLES[0], ("deploy2", AWAY), ROLES[2])
    found = chain(assumption(*ROLES[2]), other, Baseline(), origin, T, ORG)
    assert found is not None
    assert found.expected == 3


def test_a_known_chain_of_an_origin_without_habits_is_not_quiet():
    origin = reach(Baseline(), fact_of(assumption(*ROLES[2], time=NOW - DAY), chain_of(*ROLES[:3])))
    assert judged(3, origin) is not None


@pytest.mark.parametrize(
    ("trust", "denied", "confidence"),
    [
        ([], False, "high"),
        ([], True, "medium"),
        ([{"from": HOME, "to": AWAY}], False, None),
        ([{"from": BOT.arn, "to": f"arn:aws:iam::{AWAY}:*"}], False, None),
        ([{"from": HOME, "to": AWAY, "until": "2026-09-01"}], False, "high"),
        ([{"from": AWAY, "to": AWAY}], False, "high"),
    ],
)
def test_assume_root(trust, denied, confidence):
    made = assumption("x", AWAY, how="AssumeRoot", role_arn=f"arn:aws:iam::{AWAY}:root", caller=BOT, denied=denied)
    found = chain(made, chain_of(("x", AWAY)), Baseline(), Baseline(), T, Organization.model_validate({"trust": trust}))
    assert (found and found.confidence) == confidence


def test_assume_root_that_is_done_regularly_is_quiet():
    made = assumption("x", AWAY, how="AssumeRoot", role_arn=f"arn:aws:iam::{AWAY}:root", caller=ANA)
    baseline = habits()
    learn(baseline, fact_of(assumption("x", AWAY, role_arn=made.role_arn, time=NOW - DAY), chain_of(("x", AWAY))))
    assert chain(made, chain_of(("x", AWAY)), baseline, baseline, T, ORG) is None

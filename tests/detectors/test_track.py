"""What a running finding takes in."""

from datetime import timedelta

import pytest

from detectors.track import MOST_EVIDENCE, Noted, Track
from model.anomaly import Anomaly
from model.baseline import Fact
from model.confidence import Confidence
from model.evidence import Evidence
from model.lineage import Lineage
from model.thresholds import Weighing
from tests.workflows.attack import ORIGIN, ROLES, finding, hop
from tests.workflows.fakes import T0

W = Weighing()


def tracked(*numbers: int) -> Track:
    line = Lineage(origin=ORIGIN, hops=tuple(hop(number) for number in numbers))
    anomaly: Anomaly = finding().anomalies[0]
    evidence = Evidence(
        subject="ana",
        anomaly=anomaly,
        last=T0,
        caller=ORIGIN,
        target=ROLES[0],
        account="111111111111",
        lineages=(line,),
    )
    track = Track()
    track.evidence.append(evidence)
    track.confidence = Confidence.HIGH
    return track


def test_a_second_child_of_a_known_session_joins_though_its_sibling_came_first() -> None:
    track = tracked(1, 2)
    sibling = Lineage(origin=ORIGIN, hops=(hop(1), hop(3)))
    assert track.extend(sibling)
    assert sibling in track.evidence[0].lineages


def test_a_hop_from_a_session_that_is_not_in_the_chain_does_not_join() -> None:
    assert not tracked(1, 2).extend(Lineage(origin=ORIGIN, hops=(hop(3), hop(2))))


def small(number: int, detector: str = "new_pair", confidence: str = "low", minutes: float = 0) -> Evidence:
    base = tracked(1).evidence[0]
    at = T0 + timedelta(minutes=minutes)
    anomaly = base.anomaly.model_copy(
        update={
            "detector": detector,
            "confidence": Confidence(confidence),
            "time": at,
            "records": (f"{detector}-{number}",),
            "quiet": False,
        }
    )
    return base.model_copy(update={"subject": f"role {number}", "anomaly": anomaly, "last": at})


def flooded() -> Track:
    track = Track()
    for number in range(MOST_EVIDENCE):
        track.note(small(number), 3600)
    assert track.confidence is Confidence.LOW
    return track


@pytest.mark.parametrize(("detector", "confidence"), [("after_assumption", "high"), ("new_pair", "medium")])
def test_a_flood_of_small_oddities_hides_no_greater_one(detector: str, confidence: str) -> None:
    track = flooded()
    assert track.note(small(900, detector, confidence, minutes=1), 3600) is Noted.NEW
    assert len(track.evidence) == MOST_EVIDENCE
    assert track.confidence is Confidence(confidence)


def test_a_flood_pushes_out_no_other_kind_of_sign_and_loses_no_proof() -> None:
    track = Track()
    track.note(small(0, "off_hours"), 3600)
    for number in range(2 * MOST_EVIDENCE):
        track.note(small(number), 3600)
    kinds = [each.anomaly.detector for each in track.evidence]
    assert (kinds.count("off_hours"), len(kinds)) == (1, MOST_EVIDENCE)
    kept = {record for each in track.evidence for record in each.anomaly.records}
    assert "off_hours-0" in kept
    assert len(kept) > MOST_EVIDENCE


def test_a_finding_that_is_full_goes_on_as_long_as_its_flood() -> None:
    track = flooded()
    assert track.note(small(900, minutes=50), 3600) is Noted.KNOWN
    assert not track.has_ended((T0 + timedelta(minutes=100)).timestamp(), 3600)


def test_in_a_full_finding_what_is_excepted_goes_before_what_is_not() -> None:
    track = Track()
    for number in range(MOST_EVIDENCE - 1):
        track.note(small(number), 3600)
    hushed = small(800, confidence="high")
    quiet = hushed.anomaly.model_copy(update={"quiet": True})
    track.note(hushed.model_copy(update={"anomaly": quiet}), 3600)
    track.note(small(900), 3600)
    assert not any(each.anomaly.quiet for each in track.evidence)


@pytest.mark.parametrize(
    ("detector", "confidence", "mature", "quarantined", "wait"),
    [
        ("new_pair", "medium", True, True, W.cooling_s),
        ("velocity", "medium", True, False, W.cooling_s),
        ("velocity", "medium", False, False, W.window_s),
        ("fan_out", "high", True, True, None),
        ("fan_out", "high", False, False, W.window_s),
        ("chain", "high", False, True, None),
    ],
)
def test_how_much_somebody_does_is_no_reason_to_unlearn_what_it_does(detector, confidence, mature, quarantined, wait):
    """Else one busy day starves the habits, and every day after it is a busy one."""
    track = Track()
    track.note(small(1, detector, confidence), 3600)
    track.hold(Fact(time=T0.timestamp(), target=ROLES[0]), "ana", "ana")
    track.settle(W, mature)
    assert bool(track.quarantine) is quarantined
    (held,) = track.held
    assert held.due == (None if wait is None else T0.timestamp() + wait)


def test_more_than_counts_is_told_by_one_other_loud_sign() -> None:
    track = Track()
    track.note(small(1, "fan_out", "high"), 3600)
    track.note(small(2, "new_pair", "medium"), 3600)
    track.settle(W, mature=False)
    assert track.quarantine

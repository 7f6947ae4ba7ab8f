"""Exceptions at work in the judge."""

from datetime import UTC, datetime

from detectors.judge import Judge
from model.exemption import Exemption
from model.organization import Organization
from model.thresholds import Thresholds
from tests.detectors.paper_store import PaperStore
from tests.detectors.world import ANA, PROD, assume, final, judged, laptop, month, night

EVER = datetime(2030, 1, 1, tzinfo=UTC)


def judge(*exemptions: Exemption) -> Judge:
    described = Organization(time_zone="Europe/Berlin")
    return Judge(Thresholds(), described, PaperStore(), exemptions=exemptions)


def ana(**fields: object) -> Exemption:
    return Exemption.model_validate({"identity": ANA.arn, "until": EVER, "reason": "new project", **fields})


def of_ana(found: list) -> list:
    return [finding for finding in found if finding.origin.person == "ana"]


def test_a_new_role_that_is_expected_makes_no_finding_and_another_one_does():
    records = month()
    for hour, role in ((10, "project"), (13, "other")):
        records.append(assume(ANA, role, PROD, night().replace(hour=hour))[0])
    expected = ana(detector="new_pair", role=f"arn:aws:iam::{PROD}:role/project")
    assert [f.roles for f in of_ana(final(judged(records, judge(expected))))] == [(f"arn:aws:iam::{PROD}:role/other",)]
    assert len(of_ana(final(judged(records, judge())))) == 2


def test_an_exception_for_one_check_does_not_hide_an_attack():
    """The laptop attack: time, target and way; an exception of the target leaves it one side of the composite."""
    (found,) = of_ana(final(judged([*month(), *laptop(night())], judge(ana(detector="new_pair")))))
    assert found.severity == "critical"
    assert any("excepted until 2030-01-01 (new project)" in anomaly.message for anomaly in found.anomalies)


def test_an_exception_for_a_hop_of_the_way_hides_nothing():
    hop = ana(identity="arn:aws:iam::222222222222:role/deploy")
    attack = [*month(), *laptop(night())]
    (found,), (plain,) = of_ana(final(judged(attack, judge(hop)))), of_ana(final(judged(attack, judge())))
    assert found.severity == "critical"
    assert found.message == plain.message
    assert not any("excepted" in anomaly.message for anomaly in found.anomalies)

"""Exceptions at work in the judge."""

from datetime import UTC, datetime

from detectors.judge import Judge
from model.exemption import Exemption
from model.organization import Organization
from model.thresholds import Thresholds
from tests.detectors.paper_store import PaperStore
from tests.detectors.world import ANA, PROD, assume, final, judged, laptop, month, night, read

BERLIN = Organization(time_zone="Europe/Berlin")
EVER = datetime(2030, 1, 1, tzinfo=UTC)


def judge(*exemptions: Exemption) -> Judge:
    return Judge(Thresholds(), BERLIN, PaperStore(), exemptions=exemptions)


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


def test_a_judge_that_begins_again_goes_on_with_what_was_spared():
    records = [*month(20), *laptop(night(20))]
    expected = ana(detector="new_pair")
    cut, store = [], PaperStore()
    for at in range(0, len(records), 60):
        again = Judge(Thresholds(), BERLIN, store, exemptions=(expected,), entry=store.last)
        cut.append(again.judge(read(records[at : at + 60])))
        store.commit(again.written(cut[-1].findings))
    steady = judged(records, judge(expected), poll=60)
    assert final(cut) == final(steady)
    assert any("excepted" in anomaly.message for finding in final(cut) for anomaly in finding.anomalies)

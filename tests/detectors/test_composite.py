from datetime import timedelta
from itertools import permutations

import pytest

from detectors.composite import is_composite, longest, uid_of, weigh
from model.anomaly import Anomaly
from model.evidence import Evidence
from model.label import moment
from tests.detectors.made import ANA, AWAY, HOME, NOW, arn, chain_of

THREE = chain_of(("ci", HOME), ("deploy", AWAY), ("data", AWAY)).lineage()


def evidence(
    detector: str, confidence: str = "medium", after_s: float = 0, lineage=THREE, quiet: bool = False
) -> Evidence:
    at = moment(NOW) + timedelta(seconds=after_s)
    anomaly = Anomaly(
        detector=detector,
        time=at,
        confidence=confidence,
        observed=1,
        expected=None,
        threshold=None,
        window=None,
        message=f"{detector} was odd",
        records=(f"{detector}-{after_s}",),
        techniques=("T1078.004",),
        quiet=quiet,
    )
    return Evidence(
        subject=detector, anomaly=anomaly, last=at, caller=ANA, target=arn("ci"), account=HOME, lineages=(lineage,)
    )


TIME, FREQUENCY = ("off_hours", "low"), ("velocity", "medium")
TARGET, NEAR = ("new_pair", "medium"), ("new_pair", "low")
WAY, LONG = ("chain", "medium"), ("chain", "high")
DOORS = ("velocity", "high")


@pytest.mark.parametrize(
    ("signs", "confidence", "composite"),
    [
        ([TIME], "low", False),
        ([TARGET], "medium", False),
        ([NEAR], "low", False),
        ([LONG], "high", False),
        ([TIME, TARGET], "medium", False),
        ([TIME, NEAR], "low", False),
        ([TIME, FREQUENCY], "medium", False),
        ([FREQUENCY, TARGET], "medium", False),
        ([WAY, TARGET], "medium", False),
        ([WAY, TIME], "medium", False),
        ([TIME, FREQUENCY, NEAR], "high", True),
        ([TIME, FREQUENCY, TARGET], "high", True),
        ([TIME, TARGET, WAY], "high", True),
        ([FREQUENCY, TARGET, WAY], "high", True),
        ([LONG, TIME], "high", True),
        ([DOORS, NEAR], "high", True),
        ([("new_pair", "high"), ("new_pair", "low")], "high", False),
    ],
)
def test_the_weighing(signs, confidence, composite):
    found = weigh([evidence(*sign) for sign in signs], 3600)
    assert found is not None
    assert found.confidence == confidence
    assert ("composite" in found.detectors) is composite
    assert found.severity == ("critical" if composite else confidence)
    assert found.playbook == ("record_only" if confidence == "low" else "suspend_credentials")


@pytest.mark.parametrize(("apart_s", "composite"), [(3599, True), (3600, False)])
def test_only_the_last_hour_counts(apart_s, composite):
    signs = [evidence(*TIME), evidence(*TARGET, apart_s - 10), evidence(*WAY, apart_s)]
    found = weigh(signs, 3600)
    assert found is not None
    assert ("composite" in found.detectors) is composite


def test_the_confidence_never_falls_when_the_hour_slides_on():
    signs = [evidence(*TIME), evidence(*TARGET, 10), evidence(*WAY, 20)]
    later = weigh([*signs, evidence("velocity", "medium", 3500), evidence("unreadable", "low", 7000)], 3600)
    assert later is not None
    assert later.confidence == "high"
    assert later.detected == moment(NOW + 20)


def test_the_order_of_the_evidence_does_not_matter():
    signs = [evidence(*TIME), evidence(*TARGET, 10), evidence(*WAY, 20), evidence(*FREQUENCY, 20)]
    assert len({weigh(order, 3600).model_dump_json() for order in permutations(signs)}) == 1


def test_quiet_evidence_makes_no_finding_alone_and_counts_with_others():
    assert weigh([evidence(*TIME, quiet=True)], 3600) is None
    found = weigh([evidence(*TIME, quiet=True), evidence(*TARGET), evidence(*WAY)], 3600)
    assert found is not None
    assert found.detectors[-1] == "composite"


def test_a_finding_says_everything_that_containment_needs():
    found = weigh([evidence(*TIME), evidence(*WAY, 20)], 3600)
    assert found is not None
    assert found.lineages == (THREE,)
    assert found.roles == (arn("ci"), arn("deploy", AWAY), arn("data", AWAY))
    assert (found.hops, found.source_accounts, found.target_accounts) == (3, (HOME,), (HOME, AWAY))
    assert found.uid == uid_of(evidence(*TIME))
    assert set(found.records) >= {"ci-0", "deploy-1", "data-2", "chain-20"}


def test_a_known_finding_keeps_its_uid():
    assert weigh([evidence(*WAY)], 3600, uid="kept").uid == "kept"


def test_a_chain_that_is_the_beginning_of_another_is_not_listed():
    two = chain_of(("ci", HOME), ("deploy", AWAY)).lineage()
    other = chain_of(("ci2", HOME)).lineage()
    assert longest([two, THREE, other, two]) == (THREE, other)


def test_two_of_one_detector_are_no_composite():
    assert not is_composite([evidence("velocity", "high"), evidence("velocity", "high", 5)])

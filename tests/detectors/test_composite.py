from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.composite import is_composite, longest, uid_of, weigh
from model.anomaly import DETECTORS, Anomaly
from model.evidence import Evidence
from model.label import moment
from tests.detectors.made import ANA, AWAY, HOME, NOW, arn, chain_of

THREE = chain_of(("ci", HOME), ("deploy", AWAY), ("data", AWAY)).lineage()


def evidence(
    detector: str,
    confidence: str = "medium",
    after_s: float = 0,
    lineage=THREE,
    quiet: bool = False,
    observed: int | str = 1,
    threshold: int | None = None,
) -> Evidence:
    at = moment(NOW) + timedelta(seconds=after_s)
    anomaly = Anomaly(
        detector=detector,
        time=at,
        confidence=confidence,
        observed=observed,
        expected=None,
        threshold=threshold,
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
FAST, WIDE = ("velocity", "high"), ("fan_out", "high")
PLACE, DOORS, SHORT = ("new_origin", "low"), ("enumeration", "medium"), ("short_sessions", "low")
CROWD, BORDER = ("convergence", "medium"), ("cross_boundary", "high")
DEED, WORSE, BLIND = ("after_assumption", "medium"), ("after_assumption", "high"), ("defence_evasion", "high")
WITNESS = ("guardduty", "low")


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
        ([TIME, CROWD, WAY], "high", True),
        ([FREQUENCY, TARGET, WAY], "high", True),
        ([TIME, NEAR, WAY], "medium", False),
        ([("new_pair", "high"), ("new_pair", "low")], "high", False),
        # Three lows, and what always comes together: a trip, a tool written in Go, doors that are new roles too.
        ([TIME, SHORT, NEAR], "low", False),
        ([PLACE, SHORT, NEAR], "low", False),
        ([TIME, PLACE, NEAR], "low", False),
        ([TIME, PLACE, TARGET], "medium", False),
        ([TIME, PLACE, SHORT, NEAR], "low", False),
        ([TIME, PLACE, WAY], "medium", False),
        ([TIME, DOORS, NEAR], "medium", False),
        ([TIME, SHORT, TARGET], "medium", False),
        ([DOORS, TARGET, CROWD], "medium", False),
        ([TIME, PLACE, NEAR, WAY], "high", True),
        ([TIME, DOORS, TARGET], "medium", False),
        ([TIME, DOORS, FREQUENCY], "high", True),
        ([TIME, TARGET, DEED], "high", True),
        ([PLACE, WAY, DEED], "high", True),
        # A high that may be false: a lone low near it says nothing, nor does another part of the reach.
        ([LONG, TIME], "high", False),
        ([FAST, NEAR], "high", False),
        ([WIDE, PLACE], "high", False),
        ([WIDE, FREQUENCY, TARGET], "high", False),
        ([WIDE, BORDER], "high", False),
        ([LONG, TARGET], "high", False),
        ([WORSE, TIME], "high", False),
        ([BLIND, WORSE], "high", False),
        ([WIDE, TIME, NEAR], "high", True),
        ([LONG, TIME, PLACE], "high", True),
        ([BLIND, WAY], "high", True),
        # A new project: somebody goes somewhere new to make something there.
        ([BORDER, DEED], "high", False),
        ([WORSE, TARGET], "high", False),
        ([WORSE, BORDER], "high", True),
        ([WORSE, TARGET, TIME], "high", True),
        # A second witness.
        ([WITNESS], "low", False),
        ([TIME, WITNESS], "medium", False),
        ([TARGET, WITNESS], "high", False),
        ([TARGET, ("guardduty", "high")], "high", False),
        ([LONG, WITNESS], "high", True),
    ],
)
def test_the_weighing(signs, confidence, composite):
    found = weigh([evidence(*sign) for sign in signs], 3600)
    assert found is not None
    assert found.confidence == confidence
    assert ("composite" in found.detectors) is composite
    assert found.severity == ("critical" if composite else confidence)
    calm = {"low": ("record_only",), "medium": ("ask_first", "review_exception", "investigate_chain")}
    roads = ("suspend_credentials",) if composite else calm.get(confidence, ("ask_first",))
    assert found.playbook in roads


@pytest.mark.parametrize(
    ("signs", "composite"), [([TIME, TARGET], True), ([TIME, NEAR], False), ([WIDE], True), ([TARGET, DOORS], False)]
)
def test_a_place_with_another_tool_is_more_than_a_trip(signs, composite):
    assert (
        is_composite([evidence("new_origin", "low", observed="network, tool"), *[evidence(*sign) for sign in signs]])
        is composite
    )
    assert not is_composite([evidence("new_origin", "low"), *[evidence(*sign) for sign in signs if sign != DOORS]])


@pytest.mark.parametrize(("observed", "composite"), [("network", True), ("region", False)])
def test_a_region_goes_with_the_target_and_is_no_place_of_its_own(observed, composite):
    signs = [evidence("new_origin", "low", observed=observed), evidence(*WORSE), evidence(*TARGET)]
    assert is_composite(signs) is composite


@pytest.mark.parametrize(
    ("observed", "quiet", "confidence"),
    [
        ("network", False, "medium"),
        ("network, region", False, "medium"),
        ("tool", False, "low"),
        ("network", True, "low"),
    ],
)
def test_a_strange_hour_in_a_new_place_is_medium_unless_on_call(observed, quiet, confidence):
    signs = [evidence("new_origin", "low", observed=observed), evidence("off_hours", "low", quiet=quiet)]
    found = weigh(signs, 3600)
    assert (found.confidence, "composite" in found.detectors) == (confidence, False)


@pytest.mark.parametrize(("observed", "threshold", "confidence"), [(1, 1, "medium"), (4, 1, "medium"), (5, 5, "high")])
def test_many_new_roles_by_night_from_elsewhere_are_no_trip(observed, threshold, confidence):
    night = [evidence("off_hours", "low"), evidence("new_origin", "low", observed="network")]
    found = weigh([*night, evidence("new_pair", observed=observed, threshold=threshold)], 3600)
    assert (found.confidence, "composite" in found.detectors) == (confidence, False)


@pytest.mark.parametrize(
    ("other", "quiet", "confidence"),
    [
        ("cross_boundary", False, "high"),
        ("chain", False, "high"),
        ("velocity", False, "medium"),
        ("chain", True, "medium"),
    ],
)
def test_a_deed_somewhere_new_is_high(other, quiet, confidence):
    found = weigh([evidence("after_assumption"), evidence(other, quiet=quiet)], 3600)
    assert (found.confidence, "composite" in found.detectors) == (confidence, False)


@pytest.mark.parametrize(("signs", "confidence"), [([TIME, PLACE], "high"), ([TIME], "medium"), ([PLACE], "medium")])
def test_a_deed_at_night_from_elsewhere_is_high(signs, confidence):
    found = weigh([evidence("after_assumption"), *[evidence(*sign) for sign in signs]], 3600)
    assert (found.confidence, "composite" in found.detectors) == (confidence, False)


SIGNS = st.builds(
    evidence,
    st.sampled_from([name for name in DETECTORS if name not in ("composite", "unreadable")]),
    st.sampled_from(["low", "medium", "high"]),
    st.sampled_from([0, 10, 1800, 3590, 3700]),
    quiet=st.booleans(),
    observed=st.sampled_from(["network", "tool", "network, tool", 3]),
)


def rank(signs) -> tuple[int, bool]:
    found = weigh(signs, 3600)
    return (-1, False) if found is None else (found.confidence.rank, "composite" in found.detectors)


@given(st.lists(SIGNS, min_size=1, max_size=7), SIGNS)
def test_more_evidence_never_makes_it_weaker(signs, one_more):
    assert rank([*signs, one_more]) >= rank(signs)


@given(st.lists(SIGNS, min_size=2, max_size=7), st.randoms(use_true_random=False))
def test_the_weighing_knows_no_order(signs, chance):
    shuffled = [*signs]
    chance.shuffle(shuffled)
    assert rank(shuffled) == rank(signs)


@given(st.lists(SIGNS, min_size=1, max_size=7))
def test_lows_alone_are_no_composite_and_beside_a_witness_no_more_than_medium(signs):
    lows = [each for each in signs if each.anomaly.confidence == "low"]
    assert rank(lows) <= (1, False)


def test_four_lows_that_look_like_a_stolen_key_are_no_composite():
    lows = [evidence(name, "low") for name in ("velocity", "off_hours", "new_pair", "chain")]
    assert rank(lows) == (0, False)


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

"""Which runbook answers which finding."""

import pytest

from model.confidence import Confidence
from model.finding import Finding
from model.settings import DEFAULT_ROUTES, Route
from playbooks import select
from tests.workflows.attack import USER, finding

TIERS = {"333333333333": "critical", "111111111111": "low"}


def found(*detectors: str, confidence: Confidence = Confidence.HIGH) -> Finding:
    return finding().model_copy(update={"detectors": detectors, "confidence": confidence})


@pytest.mark.parametrize(
    ("route", "fits"),
    [
        (Route(), True),
        (Route(detectors=("chain",)), True),
        (Route(detectors=("velocity",)), False),
        (Route(detectors=("chain", "velocity")), True),
        (Route(detectors=("chain",), alone=True), False),
        (Route(detectors=("chain", "composite", "new_pair", "off_hours"), alone=True), True),
        (Route(confidence=(Confidence.HIGH,)), True),
        (Route(confidence=(Confidence.MEDIUM, Confidence.LOW)), False),
        (Route(accounts=("222222222222",)), True),
        (Route(accounts=("999999999999",)), False),
        (Route(tiers=("critical",)), True),
        (Route(tiers=("medium",)), False),
        (Route(identities=(USER,)), True),
        (Route(identities=("arn:aws:iam::*:user/a*",)), True),
        (Route(identities=("arn:aws:iam::*:role/*",)), False),
        (Route(detectors=("chain",), accounts=("999999999999",)), False),
    ],
)
def test_a_route_fits_where_every_condition_does(route: Route, fits: bool) -> None:
    other = Route(playbook="record_only", patience_s=11)
    assert select(finding(), (route, other), TIERS) == (route if fits else other)


def test_the_first_route_that_fits_wins_and_nothing_is_recorded_only() -> None:
    assert select(finding(), (Route(patience_s=20), Route()), {}).patience_s == 20
    assert select(finding(), (), {}).playbook == "record_only"


def test_an_origin_without_an_arn_is_named_by_no_pattern() -> None:
    nameless = finding()
    nameless = nameless.model_copy(update={"origin": nameless.origin.model_copy(update={"arn": None})})
    assert select(nameless, (Route(identities=("*",)),), {}).playbook == "record_only"


@pytest.mark.parametrize(
    ("detectors", "confidence", "playbook"),
    [
        (("composite", "chain"), Confidence.HIGH, "suspend_credentials"),
        (("defence_evasion",), Confidence.HIGH, "ask_first"),
        (("fan_out",), Confidence.HIGH, "ask_first"),
        (("cross_boundary",), Confidence.HIGH, "ask_first"),
        (("cross_boundary",), Confidence.MEDIUM, "review_exception"),
        (("cross_boundary", "chain"), Confidence.MEDIUM, "investigate_chain"),
        (("chain",), Confidence.MEDIUM, "investigate_chain"),
        (("velocity",), Confidence.MEDIUM, "ask_first"),
        (("off_hours",), Confidence.LOW, "record_only"),
        (("cross_boundary",), Confidence.LOW, "record_only"),
        (("chain",), Confidence.LOW, "record_only"),
    ],
)
def test_without_settings_every_finding_has_its_runbook_and_is_only_observed(
    detectors: tuple[str, ...], confidence: Confidence, playbook: str
) -> None:
    route = select(found(*detectors, confidence=confidence), DEFAULT_ROUTES, {})
    assert (route.playbook, route.mode) == (playbook, "observe")

"""When one approval is not enough, and what may be done before anybody is asked."""

import pytest

from model.confidence import Confidence
from model.containment import Cannot, ContainmentPlan
from model.containment_planner import plan_containment
from model.quorum import acts_first, why_two, wide
from model.settings import Approvals, Mode, Route
from tests.workflows.attack import ROLES, finding

PLAN = plan_containment(finding().lineages)
ONE = Approvals()


def test_a_plan_of_as_many_principals_as_one_may_approve_needs_one() -> None:
    assert wide(PLAN, Approvals(wide=len(PLAN.actions)), ()) == ""
    assert wide(PLAN, Approvals(wide=len(PLAN.actions) - 1), ()) == "the plan cuts off 4 principals"


def test_what_stops_legitimate_use_needs_two() -> None:
    assert wide(PLAN, Approvals(two_for=("deny_user",)), ()) == "the action deny_user stops legitimate use as well"
    assert wide(PLAN, Approvals(two_for=("quarantine",)), ()) == ""


def test_a_chain_that_touches_a_protected_principal_needs_two() -> None:
    touching = plan_containment(finding().lineages, (ROLES[1],))
    assert wide(touching, ONE, (ROLES[1],)) == "the chain touches a protected principal"
    foreign = ContainmentPlan(actions=PLAN.actions, cannot=(Cannot(target=ROLES[0], why="not ours", do="tell them"),))
    assert wide(foreign, ONE, (ROLES[1],)) == ""


def test_settings_may_ask_for_two_always() -> None:
    assert why_two(PLAN, Route(quorum=2), ONE, ()) == "settings ask for two"
    assert why_two(PLAN, Route(), ONE, ()) == ""
    assert why_two(PLAN, Route(), Approvals(wide=1), ()) == "the plan cuts off 4 principals"


@pytest.mark.parametrize(
    ("detectors", "mode", "two", "acts"),
    [
        (("composite", "chain"), "enforce", "", True),
        (("defence_evasion",), "enforce", "", True),
        (("chain", "velocity"), "enforce", "", False),
        (("composite",), "ask", "", False),
        (("composite",), "observe", "", False),
        (("composite",), "enforce", "the plan is wide", False),
    ],
)
def test_only_what_is_surest_is_acted_on_first(detectors: tuple[str, ...], mode: Mode, two: str, acts: bool) -> None:
    found = finding(3, Confidence.HIGH).model_copy(update={"detectors": detectors})
    assert acts_first(found, Route(mode=mode), two) is acts

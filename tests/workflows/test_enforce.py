"""Contain first, then tell: only where settings say so, and only for what is surest."""

from datetime import timedelta

import pytest

from model.approval import Verb
from model.case import CaseState
from model.confidence import Confidence
from model.finding import Finding
from model.settings import Budget, CaseSettings, Guard, Route
from tests.workflows.attack import ROLES, USER, finding
from tests.workflows.conftest import SETTINGS, Case, World
from tests.workflows.fakes import ANA, DANA, EVE

ENFORCING = SETTINGS.model_copy(
    update={
        "routes": (
            Route(detectors=("composite",), mode="enforce"),
            Route(confidence=("medium",), playbook="ask_first", mode="ask"),
        )
    }
)


async def enforced(world: World, settings: CaseSettings = ENFORCING) -> Case:
    case = await world.open(finding(), settings)
    await case.until(CaseState.CONTAINED)
    return case


async def test_a_composite_is_contained_before_anybody_is_asked_and_then_told(world: World) -> None:
    case = await enforced(world)
    view = await case.shown(CaseState.CONTAINED)
    assert {done.target for done in view.containments if done.contained} == {USER, *ROLES}
    assert view.decision is not None
    assert (view.decision.by, view.decision.verified, view.decision.source) == ("settings (enforce)", False, None)
    await case.until_true(
        lambda: any("contained by hopstop itself" in text for texts in world.pager.pages.values() for text in texts)
    )
    assert not any("a decision is needed" in text for texts in world.pager.pages.values() for text in texts)
    assert any(button.verb is Verb.LIFT for button in world.slack.cards[-1].buttons)


@pytest.mark.parametrize("source", ["cli", "ui"])
async def test_what_proves_nobody_never_lifts_what_was_enforced(world: World, source: str) -> None:
    case = await enforced(world)
    view = await case.shown(CaseState.CONTAINED)
    view = await case.click(Verb.LIFT, source=source, plan=view.plan.hash if view.plan else "")
    assert f"{source} proves nobody" in view.clicks[-1].why
    assert world.iam.principals[USER].policies


async def test_the_suspect_never_lifts_and_an_approver_does(world: World) -> None:
    case = await enforced(world)
    await case.shown(CaseState.CONTAINED)
    view = await case.click(Verb.LIFT, user=ANA)
    assert not view.clicks[-1].accepted
    await case.click(Verb.LIFT, reason="a migration of ours")
    await case.until(CaseState.LIFTED)
    assert not any(world.iam.principals[arn].policies for arn in (USER, *ROLES))


async def test_what_nobody_decided_teaches_nothing(world: World) -> None:
    case = await enforced(world)
    await case.shown(CaseState.CONTAINED)
    await case.click(Verb.LIFT)
    await case.handle.result()
    assert world.school.lessons == []


async def test_a_wide_plan_is_asked_about_even_in_enforce_mode(world: World) -> None:
    approvals = SETTINGS.approvals.model_copy(update={"wide": 3, "users": (DANA, EVE)})
    case = await world.open(finding(), ENFORCING.model_copy(update={"approvals": approvals}))
    await case.shown(CaseState.WAITING)
    assert world.iam.writes == []


async def test_a_question_becomes_an_act_when_the_chain_becomes_a_composite(world: World) -> None:
    case = await world.open(finding(1, Confidence.MEDIUM), ENFORCING)
    await case.shown(CaseState.WAITING)
    assert world.iam.writes == []
    await case.handle.signal("finding", finding(3))
    view = await case.until(CaseState.CONTAINED)
    assert (view.playbook, view.mode) == ("suspend_credentials", "enforce")


async def test_hops_that_come_to_light_later_are_cut_as_well(world: World) -> None:
    case = await world.open(finding(2), ENFORCING)
    await case.until(CaseState.CONTAINED)
    await case.handle.signal("finding", finding(3))
    await case.until_true(lambda: bool(world.iam.principals[ROLES[2]].policies))
    await case.until(CaseState.CONTAINED)


async def test_the_kill_switch_stops_it_as_well(world: World) -> None:
    world.switch.rules = Guard(stop=True)
    case = await world.open(finding(), ENFORCING)
    view = await case.shown(CaseState.NOT_CONTAINED)
    assert world.iam.writes == []
    assert all("kill switch" in done.why for done in view.containments)


async def test_over_the_budget_somebody_is_paged_instead(world: World) -> None:
    world.switch.rules = Guard(budget=Budget(hour=3))
    case = await world.open(finding(), ENFORCING)
    view = await case.shown(CaseState.NOT_CONTAINED)
    assert world.iam.writes == []
    assert not view.closed
    assert all("more than 3 containments in an hour" in done.why for done in view.containments)
    await case.until_true(
        lambda: any("the budget is used up" in text for texts in world.pager.pages.values() for text in texts)
    )
    world.switch.rules = Guard(budget=Budget(hour=4))
    await case.click(Verb.RETRY)
    await case.until(CaseState.CONTAINED)


async def test_a_case_counts_once_however_often_it_is_written(world: World) -> None:
    world.switch.rules = Guard(budget=Budget(hour=4, day=4, account_hour=4, account_day=4))
    case = await enforced(world)
    await world.env.sleep(timedelta(seconds=10))
    world.iam.delete_policy(ROLES[2], world.iam.principals[ROLES[2]].policies[0].name)
    await world.env.sleep(timedelta(seconds=40))
    assert world.iam.principals[ROLES[2]].policies
    assert (await case.view()).state is CaseState.CONTAINED


async def test_observe_never_acts_whatever_route_began_it(world: World) -> None:
    """Approved under one route; by then the chain has reached an account that is only observed."""
    routes = (
        Route(detectors=("composite",), accounts=("333333333333",), mode="observe"),
        Route(detectors=("composite",), mode="ask"),
    )
    case = await world.open(finding(2), SETTINGS.model_copy(update={"routes": routes}))
    await case.shown(CaseState.WAITING)
    await case.handle.signal("finding", finding(3))
    view = await case.shown(CaseState.OBSERVED)
    assert view.mode == "observe"
    view = await case.click(Verb.APPROVE)
    assert not view.clicks[-1].accepted
    assert world.iam.writes == []


def only(*detectors: str) -> Finding:
    return finding().model_copy(update={"detectors": detectors})


async def test_enforce_is_for_what_is_surest_even_where_settings_slipped_through(world: World) -> None:
    routes = (Route(mode="enforce"),)
    case = await world.open(only("chain", "new_pair"), SETTINGS.model_copy(update={"routes": routes}))
    await case.shown(CaseState.WAITING)
    assert world.iam.writes == []


async def test_what_settings_take_is_planned_when_iam_was_asked(world: World) -> None:
    del world.iam.principals[ROLES[1]]
    case = await world.open(finding(), ENFORCING)
    view = await case.until(CaseState.NOT_CONTAINED)
    said = [line.text for line in view.log]
    asked = next(number for number, text in enumerate(said) if "no such principal" in text)
    assert asked < said.index("enforce mode: contained before anybody is asked")

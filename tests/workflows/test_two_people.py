"""Where one approval is not enough."""

from datetime import timedelta

import pytest

from model.approval import Verb
from model.case import CaseState
from model.confidence import Confidence
from model.errors import Unavailable
from model.settings import CaseSettings, Guard, Route
from tests.workflows.attack import ROLES, finding
from tests.workflows.conftest import SETTINGS, Case, World
from tests.workflows.fakes import DANA, EVE, TEAM

TWO = SETTINGS.model_copy(
    update={
        "approvals": SETTINGS.approvals.model_copy(update={"users": (DANA, EVE)}),
        "routes": (Route(detectors=("composite",), mode="ask", quorum=2), Route(playbook="record_only")),
    }
)


async def asked(world: World, settings: CaseSettings = TWO, hops: int = 3) -> Case:
    case = await world.open(finding(hops), settings)
    await case.shown(CaseState.WAITING)
    return case


async def test_the_first_of_two_decides_nothing_and_is_shown_on_the_card(world: World) -> None:
    case = await asked(world)
    view = await case.click(Verb.APPROVE)
    assert view.clicks[-1].accepted
    assert view.decision is None
    assert [vote.user for vote in view.votes] == [DANA]
    await case.until_true(lambda: "1 of 2, by" in world.slack.cards[-1].question)
    await case.until_true(lambda: any("approval 1 of 2 accepted" in text for _, text in world.slack.whispers))
    assert world.iam.writes == []
    await case.click(Verb.APPROVE, user=EVE)
    view = await case.until(CaseState.CONTAINED)
    assert view.decision is not None
    assert view.decision.by == f"{DANA} and {EVE}"
    assert view.decision.verified


async def test_the_same_person_never_counts_twice(world: World) -> None:
    case = await asked(world)
    await case.click(Verb.APPROVE)
    view = await case.click(Verb.APPROVE)
    assert "you have approved" in view.clicks[-1].why
    assert not view.clicks[-1].accepted
    assert view.decision is None


@pytest.mark.parametrize("source", ["cli", "ui"])
async def test_what_proves_nobody_never_counts_towards_two(world: World, source: str) -> None:
    case = await asked(world)
    await case.click(Verb.APPROVE)
    view = await case.click(Verb.APPROVE, source=source, user="eve")
    assert f"{source} proves nobody" in view.clicks[-1].why
    assert view.decision is None
    assert world.iam.writes == []


async def test_one_no_is_enough(world: World) -> None:
    case = await asked(world)
    await case.click(Verb.APPROVE)
    await case.click(Verb.DENY, user=EVE, reason="a migration")
    view = await case.until(CaseState.DENIED)
    assert view.decision is not None
    assert view.decision.by == EVE


async def test_an_approval_of_the_shorter_plan_does_not_count_for_the_longer_one(world: World) -> None:
    case = await asked(world, hops=2)
    await case.click(Verb.APPROVE)
    await case.handle.signal("finding", finding(3))
    view = await case.shown(CaseState.WAITING)
    assert view.votes == ()
    view = await case.click(Verb.APPROVE, user=EVE)
    assert view.decision is None
    await case.click(Verb.APPROVE)
    view = await case.until(CaseState.CONTAINED)
    assert len(view.containments) == 4


async def test_one_of_two_is_not_enough_at_the_deadline(world: World) -> None:
    case = await asked(world)
    await case.click(Verb.APPROVE)
    await world.env.sleep(timedelta(minutes=16))
    view = await case.view()
    assert view.state is CaseState.EXPIRED
    assert world.iam.writes == []


async def test_whoever_turns_out_to_be_named_by_the_chain_no_longer_counts(world: World) -> None:
    people = TWO.approvals.model_copy(update={"people": {"ana": DANA}, "users": (DANA, EVE)})
    case = await asked(world, TWO.model_copy(update={"approvals": people}))
    view = await case.click(Verb.APPROVE)
    assert "you are named by the chain" in view.clicks[-1].why
    assert view.votes == ()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"approvals": TWO.approvals.model_copy(update={"wide": 3})}, "cuts off 4 principals"),
        ({"guard": Guard(protected=(ROLES[2],))}, "touches a protected principal"),
        ({"approvals": TWO.approvals.model_copy(update={"two_for": ("revoke",)})}, "revoke stops legitimate use"),
    ],
)
async def test_a_wide_plan_needs_two_and_says_why(world: World, changes: dict[str, object], why: str) -> None:
    settings = TWO.model_copy(update={"routes": SETTINGS.routes, **changes})
    case = await asked(world, settings)
    view = await case.click(Verb.APPROVE)
    assert view.decision is None
    assert why in view.why_two
    assert any(why in card.question for card in world.slack.cards)


async def test_a_narrow_plan_needs_one(world: World) -> None:
    case = await asked(world, TWO.model_copy(update={"routes": SETTINGS.routes}))
    view = await case.click(Verb.APPROVE)
    assert view.decision is not None


async def test_a_routes_own_approvers_decide_and_nobody_else(world: World) -> None:
    routes = (Route(detectors=("composite",), mode="ask", users=(EVE,)),)
    case = await asked(world, TWO.model_copy(update={"routes": routes}))
    view = await case.click(Verb.APPROVE, user=DANA)
    assert "you may not decide" in view.clicks[-1].why
    view = await case.click(Verb.APPROVE, user=EVE)
    assert view.decision is not None


async def test_whoever_is_on_call_may_decide(world: World) -> None:
    routes = (Route(detectors=("composite",), mode="ask", schedules=("PSCHED1",)),)
    nobody = TWO.approvals.model_copy(update={"users": ()})
    case = await asked(world, TWO.model_copy(update={"routes": routes, "approvals": nobody}))
    view = await case.click(Verb.APPROVE, user=EVE)
    assert "you may not decide" in view.clicks[-1].why
    view = await case.click(Verb.APPROVE, user=DANA)
    assert view.decision is not None


async def test_a_click_judged_after_the_deadline_is_refused_as_expired(world: World) -> None:
    case = await asked(world)
    seen = await case.view()
    world.slack.plan("update", *[Unavailable("Slack does not answer")] * 40)
    await world.env.sleep(timedelta(minutes=15, seconds=1))
    view = await case.click(Verb.APPROVE, view=seen, team=TEAM)
    assert "deadline passed" in view.clicks[-1].why
    assert not view.clicks[-1].accepted


async def test_medium_findings_are_recorded(world: World) -> None:
    case = await world.open(finding(1, Confidence.MEDIUM), TWO)
    assert (await case.shown(CaseState.OBSERVED)).quorum == 1

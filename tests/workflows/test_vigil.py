"""What a case knows before it asks, and how it looks after what it has cut."""

from datetime import timedelta
from itertools import pairwise

from model.approval import Verb
from model.case import CaseState
from model.containment import ActionKind
from model.containment_documents import denial_of
from model.errors import Unavailable
from tests.workflows.attack import IDS, ROLES, USER, again, entered, finding
from tests.workflows.conftest import SETTINGS, Case, World


async def cut(world: World, hops: int = 3) -> Case:
    case = await world.open(finding(hops))
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    await case.until(CaseState.CONTAINED)
    return case


async def test_the_first_question_knows_who_shares_the_roles(world: World) -> None:
    case = await world.open(finding())
    view = await case.shown(CaseState.WAITING)
    assert view.plan is not None
    assert [(a.kind, a.scope) for a in view.plan.actions] == [
        (ActionKind.DENY_USER, "role"),
        *[(ActionKind.REVOKE, "session")] * 3,
    ]
    assert any("`user ci-runner`" in line for line in world.slack.cards[-1].effect)


async def test_iam_being_silent_delays_no_question(world: World) -> None:
    world.iam.plan("read", *[Unavailable("IAM does not answer")] * 60)
    case = await world.open(finding())
    view = await case.view()
    for _ in range(100):
        view = await case.view()
        if view.state is CaseState.WAITING:
            break
        await case.pass_time(timedelta(milliseconds=100))
    assert view.state is CaseState.WAITING
    assert view.plan is not None
    assert [action.scope for action in view.plan.actions] == ["role"] * 4


async def test_a_session_that_a_record_shows_later_is_cut_at_once(world: World) -> None:
    case = await cut(world)
    world.iam.clock += timedelta(seconds=2)
    await case.handle.signal("finding", again())
    await case.until_true(lambda: any(f"{IDS[2]}:again" in denied(world, ROLES[2]) for _ in (0,)))
    assert (await case.view()).state is CaseState.CONTAINED


def denied(world: World, arn: str) -> tuple[str, ...]:
    (policy,) = world.iam.principals[arn].policies
    denial = denial_of(policy.document)
    assert denial is not None
    return denial.sessions


async def test_each_look_settles_one_hop_more(world: World) -> None:
    case = await cut(world)
    cuts = []
    for wait in (8, 26, 272):
        world.iam.clock += timedelta(seconds=wait)
        await world.env.sleep(timedelta(seconds=wait))
        cuts.append({done.target: done.cut for done in (await case.view()).containments})
    for place, arn in enumerate(ROLES):
        moved = [before[arn] < after[arn] for before, after in pairwise(cuts)]
        assert moved == [place >= 1, place >= 2]


async def test_what_the_chain_left_behind_is_paged_and_nothing_is_called_proved(world: World) -> None:
    world.trail.left[ROLES[2]] = ("CreateUser `backdoor`",)
    case = await cut(world)
    await world.env.sleep(timedelta(minutes=25))
    view = await case.view()
    assert view.state is CaseState.CONTAINED
    assert any("CreateUser `backdoor`" in text for texts in world.pager.pages.values() for text in texts)
    assert any("not proved: the chain left" in line.text for line in view.log)


async def test_a_role_that_outsiders_enter_is_closed_and_no_timer_opens_it(world: World) -> None:
    one = SETTINGS.approvals.model_copy(update={"two_for": ()})
    case = await world.open(entered(world), SETTINGS.model_copy(update={"approvals": one}))
    view = await case.shown(CaseState.WAITING)
    assert view.plan is not None
    assert [action.kind for action in view.plan.actions] == [ActionKind.CLOSE, ActionKind.REVOKE, ActionKind.REVOKE]
    await case.click(Verb.APPROVE)
    await case.until(CaseState.CONTAINED)
    await world.env.sleep(timedelta(hours=13))
    assert [bool(world.iam.principals[arn].policies) for arn in ROLES] == [True, False, False]
    await case.click(Verb.LIFT)
    await case.until(CaseState.LIFTED)
    assert world.iam.principals[ROLES[0]].policies == ()


async def test_what_only_a_person_lifts_is_reminded_of_and_paged(world: World) -> None:
    case = await cut(world)
    undo = {key for key in world.pager.pages if ":undo:" in key}
    assert undo == set()
    await world.env.sleep(timedelta(hours=6, minutes=10))
    (key,) = [key for key in world.pager.pages if ":undo:" in key]
    assert "a reminder" in world.pager.pages[key][-1]
    await world.env.sleep(timedelta(hours=6, minutes=10))
    assert "does not lift by itself" in world.pager.pages[key][-1]
    assert world.iam.principals[USER].policies
    await case.click(Verb.LIFT)
    await case.until(CaseState.LIFTED)
    await case.until_true(lambda: key in world.pager.resolved)

"""One chain is one case, whatever of it was seen first."""

from model.approval import Verb
from model.case import CaseState
from model.containment import ActionKind
from tests.workflows.attack import ROLES, USER, finding, rootless
from tests.workflows.conftest import World


async def test_an_ancestor_that_comes_late_is_planned_for_in_the_same_case_and_nothing_twice(world: World) -> None:
    case = await world.open(rootless())
    view = await case.shown(CaseState.WAITING)
    assert view.plan is not None
    assert [action.target for action in view.plan.actions] == list(ROLES)
    await case.handle.signal("finding", finding())
    await case.until_said("who began the chain")
    view = await case.shown(CaseState.WAITING)
    assert view.plan is not None
    assert [action.target for action in view.plan.actions] == [USER, *ROLES]
    await case.handle.signal("finding", rootless().model_copy(update={"records": ("r2", "r3", "r9")}))
    assert (await case.view()).plan == view.plan
    await case.click(Verb.APPROVE)
    view = await case.shown(CaseState.VERIFIED)
    assert len(view.containments) == 4
    assert all(len(world.iam.principals[arn].policies) == 1 for arn in (USER, *ROLES))
    await case.click(Verb.LIFT)
    await case.until(CaseState.LIFTED)
    assert not any(world.iam.principals[arn].policies for arn in (USER, *ROLES))


async def test_an_ancestor_that_comes_after_the_cut_is_asked_about_and_every_undo_is_kept(world: World) -> None:
    case = await world.open(rootless())
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    await case.shown(CaseState.CONTAINED)
    await case.handle.signal("finding", finding())
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    view = await case.shown(CaseState.VERIFIED)
    assert {done.kind for done in view.containments} == {ActionKind.REVOKE, ActionKind.DENY_USER}
    assert len(view.containments) == 4
    await case.click(Verb.LIFT)
    await case.until(CaseState.LIFTED)
    assert not any(world.iam.principals[arn].policies for arn in (USER, *ROLES))

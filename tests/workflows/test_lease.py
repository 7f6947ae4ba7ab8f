"""The undo of a containment, whatever becomes of its case."""

import pytest
from temporalio.client import WorkflowFailureError

from model.approval import Verb
from model.case import CaseState
from tests.workflows.attack import ROLES, USER, finding
from tests.workflows.conftest import SETTINGS, World


async def test_the_undo_outlives_a_case_that_is_cancelled_and_people_are_told(lasting_world: World) -> None:
    world = lasting_world
    case = await world.open(finding(), SETTINGS.model_copy(update={"lift_after_s": 4}))
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    await case.shown(CaseState.CONTAINED)
    await case.handle.cancel()
    with pytest.raises(WorkflowFailureError):
        await case.handle.result()
    assert world.slack.cards[-1].state == "Cancelled"
    assert all(world.iam.principals[arn].policies for arn in ROLES)
    await case.until_true(lambda: not any(world.iam.principals[arn].policies for arn in ROLES))


async def test_the_undo_outlives_a_case_that_is_terminated(lasting_world: World) -> None:
    world = lasting_world
    case = await world.open(finding(), SETTINGS.model_copy(update={"lift_after_s": 4}))
    await case.shown(CaseState.WAITING)
    await case.click(Verb.APPROVE)
    await case.until(CaseState.CONTAINED)
    assert all(world.iam.principals[arn].policies for arn in ROLES)
    await case.handle.terminate("somebody did this by hand")
    await case.until_true(lambda: not any(world.iam.principals[arn].policies for arn in ROLES))
    assert world.iam.principals[USER].policies, "a person must lift a user"

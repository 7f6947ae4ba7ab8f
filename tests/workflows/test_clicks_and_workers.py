"""Clicks that come while no worker runs, once or doubled, judged in time or too late."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from model.approval import Click, Verb
from model.case import CaseState, CaseView
from tests.workflows.attack import finding
from tests.workflows.conftest import SETTINGS, Case, World, executable, register
from tests.workflows.fakes import ANA, DANA, EVE, TEAM
from workflows.case import CaseWorkflow
from workflows.converter import data_converter
from workflows.failures import FailureInterceptor
from workflows.lease import LeaseWorkflow
from workflows.runner import RUNNER

PATIENCE_S = 10
HASTY = SETTINGS.model_copy(
    update={"routes": tuple(route.model_copy(update={"patience_s": PATIENCE_S}) for route in SETTINGS.routes)}
)


@contextlib.asynccontextmanager
async def working(world: World) -> AsyncIterator[None]:
    """A worker, as long as this lasts."""
    with ThreadPoolExecutor(8) as threads:
        async with Worker(
            world.env.client,
            task_queue=world.queue,
            workflows=[CaseWorkflow, LeaseWorkflow],
            activities=world.activities(),
            activity_executor=threads,
            workflow_runner=RUNNER,
            interceptors=[FailureInterceptor()],
            workflow_failure_exception_types=[Exception],
            # Nothing is left waiting for a worker that is gone.
            max_cached_workflows=0,
        ):
            yield


def clicked(view: CaseView, user: str, verb: Verb, **changes: object) -> Click:
    click = Click(
        id=uuid4().hex, source="slack", verb=verb, user=user, team=TEAM, card=view.card_version,
        plan=view.plan.hash if view.plan else None, run=view.run, channel="C0SEC",
    )  # fmt: skip
    return click.model_copy(update=changes)


CELLS = [
    # who, verb, changes, judged after the deadline, doubled -> accepted, state
    (DANA, Verb.APPROVE, {}, False, False, True, CaseState.CONTAINED),
    (DANA, Verb.APPROVE, {}, False, True, True, CaseState.CONTAINED),
    (DANA, Verb.DENY, {"reason": "us"}, False, True, True, CaseState.DENIED),
    (EVE, Verb.APPROVE, {}, False, True, False, CaseState.WAITING),
    (ANA, Verb.APPROVE, {}, False, False, False, CaseState.WAITING),
    (DANA, Verb.APPROVE, {"card": 0}, False, False, False, CaseState.WAITING),
    (DANA, Verb.APPROVE, {"run": "00000000"}, False, True, False, CaseState.WAITING),
    (DANA, Verb.APPROVE, {"plan": "0" * 12}, False, False, False, CaseState.WAITING),
    (DANA, Verb.APPROVE, {}, True, False, False, CaseState.EXPIRED),
    (DANA, Verb.APPROVE, {}, True, True, False, CaseState.EXPIRED),
    (DANA, Verb.DENY, {"reason": "us"}, True, False, False, CaseState.EXPIRED),
]


@pytest.mark.parametrize(("who", "verb", "changes", "late", "doubled", "accepted", "state"), CELLS)
async def test_a_click_without_a_worker_is_kept_and_judged_once_by_the_next(
    who: str, verb: Verb, changes: dict[str, object], late: bool, doubled: bool, accepted: bool, state: CaseState
) -> None:
    async with await WorkflowEnvironment.start_time_skipping(
        data_converter=data_converter, test_server_existing_path=executable("temporal-test-server")
    ) as env:
        await register(env.client)
        world = World(env, queue=uuid4().hex)
        async with working(world):
            case = await world.open(finding(), HASTY if late else SETTINGS)
            view = await case.shown(CaseState.WAITING)
        click = clicked(view, who, verb, **changes)
        for _ in range(2 if doubled else 1):
            await case.handle.signal("click", click)
        if late:
            # Time is not skipped while work waits for a worker.
            await asyncio.sleep(PATIENCE_S + 0.5)
        async with working(world):
            view = await judged(case, click)
            assert [one.accepted for one in view.clicks if one.click.id == click.id] == [accepted]
            await case.until(state)
            if not accepted:
                assert world.iam.writes == []
                await case.until_true(lambda: [user for user, _ in world.slack.whispers] == [who])


async def judged(case: Case, click: Click) -> CaseView:
    for _ in range(400):
        view = await case.view()
        if any(one.click.id == click.id for one in view.clicks):
            return view
        await case.pass_time(timedelta(milliseconds=50))
    raise AssertionError("the click was never judged")

"""Nothing stands still unseen."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.people import Paging
from activities.ports import StandingStill
from activities.sweeping import Sweeping
from integrations.temporal_stuck import TemporalOpenCases
from model.case import CaseState
from model.errors import Refused, Unavailable
from tests.workflows.attack import finding
from tests.workflows.conftest import World, executable
from tests.workflows.fakes import PaperPager
from workflows.converter import data_converter
from workflows.failures import FailureInterceptor
from workflows.runner import RUNNER
from workflows.sweep import SweepInput, SweepWorkflow

ONE = StandingStill("case:ana:111111111111:0123abcd", "aaaaaaaa-1111", "its code has failed")


class SweptPager(PaperPager):
    """Pages by key, whatever they are about."""

    def page(self, key: str, summary: str, severity: str, details: dict[str, str], link: str) -> None:
        self.meet("page")
        assert severity == "critical"
        assert details["case"] in key
        self.resolved.discard(key)
        self.pages.setdefault(key, []).append(summary)


@dataclass
class Shelf:
    """What Temporal would say."""

    found: tuple[StandingStill, ...] = ()
    silent: int = 0
    asked: int = 0
    refuses: bool = False

    def stuck(self) -> tuple[StandingStill, ...]:
        self.asked += 1
        if self.refuses:
            raise Refused("Temporal refused: permission_denied")
        if self.silent:
            self.silent -= 1
            raise Unavailable("Temporal does not answer")
        return self.found


@dataclass
class Swept:
    env: WorkflowEnvironment
    handle: WorkflowHandle[object, object]
    shelf: Shelf
    pager: SweptPager = field(default_factory=SweptPager)

    async def rounds(self, count: int) -> None:
        goal = self.shelf.asked + count
        for _ in range(400):
            await self.env.sleep(timedelta(seconds=30))
            if self.shelf.asked >= goal:
                await self.env.sleep(timedelta(seconds=30))
                return
        raise AssertionError("it never looked again")


@pytest.fixture(params=[True])
async def swept(request: pytest.FixtureRequest) -> AsyncIterator[Swept]:
    shelf, pager, queue = Shelf(), SweptPager(), uuid4().hex
    async with await WorkflowEnvironment.start_time_skipping(
        data_converter=data_converter, test_server_existing_path=executable("temporal-test-server")
    ) as env:
        paging, sweeping = Paging(pager), Sweeping(shelf, pages=request.param)
        with ThreadPoolExecutor(4) as threads:
            async with Worker(
                env.client,
                task_queue=queue,
                workflows=[SweepWorkflow],
                activities=[sweeping.find, paging.page, paging.resolve],
                activity_executor=threads,
                workflow_runner=RUNNER,
                interceptors=[FailureInterceptor()],
                workflow_failure_exception_types=[Exception],
            ):
                handle = await env.client.start_workflow(SweepWorkflow.run, SweepInput(), id=queue, task_queue=queue)
                yield Swept(env, handle, shelf, pager)  # type: ignore[arg-type]


KEY = f"stuck:{ONE.id}:aaaaaaaa"


async def test_what_stands_still_is_paged_once_and_resolved_when_it_goes_on(swept: Swept) -> None:
    await swept.rounds(1)
    assert swept.pager.pages == {}
    swept.shelf.found = (ONE,)
    await swept.rounds(3)
    assert swept.pager.pages == {KEY: [f"{ONE.id} stands still: its code has failed"]}
    assert swept.pager.resolved == set()
    swept.shelf.found = ()
    await swept.rounds(1)
    assert swept.pager.resolved == {KEY}


async def test_a_pager_that_refuses_is_tried_again_in_the_next_round(swept: Swept) -> None:
    swept.pager.plan("page", Refused("PagerDuty refused"))
    swept.shelf.found = (ONE,)
    await swept.rounds(3)
    assert list(swept.pager.pages) == [KEY]


async def test_temporal_being_silent_ends_nothing(swept: Swept) -> None:
    swept.shelf.silent = 3
    swept.shelf.found = (ONE,)
    await swept.rounds(5)
    assert list(swept.pager.pages) == [KEY]


async def test_a_refusal_is_outlived(swept: Swept) -> None:
    swept.shelf.refuses = True
    await swept.rounds(2)
    swept.shelf.refuses = False
    swept.shelf.found = (ONE,)
    await swept.rounds(2)
    assert list(swept.pager.pages) == [KEY]


@pytest.mark.parametrize("swept", [False], indirect=True)
async def test_without_a_pager_it_looks_all_the_same(swept: Swept) -> None:
    swept.shelf.found = (ONE,)
    await swept.rounds(2)
    assert swept.pager.pages == {}


@workflow.defn(name="Case", sandboxed=False)
class BrokenCase:
    """A case whose code always fails."""

    @workflow.run
    async def run(self, _given: object) -> None:
        raise RuntimeError("a mistake in the code")


async def test_a_real_server_tells_what_stands_still_from_what_waits(lasting_world: World) -> None:
    world = lasting_world
    waiting = await world.open(finding())
    await waiting.until(CaseState.WAITING)
    client = world.env.client
    broken = await client.start_workflow("Case", None, id="case:broken:1:00000000", task_queue="broken")
    ended = await world.open(finding())
    await ended.until(CaseState.WAITING)
    await ended.handle.terminate()
    cases = TemporalOpenCases(client, asyncio.get_running_loop(), timedelta(seconds=1))

    async with Worker(client, task_queue="broken", workflows=[BrokenCase], activity_executor=None):
        for _ in range(60):
            found = {one.id: one.why for one in await asyncio.to_thread(cases.stuck)}
            if broken.id in found and ended.handle.id in found:
                break
            await asyncio.sleep(0.5)
        assert "no finding that can be read" in found[broken.id]
        assert found[ended.handle.id] == "it was ended by hand while it was waiting"
        assert waiting.handle.id not in found


async def test_a_task_that_nobody_finishes_is_found(lasting_world: World) -> None:
    world = lasting_world
    case = await world.open(finding())
    await case.until(CaseState.WAITING)
    client = world.env.client
    lease = await client.start_workflow("Lease", None, id="lease:lonely", task_queue="nobody")
    cases = TemporalOpenCases(client, asyncio.get_running_loop(), timedelta(seconds=1))
    for _ in range(60):
        found = {one.id: one.why for one in await asyncio.to_thread(cases.stuck)}
        if lease.id in found:
            break
        await asyncio.sleep(0.5)
    assert "its code has failed since" in found[lease.id]
    assert case.handle.id not in found

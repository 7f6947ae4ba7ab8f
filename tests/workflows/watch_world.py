"""The watch in a Temporal that skips time: a consumer on paper, a pager on paper."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

from temporalio import activity
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from activities.coverage import Coverage
from activities.people import Paging
from activities.watching import WatchOrder
from model.errors import HopstopError
from model.watch_plan import Terms
from workflows.failures import FailureInterceptor
from workflows.runner import RUNNER
from workflows.watch import WatchInput, WatchWorkflow

PAGER = "pager"
TERMS = Terms(every_s=5, silent_after_s=1, pager=PAGER)
BLINK_S = 0.05


class PaperPager:
    """What was paged and resolved, in order."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        self.troubles: list[HopstopError] = []

    def page(self, key: str, summary: str, severity: str, details: dict[str, str], link: str) -> None:
        if self.troubles:
            raise self.troubles.pop(0)
        assert severity == "critical"
        assert link == ""
        self.said.append((key, summary))

    def resolve(self, key: str) -> None:
        self.said.append((key, "resolved"))


class PaperConsumer:
    """Gives the rows that a test names, each after a blink of real time; then rows with records."""

    def __init__(self, *rows: dict[str, object]) -> None:
        self.rows = list(rows)
        self.given: list[Coverage] = []
        self.orders: list[WatchOrder] = []

    @activity.defn(name="Detect: consume queue")
    async def consume(self, order: WatchOrder) -> Coverage:
        self.orders.append(order)
        since = datetime.now(UTC)
        await asyncio.sleep(BLINK_S)
        until = datetime.now(UTC)
        changes = self.rows.pop(0) if self.rows else {"records": 1}
        read = until if changes.get("records") else None
        row = Coverage(since=since, until=until, terms=TERMS, read=read).model_copy(update=changes)
        self.given.append(row)
        return row


@dataclass
class WatchWorld:
    """A worker that watches, another that pages."""

    env: WorkflowEnvironment
    consumer: PaperConsumer
    pager: PaperPager = field(default_factory=PaperPager)
    queue: str = field(default_factory=lambda: uuid4().hex)

    async def start(self, watch: WatchInput) -> WorkflowHandle[object, object]:
        return await self.env.client.start_workflow(
            "Watch", watch, id=f"watch:{watch.queue}:{self.queue}", task_queue=self.queue
        )


@contextlib.asynccontextmanager
async def watched(
    env: WorkflowEnvironment, *rows: dict[str, object], anybody: bool = True
) -> AsyncIterator[WatchWorld]:
    """A watch that gives these rows first; or one that nobody carries out."""
    world = WatchWorld(env, PaperConsumer(*rows))
    paging = Paging(world.pager)
    activities: list[Callable[..., object]] = [world.consumer.consume] if anybody else []
    with ThreadPoolExecutor(4) as threads:
        async with (
            Worker(
                env.client,
                task_queue=world.queue,
                workflows=[WatchWorkflow],
                activities=activities,
                workflow_runner=RUNNER,
                interceptors=[FailureInterceptor()],
                workflow_failure_exception_types=[Exception],
            ),
            Worker(
                env.client,
                task_queue=PAGER,
                activities=[paging.page, paging.resolve],
                activity_executor=threads,
                interceptors=[FailureInterceptor()],
            ),
        ):
            yield world

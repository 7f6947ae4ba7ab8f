"""Intake: always running, continues as new; its page is the record of what was watched and when."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

from activities.coverage import Coverage
from activities.people import Paging
from activities.watching import Watching, WatchOrder
from model.frozen import Frozen
from model.notice import Page
from model.watch_plan import Terms
from workflows.coverage_table import coverage_table
from workflows.silence import Signs, patient_until, silence
from workflows.steps import PATIENT, patience

ROWS_SHOWN = 12
ROWS_A_RUN = 500
STEADY = RetryPolicy(initial_interval=timedelta(seconds=1), maximum_interval=timedelta(seconds=10))


class WatchInput(Frozen):
    """The queue's name, and how many seconds one coverage row spans. `rows` are the last ones of the run before and
    `signs` its last signs of life. `terms` hold until a row brings newer ones."""

    queue: str
    every_s: int = 120
    rows: tuple[Coverage, ...] = ()
    terms: Terms | None = None
    signs: Signs = Signs()


@workflow.defn(name="Watch")
class WatchWorkflow:
    """Runs the consumer for ever, writes down what it covered, and wakes somebody when it falls silent."""

    @workflow.init
    def __init__(self, watch: WatchInput) -> None:
        self._queue = watch.queue
        self._rows = watch.rows
        self._terms = watch.terms or Terms(every_s=watch.every_s, silent_after_s=0)
        self._signs = watch.signs.begun(workflow.now())

    @workflow.run
    async def run(self, watch: WatchInput) -> None:
        """One coverage row after another; a new run after some hundreds."""
        paging = asyncio.create_task(self._keep_told()) if workflow.patched("silence") else None
        for _ in range(ROWS_A_RUN):
            self._show()
            row = await self._row(watched=paging is not None)
            self._rows = (*self._rows, row)[-ROWS_SHOWN:]
            self._terms = row.terms or self._terms
            self._signs = self._signs.after(row)
            self._look()
        if paging is not None:
            paging.cancel()
        every_s = self._terms.every_s
        carried = {"rows": self._rows, "every_s": every_s, "terms": self._terms, "signs": self._signs}
        workflow.continue_as_new(watch.model_copy(update=carried))

    async def _row(self, watched: bool) -> Coverage:
        every_s = self._terms.every_s
        row = workflow.start_activity_method(
            Watching.consume,
            WatchOrder(queue=self._queue, span_s=every_s),
            start_to_close_timeout=timedelta(seconds=every_s + 120),
            heartbeat_timeout=timedelta(seconds=15),
            retry_policy=STEADY,
            summary=f"watch {self._queue} for {every_s} s"[:60],
        )
        if watched and self._terms.silent_after_s and not self._signs.silent:
            await self._patiently(row)
        return await row

    async def _patiently(self, row: "asyncio.Future[Coverage]") -> None:
        """Wait for a row until it is too late to sleep on."""
        left = patient_until(self._signs, self._terms, workflow.now()) - workflow.now()
        try:
            await workflow.wait_condition(
                row.done, timeout=max(left, timedelta(seconds=1)), timeout_summary="if no row comes: page on-call"
            )
        except TimeoutError:
            self._look()
            self._show()

    def _look(self) -> None:
        """Whether the watch is silent now."""
        why = silence(self._signs, self._terms, workflow.now())
        if why and not self._signs.silent:
            workflow.logger.warning("the watch of %s is silent: %s", self._queue, why)
        self._signs = self._signs.model_copy(update={"silent": self._signs.silent or why if why else ""})

    async def _keep_told(self) -> None:
        """Page when the watch falls silent, and resolve that page when it is heard again."""
        while True:
            await workflow.wait_condition(lambda: bool(self._terms.pager) and self._signs.silent != self._signs.told)
            silent = self._signs.silent
            try:
                await (self._page(silent) if silent else self._resolve())
            except ActivityError as error:
                workflow.logger.warning("the pager refused: %s", error.cause)
            self._signs = self._signs.model_copy(update={"told": silent})

    async def _page(self, silent: str) -> None:
        trouble = self._rows[-1].trouble if self._rows else ""
        page = Page(
            key=self._key,
            summary=f"The watch of {self._queue} is silent: {silent}",
            severity="critical",
            details={"queue": self._queue, "why": silent, "last trouble": trouble or "none"},
            link="",
        )
        await workflow.execute_activity_method(
            Paging.page, page, task_queue=self._terms.pager, summary="the watch is silent", **patience(PATIENT)
        )

    async def _resolve(self) -> None:
        await workflow.execute_activity_method(
            Paging.resolve, self._key, task_queue=self._terms.pager, summary="the watch is heard", **patience(PATIENT)
        )

    @property
    def _key(self) -> str:
        return f"watch:{self._queue}"

    def _show(self) -> None:
        workflow.set_current_details(coverage_table(self._queue, self._rows, self._note()))

    def _note(self) -> str:
        silent = self._signs.silent
        if not silent or self._terms.pager:
            return silent and f"Silent: {silent}; on-call is paged"
        return f"Silent: {silent}; nobody is paged: PagerDuty is not configured"

"""The sweeper: always running; whatever stands still is on its page, and somebody is paged for it."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.people import Paging
from activities.sweeping import Stuck, Sweeping
from model.frozen import Frozen
from model.notice import Page
from model.text import code
from workflows.outside import reason
from workflows.steps import PATIENT, patience

EVERY = timedelta(minutes=5)
ROUNDS_A_RUN = 500
ROUND = timedelta(minutes=2)
SHOWN = 20


class SweepInput(Frozen):
    """`told` are the keys of the pages that are open, from the run before."""

    told: tuple[str, ...] = ()


@workflow.defn(name="Sweep")
class SweepWorkflow:
    """Looks, pages, resolves, waits."""

    @workflow.init
    def __init__(self, sweep: SweepInput) -> None:
        self._told = dict.fromkeys(sweep.told)

    @workflow.run
    async def run(self, _sweep: SweepInput) -> None:
        """One round after another; a new run after some hundreds."""
        for _ in range(ROUNDS_A_RUN):
            await self._round()
            await workflow.sleep(EVERY, summary="look again for cases that stand still")
        workflow.continue_as_new(SweepInput(told=tuple(self._told)))

    async def _round(self) -> None:
        try:
            found = await workflow.execute_activity_method(
                Sweeping.find, schedule_to_close_timeout=ROUND, summary="find what stands still", **patience(PATIENT)
            )
        except ActivityError as error:
            self._show({}, f"Temporal could not be asked: {reason(error)}", pages=True)
            return
        stuck = {f"stuck:{one.id}:{one.run[:8]}": one for one in found.stuck}
        self._show(stuck, "", pages=found.pages)
        if found.pages:
            await asyncio.gather(*(self._page(key, one) for key, one in stuck.items() if key not in self._told))
            await asyncio.gather(*(self._resolve(key) for key in tuple(self._told) if key not in stuck))

    async def _page(self, key: str, one: Stuck) -> None:
        page = Page(
            key=key[:255],
            summary=f"{one.id} stands still: {one.why}"[:500],
            severity="critical",
            details={"case": one.id, "why": one.why},
            link="",
        )
        try:
            await workflow.execute_activity_method(
                Paging.page, page, schedule_to_close_timeout=ROUND, summary="a case stands still", **patience(PATIENT)
            )
        except ActivityError as error:
            # It is not among those that are told: the next round tries again.
            workflow.logger.warning("the pager did not take a page: %s", reason(error))
            return
        self._told[key] = None

    async def _resolve(self, key: str) -> None:
        try:
            await workflow.execute_activity_method(
                Paging.resolve, key[:255], schedule_to_close_timeout=ROUND, summary="it goes on", **patience(PATIENT)
            )
        except ActivityError as error:
            workflow.logger.warning("the pager did not resolve a page: %s", reason(error))
            return
        self._told.pop(key, None)

    def _show(self, stuck: Mapping[str, Stuck], trouble: str, *, pages: bool) -> None:
        lines = [f"- {code(one.id, 100)}: {one.why}" for one in list(stuck.values())[:SHOWN]]
        rest = len(stuck) - len(lines)
        more = [f"- and {rest} more"] if rest > 0 else []
        unpaged = ["Nobody is paged: PagerDuty is not configured."] if stuck and not pages else []
        head = trouble or (f"**{len(stuck)} stand still**" if stuck else "Nothing stands still.")
        workflow.set_current_details("\n".join([f"{head} ({workflow.now():%H:%M} UTC)", *lines, *more, *unpaged]))

"""What only a person lifts is not forgotten: a reminder half way, a page at the end, and again after each such span."""

import asyncio
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.containment import ContainRequest
from activities.people import Paging
from model.case_id import short_name
from model.notice import Page
from model.text import role_label
from workflows.outside import reason
from workflows.steps import PATIENT, REMINDED_WITHIN, patience


class Reminders:
    """The pages of one lease; `next` is when the coming one is due, None where nobody is reminded."""

    def __init__(self, request: ContainRequest, after_s: int | None, now: datetime) -> None:
        self._request = request
        self._since = now
        self._span = timedelta(seconds=after_s or 0)
        self.next = None if after_s is None else now + self._span / 2
        self._sent: asyncio.Task[None] | None = None

    def look(self, now: datetime) -> None:
        """Remind where that is due; a pager that is silent holds up nothing."""
        if self.next is None or now < self.next:
            return
        half_way = self.next < self._since + self._span
        self.next = self._since + self._span if half_way else self.next + self._span
        self._send(half_way=half_way, now=now)

    def stop(self) -> None:
        """It is lifted: let whoever was woken sleep again."""
        self.next = None
        if self._sent is not None:
            self._sent.cancel()
            self._sent = asyncio.create_task(self._resolve())

    def _send(self, *, half_way: bool, now: datetime) -> None:
        if self._sent is not None:
            self._sent.cancel()
        self._sent = asyncio.create_task(self._page(self._text(half_way=half_way, now=now)))

    @property
    def _key(self) -> str:
        name = short_name(self._request.action.key, 40)
        return f"{self._request.case}:{self._request.run}:undo:{name}"

    def _text(self, *, half_way: bool, now: datetime) -> Page:
        hours = int((now - self._since).total_seconds() // 3600)
        label = role_label(self._request.action.target)
        what = "a reminder" if half_way else "it does not lift by itself"
        return Page(
            key=self._key,
            summary=f"{label} has been contained for {hours} h, and only a person lifts that: {what}",
            severity="warning" if half_way else "error",
            details={"case": self._request.case, "principal": label, "undo": self._request.action.undo},
            link="",
        )

    async def _page(self, page: Page) -> None:
        try:
            await workflow.execute_activity_method(
                Paging.page,
                page,
                **patience(PATIENT),
                schedule_to_close_timeout=REMINDED_WITHIN,
                summary="remind: only a person lifts this",
            )
        except ActivityError as error:
            workflow.logger.warning("nobody could be reminded of %s: %s", self._key, reason(error))

    async def _resolve(self) -> None:
        try:
            await workflow.execute_activity_method(
                Paging.resolve,
                self._key,
                **patience(PATIENT),
                schedule_to_close_timeout=REMINDED_WITHIN,
                summary="lifted: no more reminders",
            )
        except ActivityError as error:
            workflow.logger.warning("a reminder of %s stays open: %s", self._key, reason(error))

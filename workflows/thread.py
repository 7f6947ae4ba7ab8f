"""The thread of a case's message: each line once, in order; a silent Slack hears all of it later."""

from collections.abc import Callable
from datetime import datetime, timedelta

from temporalio import workflow

from activities.people import Asking, Reply
from model.approval import Approvers
from model.card import Posted
from model.case import CaseState
from model.thread import RESULTS, Line, known_of, reminder_of, result_of
from workflows.outside import persist
from workflows.record import CaseRecord
from workflows.steps import patience

MENTIONED = 5
"""People who are named, and so woken, by a reminder."""


class Thread:
    """What is still to be said under the message that `posted` gives, once there is one."""

    def __init__(
        self, record: CaseRecord, posted: Callable[[], Posted | None], approvers: Callable[[], Approvers]
    ) -> None:
        self._record = record
        self._posted = posted
        self._approvers = approvers
        self._waiting: list[Line] = []
        self._told: set[str] = set()
        self._seen = -1

    @property
    def behind(self) -> bool:
        """Whether something is not said yet; a message that Slack refused has no thread to wait for."""
        return self._posted() is not None and self._is_late()

    def _is_late(self) -> bool:
        return self._seen != self._record.changes or bool(self._waiting)

    async def run(self) -> None:
        """Say whatever is worth a line; for ever."""
        while True:
            await workflow.wait_condition(lambda: self._seen != self._record.changes)
            self._seen = self._record.changes
            self._gather()
            while self._waiting:
                await self._say(self._waiting[0])
                del self._waiting[0]

    async def remind(self) -> None:
        """At half of the time of every question, while it is open; for ever."""
        while True:
            await workflow.wait_condition(self._is_asking)
            deadline = self._record.deadline
            if deadline is not None:
                await self._remind(deadline)
            await workflow.wait_condition(lambda deadline=deadline: self._record.deadline != deadline)  # type: ignore[misc]

    async def _remind(self, deadline: datetime) -> None:
        half = (deadline - workflow.now()) / 2
        try:
            await workflow.wait_condition(
                lambda: not self._is_asking() or self._record.deadline != deadline,
                timeout=max(half, timedelta(0)),
                timeout_summary="nobody decided yet: remind them",
            )
        except TimeoutError:
            users = self._approvers().users[:MENTIONED]
            text = reminder_of(self._record.view())
            self._add(Line(key=f"reminder:{deadline:%H%M%S}", text=text, summary="half of the time", mention=users))
            self._record.say("half of the time is over: reminded in Slack")

    def _is_asking(self) -> bool:
        return self._record.state is CaseState.WAITING and self._record.decision is None

    def _gather(self) -> None:
        record = self._record
        if record.enriched:
            self._add(Line(key="known", text=known_of(record.view()), summary="what is known"))
        if record.state in RESULTS:
            key = f"{record.state}:{record.card_version}"
            self._add(Line(key=key, text=result_of(record.view()), summary=record.state.replace("_", " ")))

    def _add(self, line: Line) -> None:
        if line.key not in self._told:
            self._told.add(line.key)
            self._waiting.append(line)

    async def _say(self, line: Line) -> None:
        await workflow.wait_condition(lambda: self._posted() is not None)
        posted = self._posted()
        if posted is None:
            return
        reply = Reply(posted=posted, key=line.key, text=line.text, mention=line.mention)
        await persist(
            self._record,
            "Slack",
            lambda retry: workflow.execute_activity_method(
                Asking.reply, reply, **patience(retry), summary=line.summary
            ),
        )

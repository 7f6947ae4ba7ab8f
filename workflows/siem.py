"""Telling the SIEM of every step of a case, in order; one that is silent hears all of it later."""

import asyncio

from temporalio import workflow

from activities.siem import Recording
from model.render import case_link
from model.siem import SiemNote, case_note
from workflows.outside import persist
from workflows.record import CaseRecord
from workflows.steps import patience

MOST_WAITING = 100
"""Steps that are kept for a silent SIEM; beyond them the oldest but one goes, for its successors say more."""


class Feed:
    """What became of the case since the SIEM was last told."""

    def __init__(self, record: CaseRecord) -> None:
        self._record = record
        self._waiting: list[SiemNote] = []
        self._number = 0
        self._told: tuple[object, ...] = ()
        self._seen = -1

    @property
    def behind(self) -> bool:
        """Whether the SIEM does not yet know how the case stands."""
        return self._seen != self._record.changes or bool(self._waiting)

    async def run(self) -> None:
        """Tell for ever."""
        await asyncio.gather(self._gather(), self._send())

    async def _gather(self) -> None:
        while True:
            await workflow.wait_condition(lambda: self._seen != self._record.changes)
            self._seen = self._record.changes
            if self._told != (told := self._step()):
                self._told = told
                self._add()

    def _step(self) -> tuple[object, ...]:
        """What is worth telling: findings, states, decisions, what is cut. Not each line of the story."""
        record = self._record
        cut = tuple(target for target, done in record.containments.items() if done.contained)
        return (record.finding, record.joined, record.state, record.closed, record.decision, cut)

    def _add(self) -> None:
        settings = self._record.settings
        link = case_link(self._record.id, settings) if settings.temporal_ui else ""
        self._waiting.append(case_note(self._record.view(), self._number, workflow.now(), link))
        self._number += 1
        if len(self._waiting) > MOST_WAITING:
            del self._waiting[1]

    async def _send(self) -> None:
        while True:
            await workflow.wait_condition(lambda: bool(self._waiting))
            await self._deliver(note := self._waiting[0])
            self._waiting.remove(note)

    async def _deliver(self, note: SiemNote) -> None:
        await persist(
            self._record,
            "SIEM",
            lambda retry: workflow.execute_activity_method(
                Recording.send, note, **patience(retry), summary=f"{note.activity}: {note.state}"
            ),
        )

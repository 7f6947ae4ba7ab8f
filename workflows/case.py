"""One attack, from its first finding to its last word."""

import asyncio
from collections.abc import Sequence

from temporalio import workflow
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from model.approval import Click, Verb
from model.case import CaseState, CaseView, Resolution
from model.finding import Finding
from model.settings import CaseSettings
from model.text import code
from playbooks import PLAYBOOKS
from workflows.people import People
from workflows.record import CaseRecord
from workflows.response import Response
from workflows.signals import decode, decode_text

NOTHING = RawValue(Payload())
"""What a signal from the Temporal UI carries when nobody typed anything."""


@workflow.defn(name="Case")
class CaseWorkflow:
    """Findings and clicks come in as signals; a playbook decides what becomes of them."""

    @workflow.init
    def __init__(self, settings: CaseSettings) -> None:
        self._record = CaseRecord(settings, workflow.now())
        self._people = People(self._record)
        self._response = Response(self._record, self._people)
        self._early: list[Click] = []

    @workflow.run
    async def run(self, _settings: CaseSettings) -> Resolution:
        """Run the playbook of the finding that weighs most; a stronger one takes over where the chain grows."""
        await workflow.wait_condition(lambda: bool(self._record.findings))
        self._people.start()
        try:
            resolution = await self._follow()
        except asyncio.CancelledError:
            # Whatever was contained stays so: each undo is a workflow of its own.
            self._response.stand_down("the case was cancelled")
            await self._response.close(CaseState.CANCELLED, "Cancelled by hand; what is contained lifts when due.")
            raise
        finally:
            self._people.stop()
        await workflow.wait_condition(workflow.all_handlers_finished)
        if resolution.state is CaseState.NOT_CONTAINED:
            raise ApplicationError(resolution.summary, resolution, type="NotContained", non_retryable=True)
        return resolution

    async def _follow(self) -> Resolution:
        while True:
            self._record.begin(self._record.route)
            resolution = await PLAYBOOKS[self._record.playbook](self._record.view(), self._response)
            if resolution is not None and not self._response.unfinished:
                return resolution
            if resolution is not None:
                self._response.reopen()

    @workflow.query
    def view(self) -> CaseView:
        """The case as everybody sees it. Never gate an action on a query."""
        return self._record.view()

    @workflow.signal
    def finding(self, raw: RawValue) -> None:
        """A finding of this chain: new, grown, or known already."""
        finding = decode(raw, Finding)
        if finding is None:
            self._unread("finding")
        else:
            self._record.join(finding)
            self._judge_early()

    def _judge_early(self) -> None:
        """Clicks that came before anything could be read of the case get their answer too."""
        early, self._early = self._early, []
        for click in early if self._record.guarded else ():
            self._response.click(click)

    @workflow.signal
    def click(self, raw: RawValue) -> None:
        """Somebody's wish."""
        click = decode(raw, Click)
        if click is None:
            self._unread("click")
        elif self._record.findings:
            self._response.click(click)
        else:
            self._early.append(click)

    @workflow.signal
    def approve(self, raw: RawValue = NOTHING) -> None:
        """From the Temporal UI: the first six characters of the plan's hash."""
        self._from_ui(Verb.APPROVE, decode_text(raw))

    @workflow.signal
    def deny(self, raw: RawValue = NOTHING) -> None:
        """From the Temporal UI: a reason."""
        self._from_ui(Verb.DENY, decode_text(raw))

    @workflow.signal
    def retry(self, raw: RawValue = NOTHING) -> None:
        """From the Temporal UI: the first six characters of the plan's hash."""
        self._from_ui(Verb.RETRY, decode_text(raw))

    @workflow.signal(dynamic=True)
    def unknown(self, name: str, _args: Sequence[RawValue]) -> None:
        """Keep a trace of a signal that means nothing here."""
        self._unread(name)

    def _from_ui(self, verb: Verb, text: str) -> None:
        if self._record.findings:
            said = text.split(maxsplit=1) or [""]
            identity = str(workflow.uuid4())
            self._response.click(
                Click(id=identity, source="ui", verb=verb, user="", plan=said[0][:64], reason=text[:200])
            )

    def _unread(self, name: str) -> None:
        self._record.trouble("signals", f"one named {code(name, 40)} could not be read; look at the history")

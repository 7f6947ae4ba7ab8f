"""What IAM says of the principals of a case, gathered beside it; the first question waits a moment for that."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError

from activities.surveying import Surveying, SurveyQuestion
from model.case_id import short_name
from model.containment_kinds import Knowledge
from workflows.outside import reason
from workflows.record import CaseRecord
from workflows.steps import FIRST_PLAN, GLIMPSE

_LATELY = timedelta(hours=1)


class Survey:
    """Asks once for each principal, as soon as it is known; what is not answered is planned from records alone."""

    def __init__(self, record: CaseRecord) -> None:
        self._record = record
        self._asked: set[str] = set()
        self._covered = 0

    def begin(self) -> Coroutine[None, None, None]:
        """Plan with what IAM says from now on; the work of finding out, which never ends."""
        settings = self._record.settings
        self._record.known = Knowledge(
            managed=settings.managed_policy, always=settings.managed_always, prepared=settings.prepared
        )
        self._record.awaited = 1
        return self._run()

    async def _run(self) -> None:
        """Ask for every principal of the chains, and again when they grow."""
        self._record.awaited = 0
        while True:
            joined = self._record.joined
            new = [target for target in self._record.targets() if target not in self._asked]
            self._asked.update(new)
            self._covered = joined
            self._record.awaited += len(new)
            await asyncio.gather(*(self._ask(target) for target in new))
            await workflow.wait_condition(lambda joined=joined: self._record.joined != joined)  # type: ignore[misc]

    async def first(self, *, whole: bool = False) -> None:
        """Wait for what is being asked, for as long as a person may wait for the card; with `whole`, for what is yet to
        be asked about the chains as they are now as well."""
        if self._is_answered(whole=whole):
            return
        try:
            await workflow.wait_condition(
                lambda: self._is_answered(whole=whole),
                timeout=FIRST_PLAN,
                timeout_summary="ask with what is known so far",
            )
        except TimeoutError:
            return

    def _is_answered(self, *, whole: bool) -> bool:
        current = not whole or self._record.known is None or self._covered == self._record.joined
        return current and not self._record.awaited

    async def _ask(self, target: str) -> None:
        question = SurveyQuestion(
            arn=target, since=self._record.finding.time - _LATELY, own=self._record.callers_of_its_own()
        )
        summary = f"what IAM says of {short_name(target, 40)}"[:60]
        try:
            facts = await workflow.execute_activity_method(Surveying.survey, question, **GLIMPSE, summary=summary)
        except ActivityError as error:
            self._record.say(f"planned from records alone: {short_name(target, 40)}: {reason(error)}")
        else:
            self._record.learn(facts)
        finally:
            self._record.awaited -= 1

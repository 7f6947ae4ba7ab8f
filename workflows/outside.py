"""How a case deals with systems that may be silent: say so, go on, catch up."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Generic, Protocol, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.exceptions import TimeoutError as TemporalTimeout

from workflows.record import CaseRecord
from workflows.steps import PATIENT, QUICK

T = TypeVar("T")
V = TypeVar("V")


def reason(error: ActivityError) -> str:
    """Why an activity failed, in one line."""
    if isinstance(error.cause, ApplicationError):
        return error.cause.message
    return "no answer in time" if isinstance(error.cause, TemporalTimeout) else "no answer"


def is_final(error: ActivityError) -> bool:
    """Whether trying again cannot help."""
    return isinstance(error.cause, ApplicationError) and error.cause.non_retryable


async def persist(record: CaseRecord, system: str, act: Callable[[RetryPolicy], Awaitable[T]]) -> T | str:
    """Run an activity until its system answers; the silence is written down meanwhile.

    A string is the reason of a refusal, which trying again cannot change.
    """
    try:
        result = await act(QUICK)
    except ActivityError as error:
        if is_final(error):
            record.trouble(system, reason(error))
            return reason(error)
        record.trouble(system, f"{reason(error)}; trying again until it answers")
    else:
        record.recovered(system)
        return result
    try:
        result = await act(PATIENT)
    except ActivityError as error:
        record.trouble(system, reason(error))
        return reason(error)
    record.recovered(system)
    return result


class Shower(Protocol):
    """Something that keeps the outside abreast of the case."""

    @property
    def behind(self) -> bool:
        """Whether the outside does not yet show the case as it is."""
        ...

    async def run(self) -> None:
        """Show every change; for ever."""
        ...


class Keeper(Generic[V]):
    """Keeps one outside thing equal to a value that changes with the case."""

    def __init__(
        self, record: CaseRecord, wanted: Callable[[], V | None], show: Callable[[V], Awaitable[None]]
    ) -> None:
        self._record = record
        self._wanted = wanted
        self._show = show
        self._shown: V | None = None
        self._seen = -1

    @property
    def behind(self) -> bool:
        """Whether the outside does not yet show the case as it is."""
        return self._seen != self._record.changes

    async def run(self) -> None:
        """Show every new value, the latest only; for ever."""
        while True:
            await workflow.wait_condition(lambda: self.behind)
            seen, wanted = self._record.changes, self._wanted()
            if wanted is not None and wanted != self._shown:
                await self._show(wanted)
                self._shown = wanted
            self._seen = seen


async def all_settled(keepers: list[Shower], within: timedelta, outgrown: Callable[[], bool]) -> bool:
    """Whether every keeper has caught up in that time; true as well when that no longer matters."""
    try:
        await workflow.wait_condition(
            lambda: outgrown() or not any(keeper.behind for keeper in keepers),
            timeout=within,
            timeout_summary="end without the systems that stay silent",
        )
    except TimeoutError:
        return False
    return True

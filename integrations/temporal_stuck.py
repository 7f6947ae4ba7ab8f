"""Cases and leases that stand still, as Temporal knows them: activities.ports.OpenCases."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import TimeoutError as FutureTimeout
from datetime import UTC, datetime, timedelta

from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus
from temporalio.service import RPCError

from activities.ports import StandingStill
from integrations.temporal_cases import mapped
from model.errors import Unavailable

ANSWER_S = 60.0
MOST = 1000
"""Open workflows that one round looks at, newest first."""
_OPEN = "WorkflowType IN ('Case', 'Lease') AND ExecutionStatus = 'Running'"
_ENDED = "WorkflowType = 'Case' AND ExecutionStatus IN ('Terminated', 'TimedOut') AND CloseTime > '{}'"
LOOKBACK = timedelta(days=1)
OVER = {"lifted", "denied", "expired", "observed", "suppressed", "cancelled", "joined"}
"""States in which a case may have been ended by hand without anything being lost."""


class TemporalOpenCases:
    """Asks a client that lives on another thread's event loop; `patience` is how long a workflow may stand still."""

    def __init__(
        self, client: Client, loop: asyncio.AbstractEventLoop, patience: timedelta = timedelta(minutes=5)
    ) -> None:
        self._client = client
        self._loop = loop
        self._patience = patience

    def stuck(self) -> tuple[StandingStill, ...]:
        """What stands still now, and what was ended from outside within a day. Raises Unavailable or Refused."""
        future = asyncio.run_coroutine_threadsafe(self._stuck(), self._loop)
        try:
            return future.result(ANSWER_S)
        except FutureTimeout:
            future.cancel()
            raise Unavailable("Temporal did not answer in time") from None
        except RPCError as error:
            raise mapped(error) from None

    async def _stuck(self) -> tuple[StandingStill, ...]:
        now = datetime.now(UTC)
        found = [one async for one in self._standing(now)]
        since = (now - LOOKBACK).strftime("%Y-%m-%dT%H:%M:%SZ")
        async for ended in self._client.list_workflows(_ENDED.format(since), limit=MOST):
            state = _state(ended)
            if state not in OVER:
                how = "ended by hand" if ended.status is WorkflowExecutionStatus.TERMINATED else "timed out"
                found.append(_still(ended, f"it was {how} while it was {state or 'not yet anything'}"))
        return tuple(found)

    async def _standing(self, now: datetime) -> AsyncIterator[StandingStill]:
        async for one in self._client.list_workflows(_OPEN, limit=MOST):
            if now - one.start_time < self._patience:
                continue
            why = self._overdue(one, now) or await self._tasks(one, now)
            if why:
                yield _still(one, why)

    def _overdue(self, one: WorkflowExecution, now: datetime) -> str:
        """What its own attributes say: a question that nobody closed, or a case that never became one."""
        known = {pair.key.name: pair.value for pair in one.typed_search_attributes}
        if one.workflow_type == "Case" and "CaseState" not in known:
            return "it has no finding that can be read"
        deadline = known.get("CaseDeadline")
        if known.get("CaseState") == "waiting" and deadline is not None and now - deadline > self._patience:
            return f"its question should have ended at {deadline:%H:%M:%S} UTC"
        return ""

    async def _tasks(self, one: WorkflowExecution, now: datetime) -> str:
        """Whether its code fails, or no worker takes it."""
        described = await self._client.get_workflow_handle(one.id, run_id=one.run_id).describe()
        task = described.raw_description.pending_workflow_task
        if not task.HasField("original_scheduled_time"):
            return ""
        since = task.original_scheduled_time.ToDatetime(tzinfo=UTC)
        if now - since <= self._patience:
            return ""
        return f"its code has failed since {since:%H:%M:%S} UTC ({task.attempt} attempts): see the worker's log"


def _state(one: WorkflowExecution) -> str:
    known = {pair.key.name: pair.value for pair in one.typed_search_attributes}
    return str(known.get("CaseState", "")).replace("_", " ")


def _still(one: WorkflowExecution, why: str) -> StandingStill:
    return StandingStill(one.id, one.run_id, why)

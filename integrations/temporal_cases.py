"""Findings into Temporal: a signal to the open case of the chain's origin, or its first."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeout
from datetime import UTC, datetime, timedelta

from pydantic import ValidationError
from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowQueryFailedError,
    WorkflowQueryRejectedError,
)
from temporalio.service import RPCError, RPCStatusCode

from model.approval import Click
from model.case import CaseView, Resolution
from model.case_id import case_id
from model.cooling import cools
from model.elders import elders, is_of_chain
from model.errors import NotFound, Refused, Unavailable
from model.finding import Finding
from model.settings import CaseSettings
from model.text import shortened

ANSWER_S = 10.0
MESSAGE = 1500
log = logging.getLogger("hopstop")
_GONE = (RPCStatusCode.NOT_FOUND,)
_FINAL = (RPCStatusCode.INVALID_ARGUMENT, RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED)


class TemporalCases:
    """activities.ports.Cases over a Temporal client that lives on another thread's event loop."""

    def __init__(
        self, client: Client, loop: asyncio.AbstractEventLoop, task_queue: str, settings: Callable[[], CaseSettings]
    ) -> None:
        self._client = client
        self._loop = loop
        self._task_queue = task_queue
        self._settings = settings

    def open(self, finding: Finding) -> str:
        """Signal the case, starting it where none is open; its id. Raises Unavailable, or Refused where it is final."""
        future = asyncio.run_coroutine_threadsafe(self._open(finding), self._loop)
        try:
            return future.result(ANSWER_S)
        except FutureTimeout:
            future.cancel()
            raise Unavailable("Temporal did not answer in time") from None
        except RPCError as error:
            raise mapped(error) from None

    async def _open(self, finding: Finding) -> str:
        identity = case_id(finding.origin)
        others = elders(finding)
        for name in (identity, *others):
            if await self._cools(name, finding):
                log.info("%s was closed on this evidence a while ago: no other is opened", name)
                return name
        elder = await self._elder(identity, others, finding)
        if elder is not None:
            return elder
        await self._client.start_workflow(
            "Case",
            self._settings(),
            id=identity,
            task_queue=self._task_queue,
            start_signal="finding",
            start_signal_args=[finding],
            static_summary=f"{finding.confidence} confidence: {', '.join(finding.detectors)}"[:200],
            static_details=_details(finding),
        )
        return identity

    async def _elder(self, identity: str, others: tuple[str, ...], finding: Finding) -> str | None:
        """The open case of an inner session of the chain that took the finding; None where this origin's own case is
        open, which then goes on beside it, or is to be opened."""
        if await self._is_open(identity):
            return None
        for name in others:
            same = await self._is_open(name) and await self._is_same_chain(name, finding)
            if same and await self._tell(name, finding):
                return name
        return None

    async def _is_open(self, name: str) -> bool:
        try:
            last = await self._client.get_workflow_handle(name).describe()
        except RPCError as error:
            if error.status in _GONE:
                return False
            raise
        return last.status is WorkflowExecutionStatus.RUNNING

    async def _is_same_chain(self, name: str, finding: Finding) -> bool:
        """Whether an open case is of a session that the chain came through; a case that cannot say so is left alone."""
        handle = self._client.get_workflow_handle(name)
        try:
            view = await handle.query("view", result_type=CaseView, rpc_timeout=timedelta(seconds=3))
        except (RPCError, WorkflowQueryFailedError, WorkflowQueryRejectedError):
            return False
        origin = view.finding.origin
        # Once it has taken the older ancestor's finding in, that ancestor is its origin.
        return not view.closed and (origin.key == finding.origin.key or is_of_chain(origin, finding))

    async def _tell(self, name: str, finding: Finding) -> bool:
        try:
            await self._client.get_workflow_handle(name).signal("finding", finding)
        except RPCError as error:
            if error.status in _GONE:
                return False
            raise
        return True

    async def _cools(self, identity: str, finding: Finding) -> bool:
        """Whether the last case of the origin was closed a while ago, and knew all that the finding says."""
        handle = self._client.get_workflow_handle(identity, result_type=Resolution)
        try:
            last = await handle.describe()
            if last.status is not WorkflowExecutionStatus.COMPLETED or last.close_time is None:
                return False
            resolution = await self._client.get_workflow_handle(
                identity, run_id=last.run_id, result_type=Resolution
            ).result(rpc_timeout=timedelta(seconds=5))
        except RPCError as error:
            if error.status in _GONE:
                return False
            raise
        except (WorkflowFailureError, ValidationError):
            return False
        return cools(resolution, last.close_time, finding, datetime.now(UTC))


async def deliver(client: Client, case: str, click: Click) -> None:
    """Signal a click to a case. Raises NotFound where the case is closed or unknown, Unavailable, or Refused."""
    handle: WorkflowHandle[object, object] = client.get_workflow_handle(case)
    try:
        await handle.signal("click", click)
    except RPCError as error:
        raise mapped(error) from None


def mapped(error: RPCError) -> NotFound | Refused | Unavailable:
    """Temporal's answer in our own words."""
    if error.status in _GONE:
        return NotFound("Temporal knows no such open workflow")
    if error.status in _FINAL:
        return Refused(f"Temporal refused: {error.status.name.lower()}")
    return Unavailable(f"Temporal does not answer ({error.status.name.lower()})")


def _details(finding: Finding) -> str:
    """What the page says of the case from its first second, also while no worker runs."""
    times = f"First record {finding.time:%Y-%m-%d %H:%M:%S} UTC, last {finding.last_time:%H:%M:%S} UTC."
    where = "How it stands, and what to do, is under Current Details; under Memo while no worker runs."
    return f"{shortened(finding.message, MESSAGE)}\n\n{times}\n\n{where}"

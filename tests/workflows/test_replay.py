"""Recorded histories run through today's code, strictly: same commands, same arguments, same waits."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory
from temporalio.worker import (
    Interceptor,
    Replayer,
    StartActivityInput,
    StartChildWorkflowInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)

from tests.workflows.record import BRANCHES, HISTORIES
from workflows.case import CaseWorkflow
from workflows.converter import data_converter
from workflows.lease import LeaseWorkflow
from workflows.runner import RUNNER

NAMES = sorted(path.stem for path in HISTORIES.glob("*.json"))
ASKED: list[tuple[str, list[bytes]]] = []


class _Noting(WorkflowOutboundInterceptor):
    """Writes down what the code asks for: the replayer itself compares no arguments."""

    def start_activity(self, input: StartActivityInput) -> Any:  # noqa: A002
        ASKED.append((input.activity, _encoded(list(input.args))))
        return super().start_activity(input)

    async def start_child_workflow(self, input: StartChildWorkflowInput) -> Any:  # noqa: A002
        ASKED.append((input.workflow, _encoded(list(input.args))))
        return await super().start_child_workflow(input)


class _Inbound(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_Noting(outbound))


class _Strict(Interceptor):
    def workflow_interceptor_class(self, _input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:
        return _Inbound


def _encoded(args: list[Any]) -> list[bytes]:
    return [payload.data for payload in data_converter.payload_converter.to_payloads(args)]


def _scheduled(event: HistoryEvent) -> tuple[str, list[bytes]] | None:
    if event.HasField("activity_task_scheduled_event_attributes"):
        activity = event.activity_task_scheduled_event_attributes
        return activity.activity_type.name, [payload.data for payload in activity.input.payloads]
    if event.HasField("start_child_workflow_execution_initiated_event_attributes"):
        child = event.start_child_workflow_execution_initiated_event_attributes
        return child.workflow_type.name, [payload.data for payload in child.input.payloads]
    return None


def history(name: str) -> WorkflowHistory:
    """One recorded run."""
    kept = json.loads((HISTORIES / f"{name}.json").read_text())
    return WorkflowHistory.from_json(kept.pop("workflow_id"), kept)


@pytest.mark.parametrize("name", NAMES)
async def test_a_recorded_history_replays_to_the_same_commands(name: str) -> None:
    recorded = history(name)
    ASKED.clear()
    replayer = Replayer(
        workflows=[CaseWorkflow, LeaseWorkflow],
        data_converter=data_converter,
        workflow_runner=RUNNER,
        interceptors=[_Strict()],
        workflow_failure_exception_types=[Exception],
    )
    await replayer.replay_workflow(recorded)
    assert [asked for event in recorded.events if (asked := _scheduled(event)) is not None] == ASKED


def test_every_branch_has_a_recorded_history() -> None:
    assert {f"case_{branch.__name__}" for branch in BRANCHES} <= set(NAMES)


@pytest.mark.parametrize("seed", ["1", "4711"])
def test_replay_does_not_hang_on_the_order_of_a_set(seed: str) -> None:
    here = f"{Path(__file__).relative_to(Path.cwd())}::test_a_recorded_history_replays_to_the_same_commands"
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-o", "addopts=", "-k", "grown or troubled", here],
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-2000:]

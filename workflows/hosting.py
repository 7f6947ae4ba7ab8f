"""A worker as every role runs it."""

import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker

from workflows.failures import FailureInterceptor
from workflows.runner import RUNNER

THREADS = 16

AT_ONCE = 4
"""Workflow tasks at a time. Python runs one of them at any moment: more would only share its time until each of them
seems stuck, which the SDK takes for a deadlock after two seconds."""

KEPT = 100
"""Cases kept in memory between two of their events; any other is built again from its history when it is woken, which
takes less time than a person notices. Each weighs 0.7 MB, and Python's collector stops the worker to walk them all."""


def hosted(
    client: Client,
    task_queue: str,
    threads: ThreadPoolExecutor,
    workflows: list[type],
    activities: list[Callable[..., Any]],
) -> Worker:
    """A worker of one task queue, not started yet."""
    # What is there by now stays as long as the worker: the collector need not walk it each time while clicks wait.
    gc.collect()
    gc.freeze()
    return Worker(
        client,
        task_queue=task_queue,
        workflows=workflows,
        activities=activities,
        activity_executor=threads,
        max_concurrent_activities=THREADS // 2,
        workflow_runner=RUNNER,
        interceptors=[FailureInterceptor()],
        max_concurrent_workflow_tasks=AT_ONCE,
        max_cached_workflows=KEPT,
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=2),
        # What a killed attempt counted is in its last heartbeat.
        max_heartbeat_throttle_interval=timedelta(seconds=2),
        graceful_shutdown_timeout=timedelta(seconds=10),
    )

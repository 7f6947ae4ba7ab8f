"""`hopstop worker`: what worker.py runs."""

from enum import StrEnum
from typing import Annotated

import typer


class WorkerRole(StrEnum):
    """The roles of a worker."""

    WATCH = "watch"
    RESPOND = "respond"
    SLACK = "slack"
    ALL = "all"


def worker(
    role: Annotated[WorkerRole, typer.Option(help="What this process does: read the queue, run cases, hear Slack.")] = (
        WorkerRole.ALL
    ),
) -> None:
    """Run hopstop until it is told to stop (SIGINT or SIGTERM)."""
    from worker import main as run_worker  # noqa: PLC0415 - it brings every vendor's library along

    raise typer.Exit(run_worker(role.value))

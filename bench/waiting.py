"""`python -m bench.waiting --cases 100 1000 5000`: many cases wait for somebody on one worker.

What a waiting case costs the worker in memory, and how long a click takes until its decision is recorded: from the
signal's event to the end of the workflow task that judged it, both by the server's clock; about two cases a second are
clicked, each of them at random. The worker is a process of its own, as `worker.py` sets it up; Slack, PagerDuty, Jira
and IAM are the tests' paper ones, which answer at once.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowHandle

from bench.figures import Figure, percentile, table
from cli.demo_servers import Servers, register_search_attributes
from model.approval import Click, Verb
from model.card import Card, Posted
from model.case import CaseView
from tests.workflows.attack import finding
from tests.workflows.conftest import SETTINGS, World
from tests.workflows.fakes import DANA, TEAM, PaperConversation, PaperSiem
from workflows.case import CaseWorkflow
from workflows.converter import data_converter
from workflows.hosting import THREADS, hosted
from workflows.lease import LeaseWorkflow

QUEUE = "bench-waiting"
IN_FLIGHT = 10
CLICKS = 200
BETWEEN_S = 0.3
WAITING = "WorkflowType = 'Case' AND CaseState = 'waiting' AND ExecutionStatus = 'Running'"
PATIENT = SETTINGS.model_copy(
    update={"routes": tuple(route.model_copy(update={"patience_s": 86_400}) for route in SETTINGS.routes)}
)
Handle = WorkflowHandle[Any, Any]


class _Slack(PaperConversation):
    """Keeps nothing: what paper keeps is no memory of a case's."""

    def post(self, _card: Card) -> Posted:
        return Posted(channel="C0SEC", ts="1.000100")

    def update(self, posted: Posted, card: Card) -> None:
        """Shown, and forgotten."""

    def reply(self, posted: Posted, key: str, text: str, mention: Sequence[str] = ()) -> None:
        """Said, and forgotten."""


class _Siem(PaperSiem):
    def send(self, event: dict[str, Any]) -> None:
        """Taken, and forgotten."""


async def work(address: str) -> None:
    """The worker's process."""
    client = await Client.connect(address, data_converter=data_converter)
    world = World(env=None, queue=QUEUE, slack=_Slack(), siem=_Siem())  # type: ignore[arg-type]
    with ThreadPoolExecutor(THREADS) as threads:
        async with hosted(client, QUEUE, threads, [CaseWorkflow, LeaseWorkflow], world.activities()):
            await asyncio.Event().wait()


async def measure(counts: list[int]) -> list[Figure]:
    """Open cases up to each count, and measure there."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        servers = Servers(Path(folder))
        try:
            address, _ = await servers.temporal()
            client = await Client.connect(address, data_converter=data_converter)
            await register_search_attributes(client)
            worker = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bench.waiting", "--worker", address, stdout=sys.stderr
            )
            try:
                return await _measured(client, worker.pid, counts)
            finally:
                worker.kill()
                await worker.wait()
        finally:
            await servers.stop()


async def _measured(client: Client, worker: int, counts: list[int]) -> list[Figure]:
    figures: list[Figure] = []
    handles: list[Handle] = []
    await _opened(client, handles, 5)
    await asyncio.sleep(3)
    empty = _resident(worker)
    for count in counts:
        began = time.monotonic()
        await _opened(client, handles, count)
        print(f"{count} cases wait after {time.monotonic() - began:.0f} s", file=sys.stderr)
        await asyncio.sleep(5)
        each = (_resident(worker) - empty) / (count - 5)
        waits = [await _click(handle) for handle in random.sample(handles, min(CLICKS, count // 2))]
        handles = [handle for handle in handles if handle.id not in _CLICKED]
        title = f"{count:,} cases wait on one worker"
        figures += [
            Figure(
                title, "memory of a waiting case", each / 1000, "kB", note=f"{_resident(worker) / 1e6:.0f} MB in all"
            ),
            Figure(title, "click to recorded decision, p50", percentile(waits, 50) * 1000, "ms"),
            Figure(
                title,
                "click to recorded decision, p99",
                percentile(waits, 99) * 1000,
                "ms",
                note=f"{len(waits)} clicks",
            ),
        ]
    return figures


_CLICKED: set[str] = set()


async def _opened(client: Client, handles: list[Handle], count: int) -> None:
    """So many more cases wait, each shown to people; no more than twenty of them begin at a time."""
    while len(handles) < count:
        several = range(min(IN_FLIGHT, count - len(handles)))
        handles += await asyncio.gather(*(_open(client) for _ in several))
        left = IN_FLIGHT if len(handles) < count else 0
        while (await client.count_workflows(WAITING)).count < len(handles) - left:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.1)


async def _open(client: Client) -> Handle:
    return await client.start_workflow(
        "Case", PATIENT, id=f"case:ana:111111111111:{uuid4().hex[:8]}", task_queue=QUEUE,
        start_signal="finding", start_signal_args=[finding()],
    )  # fmt: skip


async def _view(handle: Handle) -> CaseView:
    return CaseView.model_validate(await handle.query("view"))


async def _click(handle: Handle) -> float:
    """Seconds from the click's event to the end of the task in which the case judged it."""
    view = await _view(handle)
    _CLICKED.add(handle.id)
    click = Click(
        id=uuid4().hex, source="slack", verb=Verb.DENY, user=DANA, team=TEAM, card=view.card_version,
        plan=view.plan.hash if view.plan else None, run=view.run, channel="C0SEC", reason="a migration",
    )  # fmt: skip
    await asyncio.sleep(BETWEEN_S)
    await handle.signal("click", click)
    while True:
        found = _took(await handle.fetch_history())
        if found is not None:
            return found
        await asyncio.sleep(0.05)


def _took(history: Any) -> float | None:
    signalled: float | None = None
    for event in history.events:
        at = event.event_time.ToMicroseconds() / 1e6
        if event.workflow_execution_signaled_event_attributes.signal_name == "click":
            signalled = at
        elif signalled is not None and event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
            return at - signalled
    return None


def _resident(process: int) -> int:
    """Bytes of memory that the process holds."""
    pages = int(Path(f"/proc/{process}/statm").read_text("utf-8").split()[1])
    return pages * 4096


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.waiting", description="Measure many waiting cases.")
    parser.add_argument("--cases", type=int, nargs="+", default=[100, 1000], help="how many wait")
    parser.add_argument("--worker", metavar="ADDRESS", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker:
        asyncio.run(work(asked.worker))
    else:
        print(table(asyncio.run(measure(sorted(asked.cases)))))


if __name__ == "__main__":
    main()

"""A queue in memory whose messages come at a steady rate, and the watch that empties it."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Lock

from temporalio.testing import ActivityEnvironment

from activities.ports import Message
from activities.watching import Watching, WatchOrder
from integrations.sqlite_store import SqliteStore
from model.finding import Finding
from model.watch_plan import WatchPlan

TEN = 10
"""Messages that SQS gives at once, at most."""
_MOST_S = 300


class PacedQueue:
    """Implements activities.ports.Queue: each message can be had from its moment on, and is gone once deleted."""

    name = "paced"

    def __init__(self, bodies: Sequence[bytes], rate: float) -> None:
        self.waits: dict[str, float] = {}
        self.empty = Event()
        self._bodies = bodies
        self._rate = rate
        self._lock = Lock()
        self._given = 0
        self._start = 0.0

    def receive(self, wait_s: int, hide_s: int) -> Sequence[Message]:  # noqa: ARG002 - nothing comes again
        """Up to ten messages that are due; the first call starts the clock."""
        with self._lock:
            self._start = self._start or time.perf_counter() + 0.5
            if self._given == len(self._bodies):
                self.empty.wait(wait_s)
                return ()
            time.sleep(max(0.0, self._due(self._given) - time.perf_counter()))
            first, now = self._given, time.perf_counter()
            while self._given < min(len(self._bodies), first + TEN) and self._due(self._given) <= now:
                self._given += 1
            sent = datetime.now(UTC)
            return [Message(self._bodies[number], str(number), sent) for number in range(first, self._given)]

    def delete(self, messages: Sequence[Message]) -> None:
        """Note when."""
        now = time.perf_counter()
        for message in messages:
            self.waits[message.handle] = now - self._due(int(message.handle))
        if len(self.waits) == len(self._bodies):
            self.empty.set()

    def hide(self, messages: Sequence[Message], hide_s: int) -> Sequence[Message]:  # noqa: ARG002
        """All stay hidden."""
        return ()

    def set_aside(self, message: Message, why: str) -> bool:  # noqa: ARG002
        """There is no dead-letter queue."""
        return False

    def set_aside_count(self) -> int | None:
        """There is no dead-letter queue."""
        return None

    def _due(self, number: int) -> float:
        return self._start + number / self._rate


class NoCases:
    """Implements activities.ports.Cases: takes findings and does nothing."""

    def open(self, finding: Finding) -> str:
        """The case's id."""
        return finding.uid


def watched(path: Path, bodies: Sequence[bytes], rate: float) -> list[float]:
    """Seconds from when each message was due to when the watch, all its threads running, deleted it."""
    queue, store = PacedQueue(bodies, rate), SqliteStore(str(path))
    watching = Watching(queue, store, NoCases(), WatchPlan(), "bench")
    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *_: environment.worker_shutdown() if queue.empty.is_set() else None
    environment.run(watching.consume, WatchOrder(queue=queue.name, span_s=_MOST_S))
    watching.close()
    store.close()
    return list(queue.waits.values())

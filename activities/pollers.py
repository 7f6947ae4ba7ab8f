"""Several threads that receive, and one bounded hand-over to the thread that judges."""

from collections import deque
from collections.abc import Callable, Sequence
from threading import Condition, Thread

from activities.coverage import Tally
from activities.holding import Holding
from activities.ports import Message, Queue
from activities.surprise import log_frames, unexpected
from model.errors import HopstopError

WAIT_S = 20
"""AWS's longest poll: an idle queue costs three requests a minute and poller."""
MOST = 200
MOST_BYTES = 64 << 20
"""What may wait for the judge: a message has up to 1 MiB."""
AT_ONCE_BYTES = 8 << 20
"""How many bytes are read into records at once."""


class Pollers:
    """Receive while they are open. Shut, they give back what a poll still brings: nobody waits for a poll's end."""

    def __init__(
        self, queue: Queue, holding: Holding, count: int, tally: Callable[[], Tally], backoff_s: float
    ) -> None:
        self._backoff_s = backoff_s
        self._queue = queue
        self._holding = holding
        self._count = count
        self._tally = tally
        self._changed = Condition()
        self._waiting: deque[Message] = deque()
        self._bytes = 0
        self._open = False
        self._paused = False
        self._over = False
        self._threads: list[Thread] = []

    def open(self) -> None:
        """Receive."""
        with self._changed:
            self._open, self._paused = True, False
            self._changed.notify_all()
        while len(self._threads) < self._count:
            thread = Thread(target=self._run, name=f"poller {len(self._threads) + 1}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def pause(self) -> None:
        """Receive no more, and keep what waits."""
        with self._changed:
            self._paused = True

    def shut(self) -> None:
        """Receive no more, and give back what waits."""
        with self._changed:
            self._open = False
            back = list(self._waiting)
            self._waiting.clear()
            self._bytes = 0
            self._changed.notify_all()
        self._holding.give_back(back)

    def close(self) -> None:
        """Shut for good."""
        self._over = True
        self.shut()

    def gather(self, most: int, linger_s: float, wait_s: float) -> list[Message]:
        """What waits: nothing after `wait_s` seconds without a message; else up to `most` within `linger_s`."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting, wait_s)
            if self._waiting:
                self._changed.wait_for(lambda: len(self._waiting) >= most or self._full(), linger_s)
            gathered = self._first(most)
            self._changed.notify_all()
        return [message for message in gathered if self._holding.has(message)]

    def _first(self, most: int) -> list[Message]:
        """Up to `most` messages, and no more bytes at once than can well be read at once; one in any case."""
        gathered: list[Message] = []
        size = 0
        while self._waiting and len(gathered) < most and size < AT_ONCE_BYTES:
            gathered.append(self._waiting.popleft())
            size += len(gathered[-1].body)
        self._bytes -= size
        return gathered

    def _run(self) -> None:
        while not self._over:
            with self._changed:
                self._changed.wait_for(self._may_receive)
            if not self._over:
                self._receive()

    def _receive(self) -> None:
        try:
            messages = self._queue.receive(WAIT_S, self._holding.hide_s)
        except HopstopError as error:
            self._failed(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, receiving goes on
            log_frames(error)
            self._failed(unexpected(error))
        else:
            self._hand_over(messages)

    def _failed(self, why: object) -> None:
        self._tally().trouble(why)
        with self._changed:
            self._changed.wait_for(lambda: not self._open, self._backoff_s)

    def _hand_over(self, messages: Sequence[Message]) -> None:
        self._holding.take(messages)
        with self._changed:
            self._changed.wait_for(lambda: not self._full() or not self._open)
            if self._open:
                self._waiting.extend(messages)
                self._bytes += sum(len(message.body) for message in messages)
                self._changed.notify_all()
                return
        self._holding.give_back(messages)

    def _may_receive(self) -> bool:
        return self._over or (self._open and not self._paused and not self._full())

    def _full(self) -> bool:
        return len(self._waiting) >= MOST or self._bytes >= MOST_BYTES

"""Messages in our hands: hidden from others for as long as we have them, then forgotten, given back or set aside."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import BoundedSemaphore, Lock

from activities.coverage import Count, Tally
from activities.ports import Message, Queue
from activities.surprise import log_frames, unexpected
from model.errors import HopstopError, Refused
from model.text import code

KEPT_HIDDEN_S = 11 * 3600
"""How long one that cannot be judged is hidden where no dead-letter queue is; AWS hides for 12 h at most."""
BATCH = 10
OUTSTANDING = 64
"""Requests that may wait for their turn; more make the judging wait."""
ROOM_S = 5
"""How long the judging waits for them."""


class Holding:
    """Every message that was received and is not settled yet. Threads may share it."""

    def __init__(self, queue: Queue, tally: Callable[[], Tally], hands: int, hide_s: int) -> None:
        self.hide_s = hide_s
        self._queue = queue
        self._tally = tally
        self._hands = ThreadPoolExecutor(hands, thread_name_prefix="queue")
        self._room = BoundedSemaphore(OUTSTANDING)
        self._lock = Lock()
        self._held: dict[str, tuple[Message, float]] = {}
        self._asked: set[Future[None]] = set()

    def take(self, messages: Sequence[Message]) -> None:
        """These were received just now."""
        until = time.monotonic() + self.hide_s
        with self._lock:
            self._held.update({message.handle: (message, until) for message in messages})

    def has(self, message: Message) -> bool:
        """Whether the message is still ours; one that could not be hidden any longer comes again to somebody."""
        return message.handle in self._held

    def hide_on(self) -> None:
        """Hide on what has been held for half its time."""
        half = time.monotonic() + self.hide_s / 2
        with self._lock:
            due = [message for message, until in self._held.values() if until < half]
        for some in _tens(due):
            self._hide_on(some)

    def done(self, messages: Sequence[Message]) -> None:
        """Every record of these is committed: forget them."""
        self._let_go(messages)
        for some in _tens(messages):
            self._ask(self._queue.delete, some)

    def give_back(self, messages: Sequence[Message]) -> None:
        """Let others have these at once."""
        self._let_go(messages)
        for some in _tens(messages):
            self._ask(self._give_back, some)

    def set_aside(self, message: Message, why: str, precious: bool) -> None:
        """Move a message to where people find it. Without a dead-letter queue it is forgotten, its finding is made;
        a `precious` one, of which something was never judged, is hidden and comes again."""
        self._let_go([message])
        self._ask(lambda _: self._set_aside(message, why, precious), [message])

    def ask(self, what: Callable[[], None]) -> None:
        """Do something beside the judging; what goes wrong is said in the row."""
        self._ask(lambda _: what(), [])

    def settle(self, within_s: float) -> None:
        """Wait until everything that was asked for is done."""
        wait(tuple(self._asked), within_s)

    def close(self) -> None:
        """Take nothing more on."""
        self._hands.shutdown(wait=False)

    def _ask(self, what: Callable[[Sequence[Message]], object], messages: Sequence[Message]) -> None:
        # What is not asked for comes again by itself: better than to stand still.
        if not self._room.acquire(timeout=ROOM_S):
            self._tally().trouble(f"queue {code(self._queue.name)} answers too slowly")
            return
        try:
            asked = self._hands.submit(self._do, what, messages)
        except RuntimeError:
            self._room.release()
            return
        self._asked.add(asked)
        asked.add_done_callback(self._finished)

    def _finished(self, asked: "Future[None]") -> None:
        self._asked.discard(asked)
        self._room.release()

    def _do(self, what: Callable[[Sequence[Message]], object], messages: Sequence[Message]) -> None:
        try:
            what(messages)
        except HopstopError as error:
            # They come again, and what is committed is passed over.
            self._tally().trouble(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the messages come again
            log_frames(error)
            self._tally().trouble(unexpected(error))

    def _give_back(self, messages: Sequence[Message]) -> None:
        self._queue.hide(messages, 0)

    def _set_aside(self, message: Message, why: str, precious: bool) -> None:
        try:
            moved = self._queue.set_aside(message, why)
        except Refused as error:
            self._tally().trouble(error)
            moved, precious = False, True
        if precious and not moved:
            self._queue.hide([message], KEPT_HIDDEN_S)
            return
        self._queue.delete([message])
        self._tally().add(Count(set_aside=int(moved)))

    def _hide_on(self, messages: Sequence[Message]) -> None:
        until = time.monotonic() + self.hide_s
        try:
            lost = self._queue.hide(messages, self.hide_s)
        except HopstopError as error:
            self._tally().trouble(error)
            lost = [message for message in messages if self._late(message)]
            until = 0.0
        self._let_go(lost)
        if until:
            with self._lock:
                for message in messages:
                    if message.handle in self._held:
                        self._held[message.handle] = (message, until)

    def _late(self, message: Message) -> bool:
        held = self._held.get(message.handle)
        return held is not None and held[1] < time.monotonic()

    def _let_go(self, messages: Sequence[Message]) -> None:
        with self._lock:
            for message in messages:
                self._held.pop(message.handle, None)


def _tens(messages: Sequence[Message]) -> list[Sequence[Message]]:
    return [messages[start : start + BATCH] for start in range(0, len(messages), BATCH)]

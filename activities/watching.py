"""Consuming the queue: receive, judge, commit, forget, hand findings over; nothing lost, nothing twice.

Pollers receive, one thread judges and commits, others forget messages and hand findings over. A message is forgotten
after the commit of its last record and never before.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import copy_context
from datetime import timedelta
from threading import Event, Lock, Thread

from pydantic import ValidationError
from temporalio import activity

from activities.canary import Canary
from activities.coverage import Clockwork, Count, Coverage, Tally
from activities.handing import Handing
from activities.holding import Holding
from activities.judging import POLL, Judging
from activities.pollers import Pollers
from activities.ports import Backlog, Canaries, Cases, Missed, Queue, Siem, Store, TrustDocuments
from activities.reading import Parcel, Piece, Reading
from activities.surprise import log_frames, unexpected
from model.errors import HopstopError
from model.frozen import Frozen
from model.provenance import Trusted
from model.watch_plan import WatchPlan

GATHER_S = 0.2
"""How long a commit may wait for more messages once it has one."""
WAIT_S = 0.25
"""How long it waits for a first one, and so how promptly it ends."""
STANDBY_S = 1.0
BEAT_S = 1.0
COUNT_S = 60.0
"""How often it is asked how much lies in the dead-letter queue."""
DOCUMENT_S = 5.0
"""How often it is looked whether the documented trust changed."""
SETTLE_S = 5.0
"""How long a graceful end waits for what was asked of the queue; with all else it fits the worker's 10 s."""


class WatchOrder(Frozen):
    """Watch this queue for so many seconds, then report."""

    queue: str
    span_s: int


class Watching:
    """One consumer of one queue into one store. `holder` names this process's run among those that may lead."""

    def __init__(
        self,
        queue: Queue,
        store: Store,
        cases: Cases,
        plan: WatchPlan,
        holder: str,
        canaries: Canaries | None = None,
        backlog: Backlog | None = None,
        siem: Siem | None = None,
        documents: TrustDocuments | None = None,
    ) -> None:
        self._queue = queue
        self._plan = plan
        self._tally = Tally(plan.terms)
        self._backlog = backlog
        self._canary = Canary(canaries, plan.canary_role)
        self._holding = Holding(queue, lambda: self._tally, plan.pollers, plan.hide_s)
        self._pollers = Pollers(queue, self._holding, plan.pollers, lambda: self._tally, plan.backoff_s)
        self._judging = Judging(store, plan.thresholds, plan.organization, holder, plan.exemptions, plan.own, documents)
        self._reading = Reading(Trusted(frozenset(plan.organization.accounts), plan.accept_bare), self._canary)
        self._handing = Handing(store, cases, lambda: self._tally, plan.backoff_s, siem)
        self._one = Lock()
        self._beating = Clockwork(BEAT_S)
        self._counting = Clockwork(COUNT_S)
        self._documenting = Clockwork(DOCUMENT_S)
        self._singing = Clockwork(plan.canary_every_s)

    @activity.defn(name="Detect: consume queue", no_thread_cancel_exception=True)
    def consume(self, order: WatchOrder) -> Coverage:
        """Consume for a span; the row of what was covered. A silent system is waited for and said in the row."""
        end = time.monotonic() + order.span_s
        with self._alone():
            self._tally = Tally(self._plan.terms, _before())
            with _beside(self._holding.hide_on):
                self._handing.begin()
                try:
                    while time.monotonic() < end and not _told_to_stop():
                        self._turn()
                finally:
                    self._stop()
            return self._tally.row()

    def close(self) -> None:
        """End for good: others may lead at once."""
        self._pollers.close()
        self._resign()
        self._holding.settle(SETTLE_S)
        self._holding.close()

    def _turn(self) -> None:
        """A little of everything; what fails is said, waited for and begun again from what was committed."""
        self._beat()
        try:
            if self._leads():
                self._watch()
        except HopstopError as error:
            self._trouble(error)
        except Exception as error:  # noqa: BLE001 - whatever it is, it never ends the watch
            log_frames(error)
            self._trouble(unexpected(error))

    def _trouble(self, what: object) -> None:
        """Receive nothing meanwhile: what AWS gives too often goes to the dead-letter queue."""
        self._tally.trouble(what)
        self._pollers.pause()
        _rest(self._plan.backoff_s)

    def _leads(self) -> bool:
        if not self._judging.leads(self._tally):
            self._stand_by()
            return False
        with _beside(lambda: activity.heartbeat(self._tally.row())):
            self._judging.ready()
        if self._backlog is not None:
            self._backlog.begin(self._judging.marked())
        return True

    def _stand_by(self) -> None:
        """Another judge leads: what we hold is its."""
        self._pollers.shut()
        self._holding.give_back(self._judging.forget())
        self._tally.trouble("another judge leads; this one stands by")
        _rest(STANDBY_S)
        self._tally.add(Count(standby_s=STANDBY_S))

    def _watch(self) -> None:
        self._pollers.open()
        self._now_and_then()
        if not self._judging.busy:
            self._gather()
        self._drain()

    def _gather(self) -> None:
        missed = self._backlog.next() if self._backlog else None
        messages = self._pollers.gather(POLL, GATHER_S, 0.0 if missed else WAIT_S)
        if messages:
            pieces, empty = self._reading.open(messages, self._tally)
            self._judging.take(pieces)
            self._settle(empty)
        elif missed:
            self._catch_up(missed)
        if not self._judging.busy:
            self._judging.tick(self._tally)

    def _catch_up(self, missed: Missed) -> None:
        """What only the log files have: judged like all else, and remembered as read once it is committed."""
        if missed.trouble:
            self._tally.trouble(missed.trouble)
        records = self._reading.mine(missed.records, self._tally)
        self._judging.take([Piece(record, None) for record in records])
        self._drain()
        if self._judging.busy:
            return
        if missed.until is not None:
            self._judging.mark(missed.until, self._tally)
        if self._backlog is not None:
            self._backlog.done()

    def _drain(self) -> None:
        while self._judging.busy and not _told_to_stop():
            self._beat()
            self._settle(self._judging.step(self._tally))
            self._handing.wake()

    def _settle(self, parcels: Sequence[Parcel]) -> None:
        """Every record of these is committed."""
        done = [parcel.message for parcel in parcels if not parcel.why]
        if done:
            self._holding.done(done)
        for parcel in parcels:
            if parcel.why:
                self._holding.set_aside(parcel.message, parcel.why, parcel.buried)

    def _now_and_then(self) -> None:
        if self._canary.flies and self._singing.due():
            self._holding.ask(self._canary.send)
        if self._counting.due():
            self._holding.ask(self._count)
        if self._documenting.due():
            self._judging.document(self._tally)

    def _count(self) -> None:
        self._tally.lying(self._queue.set_aside_count())

    def _stop(self) -> None:
        """Give back what is not judged, and finish what was asked for. Only a worker that ends leaves the lead."""
        self._pollers.shut()
        self._holding.give_back(self._judging.forget())
        self._handing.end(SETTLE_S / 2)
        if _told_to_stop():
            self._resign()
        self._holding.settle(SETTLE_S)

    def _resign(self) -> None:
        try:
            self._judging.resign()
        except HopstopError as error:
            self._tally.trouble(error)

    def _beat(self) -> None:
        if self._beating.due():
            activity.heartbeat(self._tally.row())

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One at a time: an attempt that Temporal gave up may still be at its last poll."""
        while not self._one.acquire(timeout=BEAT_S):
            activity.heartbeat(*activity.info().heartbeat_details)
        try:
            yield
        finally:
            self._one.release()


def _before() -> Coverage | None:
    """What a killed attempt of this span said last."""
    info = activity.info()
    if info.attempt < 2 or not info.heartbeat_details:
        return None
    try:
        return Coverage.model_validate(info.heartbeat_details[0])
    except ValidationError:
        return None


@contextmanager
def _beside(what: Callable[[], None], every_s: float = BEAT_S) -> Iterator[None]:
    """Do something again and again in a thread, within this activity's context."""
    over = Event()

    def again() -> None:
        while not over.wait(every_s):
            what()

    thread = Thread(target=copy_context().run, args=(again,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(every_s)


def _rest(seconds: float) -> None:
    activity.wait_for_worker_shutdown_sync(timedelta(seconds=seconds))


def _told_to_stop() -> bool:
    return activity.is_cancelled() or activity.is_worker_shutdown()

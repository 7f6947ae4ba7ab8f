"""Reading the log files after the queue: what EventBridge never delivered is judged all the same.

Only the judge's own process reads them. Putting them into the queue would mean to believe records there that no event
of AWS carries.
"""

import contextlib
import logging
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import NamedTuple

from activities.ports import Archive, Missed
from model.cloudtrail import CloudTrailRecord, Unparsed
from model.errors import HopstopError, Refused
from model.log_file import LogFile
from model.provenance import Trusted, disbelieved, doubt
from model.wanted import wanted

SETTLED = timedelta(minutes=10)
"""A file is read this long after it was written: by then the queue has had its records (EventBridge: seconds)."""
FURTHEST = timedelta(days=7)
"""How far back is read at most, however long nothing was read."""
AT_ONCE = 100
AHEAD = 8
REFUSED_MOST = 1_000
AGAIN_S = 60.0

Record = CloudTrailRecord | Unparsed

log = logging.getLogger("hopstop")


class Span(NamedTuple):
    """Files written later than `since` and not later than `until`, of which accounts' records are believed."""

    since: datetime
    until: datetime
    trusted: Trusted = Trusted()


def missed(archive: Archive, span: Span, refused: dict[str, LogFile]) -> Iterator[Missed]:
    """What the files of a span hold of what the watch judges, some records at a time; the last one carries `until`.

    Files that AWS refuses are kept in `refused`, and tried each time. Raises Refused where AWS does not list or refuses
    too many, Unavailable where it cannot answer now.
    """
    held: list[Record] = []
    for file in chain([*refused.values()], archive.files(span.since, span.until)):
        try:
            held += [_believed(record, span.trusted) for record in archive.records(file) if _is_judged(record)]
        except Refused as error:
            refused[file.name] = file
            if len(refused) > REFUSED_MOST:
                raise
            yield Missed(trouble=str(error))
            continue
        refused.pop(file.name, None)
        while len(held) >= AT_ONCE:
            yield Missed(held[:AT_ONCE])
            held = held[AT_ONCE:]
    yield Missed(held, span.until)


def _is_judged(record: Record) -> bool:
    return isinstance(record, Unparsed) or wanted(record)


def _believed(record: Record, trusted: Trusted) -> Record:
    """The record, or what is kept of one that CloudTrail would not have written where it lies."""
    if isinstance(record, Unparsed):
        return record
    why = doubt(record, trusted)
    return disbelieved(record, f"not believed: {why}") if why else record


class Reconciling:
    """Implements activities.ports.Backlog: reads ahead in a thread, a few hundred records at most.

    `hours` is how far back the first round reads, `every_s` the seconds between rounds, `accounts` whose records are
    believed (none named: every account's).
    """

    def __init__(
        self,
        archive: Archive,
        hours: float,
        every_s: float,
        accounts: Collection[str] = (),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._archive = archive
        self._hours = timedelta(hours=hours)
        self._every_s = every_s
        self._trusted = Trusted(frozenset(accounts))
        self._now = now
        self._ready: Queue[Missed] = Queue(AHEAD)
        self._current: Missed | None = None
        self._refused: dict[str, LogFile] = {}
        self._thread: Thread | None = None
        self._stop = Event()

    def begin(self, since: datetime | None) -> None:
        """Start reading, where nothing reads yet."""
        if self._thread is None:
            first = since or self._now() - self._hours
            self._thread = Thread(target=self._run, args=(first,), name="reconcile", daemon=True)
            self._thread.start()

    def next(self) -> Missed | None:
        """What comes next, the same until `done`; None while there is nothing."""
        if self._current is None:
            try:
                self._current = self._ready.get_nowait()
            except Empty:
                return None
        return self._current

    def done(self) -> None:
        """What `next` gave is committed."""
        self._current = None

    def stop(self) -> None:
        """Read no more; what was not committed is read again by whoever begins next."""
        self._stop.set()

    def _run(self, since: datetime) -> None:
        while not self._stop.is_set():
            now = self._now()
            since, until = max(since, now - FURTHEST), now - SETTLED
            if until > since and not self._round(Span(since, until, self._trusted)):
                self._stop.wait(min(AGAIN_S, self._every_s))
                continue
            since = max(since, until)
            self._stop.wait(self._every_s)

    def _round(self, span: Span) -> bool:
        try:
            for each in missed(self._archive, span, self._refused):
                self._hand_on(each)
        except HopstopError as error:
            self._hand_on(Missed(trouble=str(error)))
            return False
        except Exception as error:
            log.exception("reading the log files failed")
            self._hand_on(Missed(trouble=f"reading the log files failed: {type(error).__name__}"))
            return False
        return True

    def _hand_on(self, each: Missed) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(Full):
                self._ready.put(each, timeout=1)
                return

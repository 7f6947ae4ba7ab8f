"""Learning from archives: files read on all cores, learned in the order of time, kept batch by batch."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import inf

from activities.ports import Store
from cli.baseline_counts import Learned, Seen
from cli.baseline_files import BATCH, Choice, batches, chosen, listed, parts
from cli.baseline_ledger import Batch, Ledger, Taken, file_digest
from cli.baseline_pool import Part, Pool, Read, decoded
from cli.baseline_progress import Progress
from detectors.hindsight import Hindsight
from model.archive_learning import Reading, Window
from model.errors import Malformed, Refused
from model.log_file import LogFile
from model.text import plural


@dataclass
class Order:
    """What to learn: records of these paths up to `until` (seconds since 1970 UTC), files of `batch` bytes at a time.
    `abandon`: what an interrupted run still had to teach may be left out."""

    paths: Sequence[str]
    until: float
    abandon: bool = False
    batch: int = BATCH


class Learning:
    """One run over one store, which this process leads."""

    def __init__(self, store: Store, ledger: Ledger, pool: Pool, progress: Progress) -> None:
        self._ledger = ledger
        self._pool = pool
        self._progress = progress
        self._hindsight = Hindsight(store, ledger.is_written)
        self._seen = Seen()
        self._learned = Learned()

    def run(self, order: Order) -> Learned:
        """Learn what the paths hold and the store has not learned. Raises HopstopError."""
        began = time.monotonic()
        files = listed(order.paths)
        choice = chosen(files, self._ledger, order.until)
        self._learned.done, self._learned.old = choice.done, choice.old
        self._progress.begin(choice.size)
        if self._ledger.interrupted is not None:
            self._go_on(files, choice, self._ledger.interrupted, abandon=order.abandon)
            choice = chosen(files, self._ledger, order.until)
        for learn, portion in choice.portions:
            if learn:
                for batch in batches(portion, order.batch):
                    self._batch(batch, order.until)
            else:
                self._link(portion)
        learned = self._learned
        if choice.pending and learned.records == learned.unparsed and not learned.failed:
            unread = f" ({learned.unparsed} could not be read)" if learned.unparsed else ""
            where = ", ".join(order.paths)
            raise Malformed(f"no CloudTrail records in {where}{unread}: name the trail's folder or bucket")
        learned.identities, learned.seconds = len(self._hindsight.known), time.monotonic() - began
        return learned

    def _go_on(self, files: Sequence[LogFile], choice: Choice, interrupted: Batch, *, abandon: bool) -> None:
        """Finish the batch that an earlier run began."""
        left = [file for file in files if file_digest(file) in interrupted.files]
        if not left and not abandon:
            count = plural(len(interrupted.files), "file")
            raise Refused(
                f"the last run was stopped while {count} were half learned, and none of them is here: name the same"
                " paths again, or add --abandon to leave out what they had still to teach"
            )
        for learn, portion in choice.portions[:1]:
            if not learn:
                self._link(portion)
        self._batch(left, interrupted.until)

    def _link(self, files: Sequence[LogFile]) -> None:
        """Read what was learned before for the chains that later records go on."""
        for part, _, reading in self._readings(files, lambda _: Window(-inf, inf)):
            self._hindsight.take(reading, only_link=True)
            self._progress.forward(_size(part), self._learned.records)
        self._hindsight.finish(only_link=True)

    def _batch(self, files: Sequence[LogFile], until: float) -> None:
        """Learn some files, and keep it."""
        whole, cut = list[LogFile](), list[LogFile]()
        counts = self._hindsight.counts
        before = counts.assumptions, counts.denied
        for part, read, reading in self._readings(files, lambda file: Window(self._ledger.learned_until(file), until)):
            self._hindsight.take(reading)
            failed = {place for place, _ in read.failed}
            for place, file in enumerate(part.files):
                if place not in failed:
                    (cut if place in read.cut else whole).append(file)
            self._learned.add(part, read, reading)
            self._progress.forward(_size(part), self._learned.records)
        self._hindsight.finish()
        self._learned.assumptions += counts.assumptions - before[0]
        self._learned.denied += counts.denied - before[1]
        for _ in self._ledger.keep(Taken(whole, cut, until), self._hindsight):
            self._progress.forward(0, self._learned.records)

    def _readings(
        self, files: Sequence[LogFile], window: Callable[[LogFile], Window]
    ) -> Iterator[tuple[Part, Read, Reading]]:
        """What each part gave, without the records that an earlier one gave."""
        some = parts(files, window, self._hindsight.watched, self._pool.workers)
        for part, first in self._pool.each(some):
            read, reading = first, decoded(first)
            again = self._seen.known(reading.ids)
            if again:
                read = self._pool.read(part, again).result()
                reading = decoded(read)
            self._seen.add(reading.ids)
            yield part, read, reading


def _size(part: Part) -> int:
    return sum(file.size for file in part.files)

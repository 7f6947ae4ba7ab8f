"""The same records judged again and again, each time with other thresholds: read and sorted once, learned from once."""

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import count, islice
from typing import IO, NamedTuple

import msgspec

from cli.backtest import POLL
from cli.in_order import Item, Read, by_time
from detectors.judge import LOG_HOURS, Judge
from detectors.memory import LAG
from detectors.tuning import Outcome
from model.baseline import HOUR
from model.cloudtrail import CloudTrailRecord, Unparsed
from model.confidence import Confidence
from model.documents import Shelf
from model.exemption import Exemption
from model.finding import Finding
from model.organization import Organization
from model.thresholds import Thresholds

WEEK_S = 7 * 86_400


class Setting(NamedTuple):
    """What is not tuned: the organisation, its exceptions, until when records only teach, and the attacks that somebody
    labelled (the ids of their records by their name)."""

    organization: Organization
    exemptions: tuple[Exemption, ...]
    learn_until: float | None
    attacks: Mapping[str, frozenset[str]]


class Learned(Shelf):
    """What a judge knows at some moment, for others to begin from; of what lineages are made of the last hours."""

    def __init__(self) -> None:
        super().__init__()
        self._log: list[tuple[int, bytes]] = []

    def assumed(self, since_hour: int) -> Iterable[bytes]:
        """What was assumed from that hour (since 1970 UTC, by record time) on."""
        return [body for hour, body in self._log if hour >= since_hour]

    def take(self, judge: Judge, time: float) -> None:
        """Keep what a judge wrote at that time; drop what it need not hold in memory."""
        written, hour = judge.written(), int(time // HOUR)
        self.keep(written.documents)
        self._log = [*(each for each in self._log if each[0] >= hour - LOG_HOURS), (hour, written.entry.assumed)]
        if judge.crowded:
            judge.let_go()

    def settle(self, judge: Judge) -> None:
        """Keep every document of a judge, as of now."""
        for number in count():
            documents = judge.written().documents
            self.keep(documents)
            if number > LAG and not documents:
                return

    def copy(self) -> "Learned":
        """Another that begins as this one is now."""
        other = Learned()
        other.keep(self._kept)
        other._log = [*self._log]
        return other


class Replay:
    """Sorted records in a temporary file, and the state at which judging begins. Close it: the file goes with it."""

    def __init__(self, read: Iterable[Read], setting: Setting, start: Thresholds) -> None:
        self._setting = setting
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="hopstop-")  # noqa: SIM115 - `close` closes it
        self._learned = Learned()
        self._first = self._last = 0.0
        self.records = 0
        self.judged = 0
        self._begin(by_time(read), start)

    def close(self) -> None:
        """Let the records go."""
        self._file.close()

    @property
    def weeks(self) -> float:
        """How long the judged records last."""
        return max(self._last - self._first, 3600.0) / WEEK_S

    def findings(self, thresholds: Thresholds) -> list[Finding]:
        """What these thresholds find, each finding at its final state."""
        past = self._learned.copy()
        judge = self._judge(thresholds, past, self._setting.learn_until or 0.0)
        found: dict[str, Finding] = {}
        for poll in _polls(self._again()):
            found.update({finding.uid: finding for finding in judge.judge(poll).findings})
            past.keep(judge.written().documents)
            if judge.crowded:
                judge.let_go()
        found.update({finding.uid: finding for finding in judge.finish().findings})
        return [*found.values()]

    def outcome(self, thresholds: Thresholds) -> Outcome:
        """The same in numbers."""
        found = self.findings(thresholds)
        alerts = [finding for finding in found if finding.confidence is not Confidence.LOW]
        held = {record for finding in alerts for record in finding.records}
        return Outcome(
            len(alerts) / self.weeks,
            dict(Counter(name for finding in found for name in finding.detectors)),
            dict(Counter(name for finding in alerts for name in finding.detectors)),
            frozenset(name for name, records in self._setting.attacks.items() if not held.isdisjoint(records)),
        )

    def _begin(self, items: Iterator[Item], start: Thresholds) -> None:
        """Learn from what lies before `learn_until`; keep the rest to be judged."""
        until = self._setting.learn_until or 0.0
        judge = self._judge(start, self._learned, 0.0)
        for poll in _polls(items):
            self.records += len(poll)
            early = [item for item in poll if _time(item) and _time(item) < until]
            if early:
                judge.judge(early, until)
                self._learned.take(judge, _time(early[-1]))
            for item in poll:
                if _time(item) >= until if _time(item) else self.judged or not until:
                    self._keep(item)
        judge.finish(until)
        self._learned.settle(judge)

    def _judge(self, thresholds: Thresholds, past: Shelf, now: float) -> Judge:
        return Judge(thresholds, self._setting.organization, past, exemptions=self._setting.exemptions, now=now)

    def _keep(self, item: Item) -> None:
        body = (b"R" if isinstance(item, CloudTrailRecord) else b"U") + msgspec.msgpack.encode(item)
        self._file.write(len(body).to_bytes(4) + body)
        self.judged += 1
        self._first = self._first or _time(item)
        self._last = max(self._last, _time(item))

    def _again(self) -> Iterator[Item]:
        self._file.seek(0)
        while size := self._file.read(4):
            body = self._file.read(int.from_bytes(size))
            if body[:1] == b"R":
                yield msgspec.msgpack.decode(body[1:], type=CloudTrailRecord)
            else:
                yield msgspec.msgpack.decode(body[1:], type=Unparsed)


def _polls(items: Iterator[Item]) -> Iterator[list[Item]]:
    while poll := list(islice(items, POLL)):
        yield poll


def _time(item: Item) -> float:
    """When it was, in seconds since 1970 UTC; 0 where it does not say."""
    return (item.time or 0.0) if isinstance(item, CloudTrailRecord) else 0.0

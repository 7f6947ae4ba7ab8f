"""Records in, findings out: the one road that live watching and backtests share.

One `Judge` at a time holds the state. After every poll its `written` is committed together with the poll's findings; a
judge whose commit failed for good is thrown away, and a new one begins from what was committed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from detectors.checks import Checks
from detectors.docket import Docket
from detectors.known import Known
from detectors.memory import LEARNED, REACHED, SEEN, Memory, Use
from detectors.order import Item, in_order
from detectors.rootless import Rootless
from detectors.unreadable import proof, unreadable
from detectors.witnesses import Witnesses
from model.anomaly import Anomaly
from model.assumed import decode, encode
from model.assumption import ApiCall, Copy, RoleAssumption
from model.baseline import HOUR, Baseline, Fact
from model.chain import Chain
from model.cloudtrail import CloudTrailRecord, Unparsed
from model.deeds import FINDING, is_read
from model.documents import Changes, Past
from model.evidence import Evidence
from model.exemption import Exemption
from model.facts import call_fact, fact_of
from model.finding import Finding
from model.identity import Identity, Kind
from model.journal import Entry, Lesson
from model.label import caller_name, moment
from model.lineage import Lineage
from model.lineage_book import LineageBook
from model.minimums import Minimums
from model.normaliser import Counts, Normaliser
from model.organization import Organization
from model.own import Own
from model.peer_use import peer_key
from model.reach import Reach
from model.thresholds import Thresholds

LOG_HOURS = 38
"""For how long what was assumed is read again when a judge begins: the longest session and the lateness of records."""
HOURS_KEPT = 48
"""Hours whose unreadable records are counted on."""
_NOTHING = Own()
_NOBODY = Identity(key="unreadable", kind=Kind.UNKNOWN)


@dataclass(frozen=True)
class JudgedPoll:
    """What one poll brought: findings that are new or changed (one uid may come again, grown), and new anomalies."""

    findings: tuple[Finding, ...]
    anomalies: tuple[Anomaly, ...]


@dataclass(frozen=True)
class Written:
    """What must be kept of a poll: activities.ports.Store.commit says how."""

    entry: Entry
    documents: Changes
    folded: int


class Judge:
    """Judges poll after poll. Not thread-safe: one caller at a time."""

    def __init__(
        self,
        thresholds: Thresholds,
        organization: Organization,
        past: Past,
        *,
        exemptions: tuple[Exemption, ...] = (),
        own: Own = _NOTHING,
        entry: int = 0,
        now: float = 0.0,
    ) -> None:
        """Begin from what was committed: `entry` is the last one's number, `now` the time (seconds since 1970 UTC)."""
        self._thresholds = thresholds
        self._memory = Memory(past, entry)
        self._known = Known(past.ids)
        self._normaliser = Normaliser()
        self._normaliser.wait_for(organization.accounts)
        self._book = LineageBook()
        self._rootless = Rootless()
        self._minimums = Minimums()
        self._witnesses = Witnesses()
        self._reach = Reach()
        self._checks = Checks(thresholds, organization, self._memory, self._book, self._minimums, self._reach, own)
        self._docket = Docket(thresholds, self._memory, exemptions)
        self._unread: dict[int, list[Unparsed]] = {}
        self._lessons: list[int] = []
        self._clock = 0.0
        self._learn_before = 0.0
        self._restore(past, int(now // HOUR) - LOG_HOURS)

    def _restore(self, past: Past, since_hour: int) -> None:
        items = [item for batch in past.assumed(since_hour) for item in decode(batch)]
        self._normaliser.restore(items)
        self._book.restore(items)
        self._rootless.restore(items, self._book)
        self._minimums.restore(items)
        self._witnesses.restore(items)
        self._reach.restore(items, self._book)

    @property
    def counts(self) -> Counts:
        """What was read since this judge began."""
        return self._normaliser.counts

    @property
    def identities(self) -> int:
        """How many distinct identities acted since this judge began."""
        return len(self._memory.known)

    def baseline(self, key: str) -> Baseline:
        """An identity's baseline as of now, to look at."""
        return self._memory.baseline(key)

    @property
    def crowded(self) -> bool:
        """Whether memory grows large: keep what is `written`, then `let_go`."""
        return self._memory.crowded

    def judge(
        self,
        records: Iterable[CloudTrailRecord | Unparsed],
        learn_only_before: float | None = None,
        now: float | None = None,
    ) -> JudgedPoll:
        """Judge one poll. Records before `learn_only_before` only teach, and records that were judged before are passed
        over. `now` (live: the wall clock; none in a backtest) ends the wait for a second copy, and dates what has no
        time. Seconds since 1970 UTC."""
        self._learn_before = learn_only_before or 0.0
        broken: list[tuple[float, Unparsed]] = []
        items: list[Item] = []
        read, again, clock = self._normaliser.read, self._known.again, self._clock
        for record in records:
            if isinstance(record, Unparsed):
                broken.append((clock, record))
                read(record)
                continue
            time = record.time or 0.0
            if again(record.event_id or record.id, time):
                self.counts.records += 1
                continue
            clock = max(clock, time)
            items.extend(read(record))
        self._clock = clock
        self._unreadable(broken, now or min((i.time for i in items), default=0.0))
        items.extend(self._normaliser.flush(max(clock, now or 0.0), replayed=now is None))
        return self._judged(items)

    def finish(self, learn_only_before: float | None = None) -> JudgedPoll:
        """Judge what still waits for a second copy: the end of a backlog."""
        self._learn_before = learn_only_before or 0.0
        return self._judged(list(self._normaliser.flush(float("inf"))))

    def document(self, organization: Organization) -> None:
        """Judge by this description of the organisation from now on: its documented trust may have changed."""
        self._checks.document(organization)
        self._normaliser.wait_for(organization.accounts)

    def take_in(self, lessons: Sequence[tuple[int, Lesson]]) -> None:
        """Learn from what people said of findings; the lessons are taken with the next entry."""
        for number, lesson in lessons:
            self._docket.lesson(lesson)
            self._lessons.append(number)

    def written(self, findings: tuple[Finding, ...] = ()) -> Written:
        """Everything since the last call: the next entry with these findings, and documents that go with it."""
        roles = tuple({role: None for finding in findings for role in finding.roles})
        changes, documents, folded = self._memory.write(roles)
        lessons, self._lessons = tuple(self._lessons), []
        entry = Entry(
            number=self._memory.number,
            ids=self._known.new(),
            changes=changes,
            assumed=encode([*self._normaliser.logged(), *self._book.logged(), *self._rootless.logged()]),
            findings=findings,
            lessons=lessons,
        )
        return Written(entry, documents, folded)

    def let_go(self) -> None:
        """Drop from memory what the documents hold, where there is much of it; only after `written` was kept."""
        self._memory.let_go()

    def _judged(self, items: list[Item]) -> JudgedPoll:
        for item in in_order(items):
            if item.time >= self._docket.due:
                self._docket.sweep(item.time)
            if isinstance(item, ApiCall):
                self._call(item)
            else:
                self._assumption(item)
        for copy in self._normaliser.copies():
            self._copy(copy)
        return JudgedPoll(*self._docket.drain())

    def _assumption(self, made: RoleAssumption) -> None:
        way = self._book.add(made)
        origin, caller = way.origin, made.caller.key
        fact = fact_of(made, way)
        found = self._checks.assumption(made, way) if made.time >= self._learn_before else []
        self._minimums.add(made)
        self._reach.add(made, way)
        self._memory.use(made.role_arn, Use(caller_name(made.caller), caller, made.time, made.denied))
        if found:
            self._memory.change(SEEN, caller, fact)
            self._note(origin, found, made.time)
            self._docket.hold(caller, origin, fact)
        elif self._docket.learn(caller, origin, fact):
            peers = peer_key(made.caller)
            if peers is not None:
                self._memory.share(peers, caller, fact)
        self._follow(made, way)

    def _call(self, call: ApiCall) -> None:
        way = self._book.of(call)
        if call.name == FINDING:
            self._warned(call, way)
            return
        odd = self._checks.call(call, way) if call.time >= self._learn_before else None
        if odd and self._hurry(way.hops[0].caller_key if way.hops else call.caller_key):
            way = self._book.of(call)
            odd = self._checks.call(call, way)
        caller, origin = call.caller.key, way.origin
        fact = call_fact(call, way.hops[-1].time if way.hops else None)
        if odd:
            self._note(origin, odd, call.time)
            self._docket.hold(caller, origin, fact)
            self._rootless.add(call, way)
        elif self._docket.quiet or not self._docket.is_quarantined(origin, call.time):
            self._memory.change(LEARNED, caller, fact)
            if fact.deed is not None:
                self._done(call, way, fact)
        if fact.read:
            self._memory.change(SEEN, caller, fact)

    def _hurry(self, key: str | None) -> bool:
        """Judge what made a session and waits for its second copy: something odd was done in it. Whether any did."""
        made = self._normaliser.hurry(key)
        for each in made:
            self._assumption(each)
        return bool(made)

    def _warned(self, warning: ApiCall, way: Chain) -> None:
        """GuardDuty says something of whoever this chain's session is."""
        self._witnesses.add(warning)
        if warning.time >= self._learn_before:
            self._docket.witness(way.origin, self._checks.warning(warning, way.lineage()), warning.time)

    def _note(self, origin: Identity, found: list[Evidence], time: float) -> None:
        """Take evidence in, with what GuardDuty said of the same principals within a day."""
        who = [found[0].origin, *(evidence.caller for evidence in found)]
        warnings = self._witnesses.of(who, time)
        told = [self._checks.warning(warning, found[0].lineages[0], time) for warning in warnings]
        self._docket.note(origin, [*found, *told], time)

    def _done(self, call: ApiCall, way: Chain, fact: Fact) -> None:
        """What a chain does dangerous is its origin's doing too, and what peers do."""
        if way.depth:
            self._memory.change(REACHED, way.origin.key, fact)
        peers = peer_key(call.caller)
        if peers is not None and call.error is None:
            self._memory.share(peers, call.caller.key, fact)

    def _follow(self, made: RoleAssumption, way: Chain) -> None:
        """A hop may go on from a chain that is a finding, or turn out to be the beginning of chains seen before."""
        if not made.denied:
            if way.depth:
                self._docket.extend(way)
            self._reroot(*self._rootless.take(made))
        self._rootless.add(made, way)

    def _reroot(self, old: str, children: list[Item]) -> None:
        for child in children:
            if isinstance(child, ApiCall):
                self._reroot_call(old, child)
                continue
            way = self._book.by_record(child.records[0]) or self._book.of(child)
            self._rootless.add(child, way)
            if way.origin.key == old:
                continue
            moved = [e for e in self._docket.take(old, child.records) if e.anomaly.detector != "chain"]
            found = [e.model_copy(update={"lineages": (way.lineage(),)}) for e in moved]
            if child.time >= self._learn_before:
                found += self._checks.way(child, way)
            if found:
                self._note(way.origin, found, child.time)

    def _reroot_call(self, old: str, call: ApiCall) -> None:
        """Judge an odd call again, as what its true chain did. What was learned meanwhile would make it look ordinary:
        then the evidence moves as it is."""
        way = self._book.of(call)
        self._rootless.add(call, way)
        if way.origin.key == old:
            return
        moved = [e for e in self._docket.take(old, (call.record,)) if e.anomaly.detector != "off_hours"]
        is_new = self._docket.let_go(old, call) and not is_read(call)
        found = self._checks.call(call, way)
        if not is_new:
            found = [*(e.model_copy(update={"lineages": (way.lineage(),)}) for e in moved), *found]
        if found:
            self._note(way.origin, found, call.time)
            self._docket.hold(call.caller.key, way.origin, call_fact(call, way.hops[-1].time if way.hops else None))

    def _copy(self, copy: Copy) -> None:
        way = self._book.correct(copy)
        if copy.caller is not None:
            self._reroot(*self._rootless.take_with(copy))
        if way is not None:
            self._docket.copied(way.origin, copy.of, copy.record)

    def _unreadable(self, broken: list[tuple[float, Unparsed]], otherwise: float) -> None:
        """Count what could not be read in the hour of the record before it; bring each hour's evidence up to date."""
        hours: dict[int, float] = {}
        for before, record in broken:
            time = before or otherwise
            self._unread.setdefault(int(time // HOUR), []).append(record)
            hours.setdefault(int(time // HOUR), time)
        for hour, time in hours.items():
            self._note_unreadable(hour, time)
        while len(self._unread) > HOURS_KEPT:
            del self._unread[next(iter(self._unread))]

    def _note_unreadable(self, hour: int, time: float) -> None:
        kept = self._unread[hour]
        records = tuple(dict.fromkeys(proof(record) for record in kept))[:50]
        anomaly = unreadable([r.reason for r in kept], len(kept), time, records, self._thresholds)
        evidence = Evidence(
            subject=str(hour),
            anomaly=anomaly,
            last=moment(time),
            caller=_NOBODY,
            lineages=(Lineage(origin=_NOBODY),),
        )
        self._docket.note(_NOBODY.model_copy(update={"key": f"unreadable {hour}"}), [evidence], time)

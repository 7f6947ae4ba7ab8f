"""Records in, findings out: the one road that live watching and backtests share.

One `Judge` at a time holds the state. After every poll its `changes` are committed together with the poll's findings;
a judge whose commit failed for good is thrown away, and a new one loads what was committed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from detectors.checks import Checks
from detectors.docket import Docket
from detectors.memory import Memory
from detectors.order import Item, in_order
from detectors.rootless import Rootless
from detectors.unreadable import proof, unreadable
from model.anomaly import Anomaly
from model.assumption import ApiCall, Copy, RoleAssumption
from model.baseline import HOUR, learn, seen, use
from model.cloudtrail import CloudTrailRecord, Unparsed
from model.documents import Documents
from model.evidence import Evidence
from model.facts import call_fact, fact_of
from model.finding import Finding
from model.identity import Identity, Kind
from model.label import moment
from model.lineage import Lineage
from model.lineage_book import LineageBook
from model.normaliser import Counts, Normaliser
from model.organization import Organization
from model.thresholds import Thresholds

SESSION, NORMALISER = "session", "normaliser"
HOURS_KEPT = 48
"""Hours whose unreadable records are counted on."""
_NOBODY = Identity(key="unreadable", kind=Kind.UNKNOWN)


@dataclass(frozen=True)
class JudgedPoll:
    """What one poll brought: findings that are new or changed (one uid may come again, grown), and new anomalies."""

    findings: tuple[Finding, ...]
    anomalies: tuple[Anomaly, ...]


class Judge:
    """Judges poll after poll. Not thread-safe: one caller at a time."""

    def __init__(self, thresholds: Thresholds, organization: Organization, documents: Documents) -> None:
        self._thresholds = thresholds
        self._memory = Memory(documents)
        self._normaliser = Normaliser()
        self._book = LineageBook()
        self._book.load(documents.every(SESSION))
        waiting = documents.get(NORMALISER, "state")
        if waiting is not None:
            self._normaliser.load(waiting)
        self._checks = Checks(thresholds, organization, self._memory, self._book)
        self._docket = Docket(thresholds, self._memory)
        self._rootless = Rootless()
        self._unread: dict[int, list[Unparsed]] = {}
        self._clock = 0.0
        self._learn_before = 0.0

    @property
    def counts(self) -> Counts:
        """What was read since this judge began."""
        return self._normaliser.counts

    @property
    def identities(self) -> int:
        """How many distinct identities acted since this judge began."""
        return len(self._memory.known)

    @property
    def crowded(self) -> bool:
        """Whether memory grows large: commit `changes`, then `let_go`."""
        return self._memory.crowded

    def judge(
        self,
        records: Iterable[CloudTrailRecord | Unparsed],
        learn_only_before: float | None = None,
        now: float | None = None,
    ) -> JudgedPoll:
        """Judge one poll. Records before `learn_only_before` only teach. `now` (live: the wall clock; none in a
        backtest) ends the wait for a second copy, and dates what has no time. Seconds since 1970 UTC."""
        self._learn_before = learn_only_before or 0.0
        broken: list[tuple[float, Unparsed]] = []
        items: list[Item] = []
        for record in records:
            if isinstance(record, Unparsed):
                broken.append((self._clock, record))
            else:
                self._clock = max(self._clock, record.time or 0.0)
            items.extend(self._normaliser.read(record))
        self._unreadable(broken, now or min((i.time for i in items), default=0.0))
        items.extend(self._normaliser.flush(max(self._clock, now or 0.0)))
        return self._judged(items)

    def finish(self, learn_only_before: float | None = None) -> JudgedPoll:
        """Judge what still waits for a second copy: the end of a backlog."""
        self._learn_before = learn_only_before or 0.0
        return self._judged(list(self._normaliser.flush(float("inf"))))

    def changes(self) -> dict[tuple[str, str], bytes | None]:
        """Every document that changed since the last call, to be committed with the poll; None: it is gone."""
        found = self._memory.changes()
        found.update({(SESSION, key): body for key, body in self._book.changed()})
        found[NORMALISER, "state"] = self._normaliser.dump()
        return found

    def let_go(self) -> None:
        """Drop from memory what the committed documents hold, where there is much of it."""
        self._memory.let_go()

    def _judged(self, items: list[Item]) -> JudgedPoll:
        for item in in_order(items):
            self._docket.sweep(item.time)
            if isinstance(item, ApiCall):
                self._call(item)
            else:
                self._assumption(item)
        for copy in self._normaliser.copies():
            self._copy(copy)
        return JudgedPoll(*self._docket.drain())

    def _assumption(self, made: RoleAssumption) -> None:
        lineage = self._book.add(made)
        origin, caller = lineage.origin.key, made.caller.key
        fact = fact_of(made, lineage)
        found = self._checks.assumption(made, lineage) if made.time >= self._learn_before else []
        seen(self._memory.changing(caller), fact)
        if not made.denied:
            use(self._memory.changing_role(made.role_arn), _name(made.caller), made.time)
        if found:
            self._docket.note(origin, found, made.time)
            self._docket.hold(caller, origin, fact)
        else:
            self._docket.learn(caller, origin, fact)
        self._follow(made, lineage)

    def _call(self, call: ApiCall) -> None:
        baseline = self._memory.changing(call.caller.key)
        odd = self._checks.call(call) if call.time >= self._learn_before else None
        if odd is not None:
            self._docket.note(odd.origin.key, [odd], call.time)
            self._docket.hold(call.caller.key, odd.origin.key, call_fact(call))
            return
        watched = call.new_key or not self._docket.quiet
        origin = self._book.of(call).origin.key if watched else ""
        if not origin or not self._docket.is_quarantined(origin, call.time):
            learn(baseline, call_fact(call))

    def _follow(self, made: RoleAssumption, lineage: Lineage) -> None:
        """A hop may go on from a chain that is a finding, or turn out to be the beginning of chains seen before."""
        if not made.denied:
            if lineage.hops:
                self._docket.extend(lineage)
            self._reroot(*self._rootless.take(made))
        self._rootless.add(made, lineage)

    def _reroot(self, old: str, children: list[RoleAssumption]) -> None:
        for child in children:
            lineage = self._book.by_record(child.records[0]) or self._book.of(child)
            self._rootless.add(child, lineage)
            if lineage.origin.key == old:
                continue
            moved = [e for e in self._docket.take(old, child.records) if e.anomaly.detector != "chain"]
            found = [e.model_copy(update={"lineages": (lineage,)}) for e in moved]
            if child.time >= self._learn_before:
                found += self._checks.way(child, lineage)
            if found:
                self._docket.note(lineage.origin.key, found, child.time)

    def _copy(self, copy: Copy) -> None:
        lineage = self._book.correct(copy)
        if copy.caller is not None:
            self._reroot(*self._rootless.take_with(copy.of))
        if lineage is not None:
            self._docket.copied(lineage.origin.key, copy.of, copy.record)

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
        self._docket.note(f"unreadable {hour}", [evidence], time)


def _name(caller: Identity) -> str:
    """A caller as the list of a role's users shows it: its ARN, and the session in brackets."""
    shown = (caller.arn or caller.key)[:130]
    return f"{shown} ({caller.session_name[:64]})" if caller.session_name else shown

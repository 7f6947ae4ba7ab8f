"""What is going on with one origin: the evidence of its finding, and what must not be learned yet."""

from datetime import UTC, datetime
from enum import Enum

import msgspec

from detectors.composite import longest, uid_of, verdict, weigh
from model.baseline import KEPT_S, Fact
from model.confidence import Confidence, highest
from model.evidence import Evidence
from model.finding import Finding
from model.lineage import Lineage
from model.thresholds import Weighing

MOST_EVIDENCE = 100
MOST_HELD = 200
MOST_PROOFS = 60
MOST_FINDINGS = 20
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
INNOCENT = frozenset(("benign", "false_positive"))
_OF_COUNTS = frozenset(("velocity", "fan_out"))
_OF_ROLES = frozenset(("new_pair", "chain", "cross_boundary"))
SETTLED = INNOCENT | {"true_positive", "test"}


class Noted(Enum):
    """What evidence added: a new oddity, more confidence in a known one, or nothing but its going on."""

    NEW = "new"
    STRONGER = "stronger"
    KNOWN = "known"


class Held(msgspec.Struct, gc=False):
    """A fact that waits: whose it is, of which finding, and when it may be learned (None: when people say so)."""

    fact: Fact
    caller: str
    origin: str
    since: float
    due: float | None


class Track(msgspec.Struct):
    """One origin. `quarantine` is until when its chains teach nothing, in seconds since 1970 UTC.

    `uid`, `confidence` and `since` (its first anomaly's time) are the running finding's, and so is what is `held` since
    then; `findings` holds the `since` of the latest findings by their uid.
    """

    evidence: list[Evidence] = []
    held: list[Held] = []
    quarantine: float = 0.0
    since: float = 0.0
    uid: str = ""
    confidence: Confidence = Confidence.LOW
    findings: dict[str, float] = {}

    @property
    def last(self) -> float:
        """When its latest anomaly went on, in seconds since 1970 UTC; 0 where there is none."""
        return max((e.last for e in self.evidence), default=_NEVER).timestamp()

    @property
    def first(self) -> float:
        """When its first anomaly was, in seconds since 1970 UTC; 0 where there is none."""
        return min((e.anomaly.time for e in self.evidence), default=_NEVER).timestamp()

    def has_ended(self, time: float, window_s: int) -> bool:
        """Whether the running finding's last hour was over at that time."""
        return bool(self.evidence) and time - self.last > window_s

    def note(self, new: Evidence, window_s: int) -> Noted:
        """Add evidence to the running finding, the first of which begins it."""
        if not self.evidence:
            self._begin(new)
        how = self._add(new)
        if how is not Noted.KNOWN:
            self.confidence = highest([self.confidence, verdict(self.evidence, new.anomaly.time, window_s)[0]])
        return how

    def _begin(self, first: Evidence) -> None:
        self.uid, self.since, self.confidence = uid_of(first), first.anomaly.time.timestamp(), Confidence.LOW
        self.findings[self.uid] = self.since
        if len(self.findings) > MOST_FINDINGS:
            del self.findings[next(iter(self.findings))]

    def _add(self, new: Evidence) -> Noted:
        for index, old in enumerate(self.evidence):
            if (old.anomaly.detector, old.subject) == (new.anomaly.detector, new.subject):
                self.evidence[index] = _continued(old, new)
                rose = new.anomaly.confidence.rank > old.anomaly.confidence.rank
                return Noted.STRONGER if rose else Noted.KNOWN
        self.evidence.append(new)
        return Noted.NEW if len(self.evidence) <= MOST_EVIDENCE else self._make_room(new)

    def _make_room(self, new: Evidence) -> Noted:
        """Of too much, the weakest piece goes that another of its detector is as strong as; that one takes its part.
        Which is why a flood of small oddities neither hides a greater one nor pushes out the only one of its kind."""
        heirs: dict[str, Evidence] = {}
        for each in self.evidence:
            heir = heirs.setdefault(each.anomaly.detector, each)
            if _loudness(each) > _loudness(heir):
                heirs[each.anomaly.detector] = each
        spare = [each for each in reversed(self.evidence) if heirs[each.anomaly.detector] is not each]
        weakest = min(spare, key=_loudness)
        heir = heirs[weakest.anomaly.detector]
        joined = _proved(heir, heir, weakest)
        self.evidence = [joined if each is heir else each for each in self.evidence if each is not weakest]
        return Noted.KNOWN if weakest is new else Noted.NEW

    def weigh(self, weighing: Weighing) -> Finding | None:
        """The finding as the evidence now has it; None where all of it is quiet."""
        found = weigh(self.evidence, weighing.window_s, self.uid)
        if found is not None:
            self.confidence = found.confidence
        return found

    def told(self, again: Evidence) -> Held | None:
        """What an earlier finding keeps back that this is the same as, and nothing more: the caller took that role, for
        a chain by that path, or made that call. Not where people must judge that finding first, and never of a high
        anomaly."""
        if again.anomaly.confidence is Confidence.HIGH:
            return None
        since = self.since if self.evidence else None
        waiting = (held for held in self.held if held.due is not None and held.since != since)
        return next((held for held in waiting if _tells(held, again)), None)

    def hold(self, fact: Fact, caller: str, origin: str) -> None:
        """Keep a fact from being learned; `settle` says how long. Where an earlier finding holds the like, that one's
        wait is what counts."""
        like = any(_is_like(held, fact, caller) and held.since != self.since for held in self.held)
        if len(self.held) < MOST_HELD and not like:
            self.held.append(Held(fact, caller, origin, self.since, None))

    def settle(self, weighing: Weighing, mature: bool) -> None:
        """How long the running finding keeps its facts back: an hour when low or the origin has no habits yet to spoil,
        the cooling time when medium, until people have judged it when high. Quarantine where it is medium or high, but
        for what only says that a medium one did more than usual: that teaches no more than a day's share anyway."""
        counts = self._is_of_counts()
        high = self.confidence is Confidence.HIGH and (mature or not counts)
        serious = high or (self.confidence is not Confidence.LOW and mature)
        if high or (serious and not counts):
            self.quarantine = max(self.quarantine, self.last + weighing.quarantine_s)
        wait = weighing.cooling_s if serious else weighing.window_s
        for held in self.held:
            if held.since == self.since:
                held.due = None if high else held.fact.time + wait

    def _is_of_counts(self) -> bool:
        """Whether all that lifts the finding above low is how much was done, of which no habit is known yet."""
        loud = [e.anomaly for e in self.evidence if e.anomaly.confidence is not Confidence.LOW]
        return bool(loud) and all(anomaly.detector in _OF_COUNTS for anomaly in loud)

    def released(self, now: float) -> list[Held]:
        """Take out what may be learned now; what is too old to teach anything goes."""
        if not self.held:
            return []
        due = [held for held in self.held if held.due is not None and held.due <= now]
        kept = [held for held in self.held if (held.due or now + 1) > now and held.fact.time > now - KEPT_S]
        if len(kept) < len(self.held):
            self.held = kept
        return due

    def judged(self, finding: str, verdict: str) -> list[Held]:
        """Take out what waited for the verdict on a finding (its uid) and may be learned now. An innocent finding ends
        the quarantine that it began; a true positive teaches nothing, ever."""
        since = self.findings.get(finding)
        if since is None or verdict not in SETTLED:
            return []
        theirs = [held for held in self.held if held.since == since]
        self.held = [held for held in self.held if held.since != since]
        if verdict not in INNOCENT:
            return []
        if since == self.since:
            self.quarantine = 0.0
        return theirs

    def is_over(self, now: float, weighing: Weighing) -> bool:
        """Whether nothing of it can matter any more."""
        return not self.held and self.quarantine < now and self.last + max(weighing.window_s, 7200) < now

    def extend(self, lineage: Lineage) -> bool:
        """Take in a hop that goes on from a chain of a medium or high finding; True where one did."""
        if self.confidence is Confidence.LOW:
            return False
        for index, each in enumerate(self.evidence):
            # The parent's own chain is what must be known: a sibling hop may already have made that chain longer.
            parent = lineage.hops[:-1]
            if parent and any(line.hops[: len(parent)] == parent for line in each.lineages):
                last = max(each.last, lineage.hops[-1].time)
                lineages = longest([*each.lineages, lineage])[:MOST_PROOFS]
                self.evidence[index] = each.model_copy(update={"lineages": lineages, "last": last})
                return True
        return False

    def take(self, records: tuple[str, ...]) -> list[Evidence]:
        """Take out the evidence of the assumption or call with these records: it belongs to another origin."""
        theirs = {*records}
        taken = [e for e in self.evidence if not theirs.isdisjoint(e.anomaly.records[-len(records) :])]
        self.evidence = [e for e in self.evidence if e not in taken]
        return taken

    def let_go(self, caller: str, time: float) -> bool:
        """Drop what waits of a caller's call of that time, seconds since 1970 UTC; True where something did."""
        kept = [held for held in self.held if (held.caller, held.fact.time) != (caller, time)]
        was = len(self.held)
        self.held = kept
        return len(kept) < was

    def copied(self, of: str, record: str) -> bool:
        """Add another copy's eventID wherever the first one stands; True where it does."""
        found = False
        for index, each in enumerate(self.evidence):
            if _has(each, of):
                self.evidence[index] = _with_copy(each, of, record)
                found = True
        return found


def _tells(held: Held, again: Evidence) -> bool:
    """Whether evidence tells of no more than what is held."""
    detector, fact = again.anomaly.detector, held.fact
    if held.caller != again.caller.key:
        return False
    if detector == "after_assumption":
        return fact.deed is not None and fact.deed == again.anomaly.observed
    if detector not in _OF_ROLES or again.target is None or fact.target != again.target:
        return False
    return detector != "chain" or int(again.subject, 16) in fact.reached


def _is_like(held: Held, fact: Fact, caller: str) -> bool:
    """Whether a held fact says all of an assumption or dangerous call already."""
    if held.due is None or held.caller != caller or held.fact.target != fact.target or held.fact.deed != fact.deed:
        return False
    return bool(fact.target or fact.deed) and not {*fact.reached} - {*held.fact.reached}


def _has(evidence: Evidence, record: str) -> bool:
    return record in evidence.anomaly.records or any(
        record in hop.records for line in evidence.lineages for hop in line.hops
    )


def _continued(old: Evidence, new: Evidence) -> Evidence:
    """The same oddity, gone on: the first one's time, the stronger one's numbers, the records of both."""
    stronger = new if _strength(new) > _strength(old) else old
    anomaly = stronger.anomaly.model_copy(update={"time": min(old.anomaly.time, new.anomaly.time)})
    if new.anomaly.confidence.rank > old.anomaly.confidence.rank:
        anomaly = anomaly.model_copy(update={"time": new.anomaly.time})
    return _proved(new.model_copy(update={"anomaly": anomaly}), old, new)


def _proved(evidence: Evidence, first: Evidence, second: Evidence) -> Evidence:
    """The piece with the records and chains of both, and as long as both go on."""
    records = tuple(dict.fromkeys([*first.anomaly.records, *second.anomaly.records]))[:MOST_PROOFS]
    lineages = longest([*first.lineages, *second.lineages])[:MOST_PROOFS]
    anomaly = evidence.anomaly.model_copy(update={"records": records})
    return evidence.model_copy(update={"anomaly": anomaly, "last": max(first.last, second.last), "lineages": lineages})


def _loudness(evidence: Evidence) -> tuple[bool, int]:
    return not evidence.anomaly.quiet, evidence.anomaly.confidence.rank


def _strength(evidence: Evidence) -> tuple[int, float]:
    observed = evidence.anomaly.observed
    return evidence.anomaly.confidence.rank, observed if isinstance(observed, int | float) else 0.0


def _with_copy(evidence: Evidence, of: str, record: str) -> Evidence:
    anomaly = evidence.anomaly
    if of in anomaly.records and record not in anomaly.records:
        anomaly = anomaly.model_copy(update={"records": (*anomaly.records, record)})
    lineages = tuple(_copied_hops(line, of, record) for line in evidence.lineages)
    return evidence.model_copy(update={"anomaly": anomaly, "lineages": lineages})


def _copied_hops(lineage: Lineage, of: str, record: str) -> Lineage:
    hops = tuple(
        hop.model_copy(update={"records": (*hop.records, record)})
        if of in hop.records and record not in hop.records
        else hop
        for hop in lineage.hops
    )
    return lineage.model_copy(update={"hops": hops})

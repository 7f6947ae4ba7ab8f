"""The findings that are growing, and what may be learned meanwhile."""

from collections.abc import Iterator

from detectors.memory import LEARNED, REACHED, SEEN, Memory
from detectors.track import Held, Noted, Track
from model.anomaly import Anomaly
from model.assumption import ApiCall
from model.baseline import Fact
from model.behind import behind
from model.chain import Chain
from model.confidence import Confidence
from model.evidence import Evidence
from model.exemption import Exemption, hushed, spared, unspared
from model.finding import Finding
from model.identity import Identity
from model.journal import Lesson
from model.label import moment
from model.spans import DAY
from model.thresholds import Thresholds

SWEEP_S = 300


class Docket:
    """Evidence by whoever is behind it (`behind` an origin). `drain` gives what changed since the last call."""

    def __init__(self, thresholds: Thresholds, memory: Memory, exemptions: tuple[Exemption, ...] = ()) -> None:
        self._exemptions = exemptions
        self._weighing = thresholds.weighing
        self._maturity = thresholds.maturity
        self._memory = memory
        self._touched: dict[str, None] = {}
        self._sent: dict[str, Finding] = {}
        self._findings: list[Finding] = []
        self._anomalies: list[Anomaly] = []
        self._serious = {key for key, track in memory.tracks.items() if track.quarantine}
        self.due = 0.0
        """When the next sweep is, by record time."""

    def note(self, origin: Identity, found: list[Evidence], time: float) -> None:
        """Take evidence of one moment in; judged at once where it says more than that something goes on."""
        self._note(behind(origin), found, time)

    def _note(self, who: str, found: list[Evidence], time: float) -> None:
        if self._exemptions:
            found = [spared(evidence, self._exemptions) for evidence in found]
        track = self._memory.track(who)
        if track.has_ended(time, self._weighing.window_s):
            self._emit(who, track)
            track.evidence = []
        found = [_repeated(evidence, track.told(evidence)) for evidence in found]
        noted = [track.note(evidence, self._weighing.window_s) for evidence in found]
        self._anomalies += [e.anomaly for e, how in zip(found, noted, strict=True) if how is Noted.NEW]
        self._touched[who] = None
        if any(how is not Noted.KNOWN for how in noted):
            self._settle(who, track)

    def witness(self, origin: Identity, told: Evidence, time: float) -> None:
        """Take in what somebody else says of an origin, or of anybody in its chains: it joins what goes on there, or
        what ended within a day, as of the nearest moment of it."""
        own = behind(origin)
        for key in (own, *self._concerned(told)):
            track = self._memory.tracks.get(key)
            if track is not None and track.evidence and track.first - DAY <= time <= track.last + DAY:
                at = moment(min(max(time, track.first), track.last))
                lines = told.lineages if key == own else track.evidence[0].lineages[:1]
                anomaly = told.anomaly.model_copy(update={"time": at})
                joined = told.model_copy(update={"anomaly": anomaly, "last": at, "lineages": lines})
                self._note(key, [joined], at.timestamp())
                return
        self._note(own, [told], time)

    def _concerned(self, told: Evidence) -> Iterator[str]:
        """Other origins of which some evidence is about the same principal, in the same session where both name one."""
        return (
            key
            for key, track in self._memory.tracks.items()
            if any(_is_of(told.caller, evidence) for evidence in track.evidence)
        )

    def learn(self, caller: str, origin: Identity, fact: Fact) -> bool:
        """Learn an ordinary assumption; False where its chain teaches nothing now, and it was only seen."""
        if self.is_quarantined(origin, fact.time):
            self._memory.change(SEEN, caller, fact)
            return False
        self._memory.change(SEEN | LEARNED, caller, fact)
        if fact.depth > 1:
            self._memory.change(REACHED, origin.key, fact)
        return True

    def lesson(self, lesson: Lesson) -> None:
        """Do what people's verdict on a finding says: learn what waited for it, or never."""
        who = next((who for who, track in self._memory.tracks.items() if lesson.finding in track.findings), None)
        if who is None:
            return
        track = self._memory.track(who)
        for held in track.judged(lesson.finding, lesson.verdict):
            self._memory.change(LEARNED, held.caller, held.fact)
            self._memory.change(REACHED, held.origin, held.fact)
            if lesson.until is not None:
                self._teach(held, lesson.until.timestamp())
        if not track.quarantine:
            self._serious.discard(who)

    def _teach(self, held: Held, until: float) -> None:
        """Beyond what a day may teach: the caller's role, and what the chain's origin came to."""
        self._memory.teach(held.caller, held.fact, until)
        if held.origin != held.caller:
            self._memory.teach(held.origin, held.fact, until)

    def hold(self, caller: str, origin: Identity, fact: Fact) -> None:
        """Keep an odd fact until its finding is settled."""
        track = self._memory.track(behind(origin))
        track.hold(fact, caller, origin.key)
        track.settle(self._weighing, self._is_mature(track, fact.time))

    @property
    def quiet(self) -> bool:
        """Whether no chain at all is in quarantine."""
        return not self._serious

    def is_quarantined(self, origin: Identity, time: float) -> bool:
        """Whether what this origin's chains do is not learned at that time."""
        if self.quiet or (who := behind(origin)) not in self._serious:
            return False
        track = self._memory.tracks.get(who)
        return track is not None and track.since <= time <= track.quarantine

    def extend(self, way: Chain) -> None:
        """Let a chain of a medium or high finding grow by a hop that is not odd in itself."""
        who = behind(way.origin)
        track = self._memory.tracks.get(who)
        if track is None or track.confidence is Confidence.LOW:
            return
        if track.has_ended(way.hops[-1].time, self._weighing.window_s):
            return
        if track.extend(way.lineage()):
            self._memory.track(who)
            self._touched[who] = None

    def copied(self, origin: Identity, of: str, record: str) -> None:
        """Add another copy's eventID to the evidence that has the first."""
        who = behind(origin)
        track = self._memory.tracks.get(who)
        if track is not None and track.copied(of, record):
            self._memory.track(who)
            self._touched[who] = None

    def take(self, origin: str, records: tuple[str, ...]) -> list[Evidence]:
        """Take out the evidence of an assumption or call that turned out to have another origin."""
        if origin not in self._memory.tracks:
            return []
        self._touched[origin] = None
        return [unspared(evidence) for evidence in self._memory.track(origin).take(records)]

    def let_go(self, origin: str, call: ApiCall) -> bool:
        """No longer keep a call from being learned that turned out to have another origin; whether it still was."""
        track = self._memory.tracks.get(origin)
        if track is None or not track.let_go(call.caller.key, call.time):
            return False
        self._memory.track(origin)
        return True

    def drain(self) -> tuple[tuple[Finding, ...], tuple[Anomaly, ...]]:
        """Findings that are new or changed, and new anomalies, since the last call."""
        for origin in self._touched:
            track = self._memory.tracks.get(origin)
            if track is not None and track.evidence:
                self._emit(origin, track)
        findings, anomalies = tuple(self._findings), tuple(self._anomalies)
        self._touched, self._findings, self._anomalies = {}, [], []
        return findings, anomalies

    def sweep(self, now: float) -> None:
        """Learn what waited long enough, and forget origins where nothing goes on any more."""
        self.due = now + SWEEP_S
        for origin, track in [*self._memory.tracks.items()]:
            for held in track.released(now):
                self._memory.track(origin)
                self._memory.change(LEARNED, held.caller, held.fact)
                self._memory.change(REACHED, held.origin, held.fact)
            if track.is_over(now, self._weighing):
                self._forget(origin, track)

    def _forget(self, origin: str, track: Track) -> None:
        if origin in self._touched and track.evidence:
            self._emit(origin, track)
        self._memory.forget(origin)
        self._serious.discard(origin)
        self._sent.pop(origin, None)

    def _emit(self, origin: str, track: Track) -> None:
        finding = track.weigh(self._weighing)
        self._settle(origin, track)
        if finding is not None and finding != self._sent.get(origin):
            self._sent[origin] = finding
            self._findings.append(finding)

    def _settle(self, origin: str, track: Track) -> None:
        track.settle(self._weighing, self._is_mature(track, track.last))
        if track.confidence is not Confidence.LOW and track.quarantine:
            self._serious.add(origin)

    def _is_mature(self, track: Track, time: float) -> bool:
        """Whether one of its origins has habits: a person of Identity Center has one in every account."""
        days, hours = self._maturity.days, self._maturity.active_hours
        origins = {evidence.origin.key for evidence in track.evidence}
        return any(self._memory.baseline(origin).mature(time, days, hours) for origin in origins)


def _is_of(who: Identity, evidence: Evidence) -> bool:
    """Whether somebody did what the evidence tells of, or is one of the sessions on its way."""
    did = evidence.caller
    if did.key == who.key and who.session_name in (None, did.session_name):
        return True
    hops = (hop for line in evidence.lineages for hop in line.hops)
    return any(hop.role_id == who.unique_id and hop.session_name == who.session_name for hop in hops if hop.role_id)


def _repeated(evidence: Evidence, before: Held | None) -> Evidence:
    """Once people were told of a new role or path, the next days' use of it is quiet while it is not learned yet; it
    counts together with others as before."""
    if before is None:
        return evidence
    quiet = hushed(evidence, f"told of before, on {moment(before.fact.time):%Y-%m-%d}")
    return quiet.model_copy(update={"repeated": True})

"""The judge's road: records through the judge, and what came of it into the store.

A poll is committed whole or not at all. Whatever fails, the judge of that poll is thrown away and the next one begins
from what was committed: so the same records may simply be given again.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from activities.coverage import Clockwork, Count, Tally
from activities.ports import Message, Store, TrustDocuments
from activities.reading import Parcel, Piece
from activities.surprise import log_frames
from detectors.judge import Judge
from model.cloudtrail import CloudTrailRecord, Unparsed
from model.documents import Changes
from model.errors import HopstopError, Refused, Unavailable
from model.exemption import Exemption
from model.finding import Finding
from model.journal import Lead, stamped, unstamped
from model.organization import Organization, Relationship
from model.own import Own
from model.provenance import disbelieved
from model.thresholds import Thresholds

POLL = 100
"""Records of one commit at most."""
LEASE_S = 5.0
RENEW_S = 1.5
TICK_S = 5.0
"""How often, with no record coming, waits for a second copy are ended; how often lessons are taken in."""
MARK = ("intake", "log files")
"""The document that says up to when log files were read."""

T = TypeVar("T")

_NOTHING = Own()


class Surprised(Exception):
    """The judge raised what nobody expects; the text is that exception's class."""


class Judging:
    """One judge at a time, leading under a lease; for one thread."""

    def __init__(
        self,
        store: Store,
        thresholds: Thresholds,
        organization: Organization,
        holder: str,
        exemptions: tuple[Exemption, ...] = (),
        own: Own = _NOTHING,
        documents: TrustDocuments | None = None,
    ) -> None:
        self._store = store
        self._thresholds = thresholds
        self._described = self._organization = organization
        self._documents = documents
        self._undocumented = ""
        self._exemptions = exemptions
        self._own = own
        self._holder = holder
        self._judge: Judge | None = None
        self._lead: Lead | None = None
        self._waiting: deque[Piece] = deque()
        self._renewing = Clockwork(RENEW_S)
        self._ticking = Clockwork(TICK_S)
        self._learning = Clockwork(TICK_S)

    def document(self, tally: Tally) -> None:
        """Take in documented trust that changed; while it cannot be read the old holds, and every row says so."""
        if self._documents is None:
            return
        try:
            changed = self._documents.changed()
        except HopstopError as error:
            self._undocumented = str(error)
        else:
            self._undocumented = "" if changed is not None else self._undocumented
            if changed is not None:
                self._take_up(changed)
        if self._undocumented:
            tally.trouble(self._undocumented)

    def _take_up(self, trust: tuple[Relationship, ...]) -> None:
        told = {"trust": (*self._described.trust, *trust)}
        self._organization = self._described.model_copy(update=told)
        if self._judge is not None:
            self._judge.document(self._organization)

    @property
    def busy(self) -> bool:
        """Whether records wait to be committed."""
        return bool(self._waiting)

    def leads(self, tally: Tally) -> bool:
        """Whether this one may judge. It takes the lead where nobody has it, and says now and then that it has it."""
        if self._lead is not None and self._renewing.due():
            try:
                self._store.renew(self._lead.version)
            except Refused as error:
                tally.trouble(error)
                self._judge = None
        if self._lead is None or self._judge is None:
            # A judge that begins needs the last entry's number; its own lead it takes again at once.
            self._lead = self._store.lead(self._holder, LEASE_S)
            self._renewing.begin()
            tally.add(Count(leads=int(self._lead is not None)))
        return self._lead is not None

    def ready(self) -> Judge:
        """The judge; where there is none it begins from what was committed, which may take a while."""
        if self._lead is None:
            raise Refused("another judge leads")
        if self._judge is None:
            self._judge = Judge(
                self._thresholds,
                self._organization,
                self._store,
                exemptions=self._exemptions,
                own=self._own,
                entry=self._lead.entry,
                now=time.time(),
            )
        return self._judge

    def resign(self) -> None:
        """Let another judge lead at once."""
        lead, self._lead, self._judge = self._lead, None, None
        if lead is not None:
            self._store.resign(lead.version)

    def take(self, pieces: Sequence[Piece]) -> None:
        """Judge these after what waits already."""
        self._waiting.extend(pieces)

    def forget(self) -> list[Message]:
        """Leave what waits to another judge; the messages it came in."""
        parcels = {id(piece.parcel): piece.parcel for piece in self._waiting if piece.parcel is not None}
        self._waiting.clear()
        return [parcel.message for parcel in parcels.values()]

    def step(self, tally: Tally) -> list[Parcel]:
        """Judge and commit one poll of what waits; the parcels that are done with it."""
        pieces = self._next()
        try:
            self._commit(pieces, tally)
        except Surprised:
            return self._one_by_one(pieces, tally)
        return self._taken_off(len(pieces))

    def tick(self, tally: Tally) -> None:
        """While no record comes: end waits for second copies, and take lessons in."""
        if self._ticking.due():
            self._alone(tally, {})

    def mark(self, until: datetime, tally: Tally) -> None:
        """Remember that log files were read up to then."""
        self._alone(tally, {MARK: until.isoformat().encode()})

    def marked(self) -> datetime | None:
        """Up to when log files were read; None where that is not known."""
        found = self._store.get(*MARK)
        return datetime.fromisoformat(unstamped(found)[1].decode()) if found else None

    def _next(self) -> list[Piece]:
        """A poll's pieces; those of a suspect parcel are in polls of their own."""
        first = self._waiting[0].parcel
        alone = first is not None and first.suspect
        pieces: list[Piece] = []
        for piece in self._waiting:
            other = piece.parcel is not first and (alone or (piece.parcel is not None and piece.parcel.suspect))
            if len(pieces) == POLL or other:
                break
            pieces.append(piece)
        return pieces

    def _one_by_one(self, pieces: Sequence[Piece], tally: Tally) -> list[Parcel]:
        """Find the record that no judge bears: it is kept as one that could not be judged, and all others go on."""
        done: list[Parcel] = []
        for piece in pieces:
            try:
                self._commit([piece], tally)
            except Surprised as surprise:
                self._bury(piece, f"could not be judged: {surprise}", tally)
            done += self._taken_off(1)
        return done

    def _bury(self, piece: Piece, why: str, tally: Tally) -> None:
        if piece.parcel is not None:
            piece.parcel.why, piece.parcel.buried = why, True
        kept = disbelieved(piece.record, why) if isinstance(piece.record, CloudTrailRecord) else piece.record
        self._alone(tally, {}, [Piece(kept, piece.parcel)])
        tally.add(Count(quarantined=1))
        tally.trouble(why)

    def _alone(self, tally: Tally, documents: Changes, pieces: Sequence[Piece] = ()) -> None:
        try:
            self._commit(pieces, tally, documents)
        except Surprised as surprise:
            # It is no record's fault: this judge bears nothing at all.
            raise Unavailable(f"the judge fails, whatever it is given: {surprise}; the log has its place") from None

    def _taken_off(self, count: int) -> list[Parcel]:
        """Take committed pieces off; the parcels of which nothing is left."""
        done: list[Parcel] = []
        for _ in range(count):
            parcel = self._waiting.popleft().parcel
            if parcel is None:
                continue
            parcel.left -= 1
            if not parcel.left:
                done.append(parcel)
        return done

    def _commit(self, pieces: Sequence[Piece], tally: Tally, documents: Changes | None = None) -> None:
        """Judge and keep one poll. Raises Surprised, and what the store raises; then there is no judge any more."""
        if not self.leads(tally):
            raise Refused("another judge leads")
        count = self._or_drop(lambda: self._judged(pieces, documents or {}))
        self._renewing.begin()
        self._ticking.begin()
        tally.add(count)

    def _judged(self, pieces: Sequence[Piece], documents: Changes) -> Count:
        judge, lead = self.ready(), self._lead
        assert lead is not None  # noqa: S101 - `ready` refuses without it
        before = judge.counts.assumptions
        if self._learning.due():
            judge.take_in(self._store.lessons())
        poll = judge.judge([piece.record for piece in pieces], now=time.time())
        findings = _arrived(poll.findings, pieces)
        written = judge.written(findings)
        entry = written.entry
        more = {key: stamped(entry.number, body or b"") for key, body in documents.items()}
        self._store.commit(lead.version, entry, {**written.documents, **more}, written.folded)
        if judge.crowded:
            judge.let_go()
        read = sum(not isinstance(piece.record, Unparsed) for piece in pieces)
        new = sum(map(len, entry.ids.values()))
        from_files = bool(pieces) and all(piece.parcel is None for piece in pieces)
        return Count(
            records=new,
            # Nearly all that the log files hold came through the queue before: that is as it should be.
            duplicates=0 if from_files else read - new,
            missed=new if from_files else 0,
            assumptions=judge.counts.assumptions - before,
            anomalies=len(poll.anomalies),
            findings=len(findings),
        )

    def _or_drop(self, what: Callable[[], T]) -> T:
        """Do something; where it fails the judge may hold what the store does not, and is dropped."""
        try:
            return what()
        except HopstopError:
            self._judge = None
            raise
        except Exception as error:  # noqa: BLE001 - a bug must not stop the queue
            self._judge = None
            log_frames(error)
            raise Surprised(type(error).__name__) from None


def _arrived(findings: tuple[Finding, ...], pieces: Sequence[Piece]) -> tuple[Finding, ...]:
    """The findings with when their deciding record reached the queue."""
    sent = [piece.parcel.message.sent for piece in pieces if piece.parcel is not None]
    arrived = max(sent, default=datetime.now(UTC))
    return tuple(found.model_copy(update={"arrived": found.arrived or arrived}) for found in findings)

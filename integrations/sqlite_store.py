"""What is remembered of the record stream, in one SQLite file.

A poll is one transaction: its entry, the documents that are written back, the findings to hand over. The leader's
version is checked in that same transaction, so that a deposed judge changes nothing.
"""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from threading import RLock
from typing import Any

from integrations.lease import Stillness
from integrations.sqlite_file import OLD_BUCKET_S, has_old_ids, opened, sqlite_errors, written
from model.documents import Changes
from model.errors import Malformed, Refused
from model.finding import Finding
from model.journal import (
    ASSUMED_KEPT_S,
    FORGETS,
    FORGOTTEN_S,
    IDS_KEPT_S,
    Entry,
    Lead,
    Lesson,
    lesson_number,
    packed,
    unpacked,
)
from model.outbox import LESSONS_AT_ONCE, PUT_OFF_S, UNSENT_AT_ONCE, finding_of, gist, grown, lesson_of, readable

HOUR = 3600
FORGET_EVERY = 8
SLICE = 1000
"""Old rows that every eighth commit deletes at most, of each table: more than those eight may have added."""
PAGE = 50


class SqliteStore:
    """Implements activities.ports.Store. Many threads may use one object, many processes one file.

    `clock` counts seconds for leases, `now` is the time of day in seconds since 1970 UTC.
    """

    def __init__(
        self, path: str, clock: Callable[[], float] = time.monotonic, now: Callable[[], float] = time.time
    ) -> None:
        self._path = path
        self._now = now
        self._stillness = Stillness(clock)
        self._lock = RLock()
        self._connection: sqlite3.Connection | None = None
        self._tidied = 0

    def close(self) -> None:
        """Let the file go: all is in it then, and its -wal is gone. The next use opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def lead(self, holder: str, lease_s: float) -> Lead | None:
        """Take the lead, or None while another holder's lease runs."""
        with self._writing() as db:
            version, held, beat, entry = db.execute("SELECT version, holder, beat, entry FROM leader").fetchone()
            if held not in {"", holder} and not self._stillness.lasted((version, beat), lease_s):
                return None
            db.execute("UPDATE leader SET version = version + 1, holder = ?, beat = beat + 1", (holder,))
            return Lead(version + 1, entry)

    def renew(self, version: int) -> None:
        """Say that this judge still leads. Raises Refused where another does."""
        with self._writing() as db:
            if db.execute("UPDATE leader SET beat = beat + 1 WHERE version = ?", (version,)).rowcount != 1:
                raise _refusal(db, version, None)

    def resign(self, version: int) -> None:
        """Let the next one lead without waiting; this version commits no more."""
        with self._writing() as db:
            db.execute(
                "UPDATE leader SET version = version + 1, holder = '', beat = beat + 1 WHERE version = ?", (version,)
            )

    def ids(self, hour: int) -> Iterable[int]:
        """Digests of the records of that hour that are committed."""
        with self._reading() as db:
            bodies = db.execute("SELECT ids FROM seen WHERE hour = ?", (hour,)).fetchall()
            return [one for body in bodies for one in unpacked(body[0])] + _old_ids(db, hour)

    def journal(self) -> Iterator[tuple[int, bytes]]:
        """The changes of every entry that may not be in the documents yet, with its number, in order."""
        last = self._rows("SELECT folded FROM leader", ())[0][0]
        query = "SELECT number, changes FROM journal WHERE number > ? ORDER BY number LIMIT ?"
        while rows := self._rows(query, (last, PAGE)):
            yield from rows
            last = rows[-1][0]

    def assumed(self, since_hour: int) -> Iterator[bytes]:
        """What the entries committed from that hour on assumed, in order."""
        last = 0
        # The plus keeps SQLite from sorting by way of the index at every page.
        query = "SELECT number, body FROM assumed WHERE number > ? AND +hour >= ? ORDER BY number LIMIT ?"
        while rows := self._rows(query, (last, since_hour, PAGE)):
            yield from (row[1] for row in rows)
            last = rows[-1][0]

    def commit(self, version: int, entry: Entry, documents: Changes, folded: int) -> None:
        """Keep a poll whole or not at all. Raises Refused where another judge leads or the number is not next."""
        now = int(self._now())
        with self._writing() as db:
            _advance(db, version, entry.number, folded)
            _record(db, entry, now // HOUR)
            _keep(db, documents, now)
            for finding in entry.findings:
                _post(db, finding, now)
            if entry.number % FORGET_EVERY == 0:
                _forget(db, now)
            if now // 60 != self._tidied:
                _tidy(db, now)
        self._tidied = now // 60

    def unsent(self) -> tuple[Finding, ...]:
        """Findings that no case has acknowledged as they are now, oldest first; at most 100 at once.

        Raises Malformed as `model.outbox.readable` does.
        """
        query = "SELECT body FROM finding WHERE gist <> sent AND put_off <= ? ORDER BY put_off, number LIMIT ?"
        rows = self._rows(query, (int(self._now()), UNSENT_AT_ONCE))
        return readable(rows, lambda row: finding_of(row[0]))

    def acknowledge(self, findings: Sequence[Finding]) -> None:
        """These findings have reached their cases; one that grew meanwhile is still unsent."""
        with self._writing() as db:
            db.executemany("UPDATE finding SET sent = ? WHERE uid = ?", [(gist(f), f.uid) for f in findings])

    def put_off(self, findings: Sequence[Finding]) -> None:
        """These were refused: they come again after all others, in an hour; one that grew meanwhile does not wait."""
        until = int(self._now()) + PUT_OFF_S
        rows = [(until, finding.uid, gist(finding)) for finding in findings]
        with self._writing() as db:
            db.executemany("UPDATE finding SET put_off = ? WHERE uid = ? AND gist = ?", rows)

    def teach(self, lesson: Lesson) -> None:
        """Keep what people said until a judge takes it in; the same lesson twice is one."""
        with self._writing() as db:
            row = (lesson_number(lesson), lesson.model_dump_json())
            db.execute("INSERT OR IGNORE INTO lesson VALUES (?, ?)", row)

    def lessons(self) -> tuple[tuple[int, Lesson], ...]:
        """Lessons that no entry has taken in, with their numbers, oldest first; at most 20 at once."""
        rows = self._rows("SELECT number, body FROM lesson ORDER BY number LIMIT ?", (LESSONS_AT_ONCE,))
        return readable(rows, lambda row: (row[0], lesson_of(row[1])))

    def get(self, kind: str, key: str) -> bytes | None:
        """The document; None where there is none."""
        rows = self._rows("SELECT body FROM document WHERE kind = ? AND key = ?", (kind, _blob(key)))
        return rows[0][0] if rows else None

    def every(self, kind: str) -> Iterator[tuple[str, bytes]]:
        """Every document of a kind, with its key."""
        last = b""
        query = "SELECT key, body FROM document WHERE kind = ? AND key >= ? ORDER BY key LIMIT ?"
        while rows := self._rows(query, (kind, last, PAGE)):
            yield from ((key.decode("utf-8", "surrogatepass"), body) for key, body in rows)
            last = rows[-1][0] + b"\0"

    def ledger(self) -> bytes | None:
        """The counter of containments; None where nothing was counted yet."""
        rows = self._rows("SELECT body FROM document WHERE kind = 'budget' AND key = ?", (_blob("budget"),))
        return rows[0][0] if rows else None

    def swap_ledger(self, before: bytes | None, after: bytes) -> bool:
        """Write the counter where it still is as it was; False where somebody else was first."""
        with self._writing() as db:
            if before is None:
                query = "INSERT OR IGNORE INTO document (kind, key, written, body) VALUES ('budget', ?, ?, ?)"
                return db.execute(query, (_blob("budget"), int(self._now()), after)).rowcount == 1
            query = "UPDATE document SET body = ? WHERE kind = 'budget' AND key = ? AND body = ?"
            return db.execute(query, (after, _blob("budget"), before)).rowcount == 1

    def _rows(self, query: str, given: tuple[Any, ...]) -> list[Any]:
        with self._reading() as db:
            return db.execute(query, given).fetchall()

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, sqlite_errors(self._path):
            if self._connection is None:
                self._connection = opened(self._path, self._now())
            try:
                yield self._connection
            except sqlite3.Error:
                # The next use opens the file anew: it may have been mended, or replaced.
                self.close()
                raise

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._reading() as db, written(db):
            yield db


def _advance(db: sqlite3.Connection, version: int, number: int, folded: int) -> None:
    query = "UPDATE leader SET entry = ?, folded = ?, beat = beat + 1 WHERE version = ? AND entry = ? AND holder <> ''"
    if db.execute(query, (number, folded, version, number - 1)).rowcount != 1:
        raise _refusal(db, version, number)


def _refusal(db: sqlite3.Connection, version: int, number: int | None) -> Refused:
    current, entry = db.execute("SELECT version, entry FROM leader").fetchone()
    if current != version:
        return Refused(f"another judge leads (version {current}, this one has {version}): nothing was committed")
    return Refused(f"entry {number} does not follow {entry}: nothing was committed")


def _record(db: sqlite3.Connection, entry: Entry, hour: int) -> None:
    if entry.changes:
        db.execute("INSERT INTO journal VALUES (?, ?)", (entry.number, entry.changes))
    if entry.assumed:
        db.execute("INSERT INTO assumed VALUES (?, ?, ?)", (entry.number, hour, entry.assumed))
    rows = [(of, entry.number, hour, packed(ids)) for of, ids in entry.ids.items()]
    db.executemany("INSERT INTO seen VALUES (?, ?, ?, ?)", rows)
    if entry.lessons:
        db.executemany("DELETE FROM lesson WHERE number = ?", [(number,) for number in entry.lessons])


def _keep(db: sqlite3.Connection, documents: Changes, now: int) -> None:
    gone = [(kind, _blob(key)) for (kind, key), body in documents.items() if body is None]
    kept = [(kind, _blob(key), now, body) for (kind, key), body in documents.items() if body is not None]
    db.executemany("DELETE FROM document WHERE kind = ? AND key = ?", gone)
    db.executemany(
        "INSERT INTO document VALUES (?, ?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET"
        " written = excluded.written, body = excluded.body",
        kept,
    )


def _post(db: sqlite3.Connection, finding: Finding, now: int) -> None:
    row = db.execute("SELECT body FROM finding WHERE uid = ?", (finding.uid,)).fetchone()
    for known in _earlier(row):
        finding = grown(finding, known.arrived, known.detected)
    db.execute(
        "INSERT INTO finding (uid, body, gist, sent, written) VALUES (?, ?, ?, '', ?) ON CONFLICT (uid) DO UPDATE SET"
        " body = excluded.body, put_off = CASE WHEN gist = excluded.gist THEN put_off ELSE 0 END,"
        " gist = excluded.gist, written = excluded.written",
        (finding.uid, finding.model_dump_json(), gist(finding), now),
    )


def _earlier(row: tuple[str] | None) -> tuple[Finding, ...]:
    """The finding as it was kept before; one that cannot be read is put right by the new one."""
    with suppress(Malformed):
        return (finding_of(row[0]),) if row else ()
    return ()


def _forget(db: sqlite3.Connection, now: int) -> None:
    some = "SELECT number FROM journal WHERE number <= (SELECT folded FROM leader) ORDER BY number LIMIT ?"
    db.execute(f"DELETE FROM journal WHERE number IN ({some})", (SLICE,))  # noqa: S608 - constants
    db.execute(
        "DELETE FROM seen WHERE (hour, number) IN (SELECT hour, number FROM seen WHERE committed < ? LIMIT ?)",
        ((now - IDS_KEPT_S) // HOUR, SLICE),
    )
    db.execute(
        "DELETE FROM assumed WHERE number IN (SELECT number FROM assumed WHERE hour < ? LIMIT ?)",
        ((now - ASSUMED_KEPT_S) // HOUR, SLICE),
    )


def _tidy(db: sqlite3.Connection, now: int) -> None:
    marks = ", ".join("?" * len(FORGETS))
    some = f"SELECT rowid FROM document WHERE written < ? AND kind IN ({marks}) LIMIT ?"  # noqa: S608 - question marks
    db.execute(f"DELETE FROM document WHERE rowid IN ({some})", (now - FORGOTTEN_S, *FORGETS, SLICE))  # noqa: S608
    some = "SELECT number FROM finding WHERE written < ? AND gist = sent LIMIT ?"
    db.execute(f"DELETE FROM finding WHERE number IN ({some})", (now - FORGOTTEN_S, SLICE))  # noqa: S608 - constants


def _old_ids(db: sqlite3.Connection, hour: int) -> list[int]:
    """Those of version 0.1.0, which knew when a record was committed: in its own six hours or in the next six."""
    if not has_old_ids(db):
        return []
    bucket = hour * HOUR // OLD_BUCKET_S
    query = "SELECT id FROM old_seen WHERE bucket IN (?, ?)"
    return [row[0] for row in db.execute(query, (bucket, bucket + 1))]


def _blob(key: str) -> bytes:
    """A key as bytes: exact, whatever an attacker wrote into it."""
    return key.encode("utf-8", "surrogatepass")

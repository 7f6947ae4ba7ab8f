"""What is remembered of the record stream, in one SQLite file.

A poll is one transaction: the ids of its records, the documents that changed, the findings to hand over. The leader's
version is checked in that same transaction, so that a deposed judge changes nothing.
"""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from threading import RLock

import msgspec
from pydantic import ValidationError

from model.baseline import RoleUse
from model.documents import Changes
from model.errors import Malformed, Refused, Unavailable
from model.finding import Finding

BUCKET_S = 6 * 3600
"""Record ids are kept in buckets of commit time: a growing one stays small enough for the cache."""
KEPT_BUCKETS = 16
"""Four days: the longest that AWS delivers twice."""
FORGOTTEN_S = 45 * 86_400
SLICE = 500

_SCHEMA = """
CREATE TABLE IF NOT EXISTS leader (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL);
INSERT OR IGNORE INTO leader VALUES (1, 0);
CREATE TABLE IF NOT EXISTS seen (bucket INTEGER, id INTEGER, PRIMARY KEY (bucket, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS document (
    kind TEXT, key TEXT, body BLOB NOT NULL, written INTEGER NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS finding (
    number INTEGER PRIMARY KEY, uid TEXT UNIQUE NOT NULL, body TEXT NOT NULL, gist TEXT NOT NULL, sent TEXT NOT NULL,
    written INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS unsent ON finding (number) WHERE gist <> sent;
"""


class SqliteStore:
    """Implements activities.ports.Store and Recent. Many threads may use one object, many processes one file."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = RLock()
        self._connection: sqlite3.Connection | None = None

    @classmethod
    def from_url(cls, url: str) -> "SqliteStore":
        """The store of `sqlite:///relative.db` or `sqlite:////absolute.db`. Raises Malformed for anything else."""
        path = url.removeprefix("sqlite:///")
        if path == url or not path:
            raise Malformed("HOPSTOP_STORE: not a store that is known; write sqlite:///hopstop.db")
        return cls(path)

    def close(self) -> None:
        """Let the file go; the next use opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def lead(self) -> int:
        """Take the lead: every earlier version can no longer commit."""
        with self._writing() as db:
            row = db.execute("UPDATE leader SET version = version + 1 RETURNING version").fetchone()
            return int(row[0])

    def seen(self, record_ids: Sequence[str]) -> frozenset[str]:
        """Which of these records were committed in the last four days."""
        names = {_short(name): name for name in record_ids}
        newest = int(time.time()) // BUCKET_S
        found: set[int] = set()
        with self._reading() as db:
            ids = [*names]
            for at in range(0, len(ids), SLICE):
                some = ids[at : at + SLICE]
                marks = ",".join("?" * len(some))
                query = f"SELECT id FROM seen WHERE bucket = ? AND id IN ({marks})"  # noqa: S608 - question marks only
                for bucket in range(newest - KEPT_BUCKETS, newest + 2):
                    found.update(row[0] for row in db.execute(query, (bucket, *some)))
        return frozenset(names[short] for short in found)

    def commit(self, version: int, record_ids: Sequence[str], documents: Changes, findings: Sequence[Finding]) -> None:
        """Keep a poll whole or not at all. Raises Refused where another judge took the lead."""
        now = int(time.time())
        with self._writing() as db:
            _check(db, version)
            rows = [(now // BUCKET_S, _short(name)) for name in record_ids]
            db.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", rows)
            _keep(db, documents, now)
            for finding in findings:
                _post(db, finding, now)
            _clean(db, now)

    def unsent(self) -> tuple[Finding, ...]:
        """Findings that no case has acknowledged as they are now, oldest first; at most 100 at once."""
        with self._reading() as db:
            query = "SELECT body FROM finding WHERE gist <> sent ORDER BY number LIMIT 100"
            return tuple(_finding(row[0]) for row in db.execute(query).fetchall())

    def acknowledge(self, findings: Sequence[Finding]) -> None:
        """These findings have reached their cases; one that grew meanwhile is still unsent."""
        with self._writing() as db:
            db.executemany("UPDATE finding SET sent = ? WHERE uid = ?", [(gist(f), f.uid) for f in findings])

    def get(self, kind: str, key: str) -> bytes | None:
        """The document; None where there is none."""
        with self._reading() as db:
            row = db.execute("SELECT body FROM document WHERE kind = ? AND key = ?", (kind, _text(key))).fetchone()
            return None if row is None else bytes(row[0])

    def every(self, kind: str) -> list[tuple[str, bytes]]:
        """Every document of a kind, with its key."""
        with self._reading() as db:
            rows = db.execute("SELECT key, body FROM document WHERE kind = ?", (kind,)).fetchall()
            return [(key, bytes(body)) for key, body in rows]

    def sessions(self, role_arns: Sequence[str], since: datetime) -> tuple[str, ...]:
        """Who assumed one of the roles since then (ARN, session name in brackets), the latest first."""
        latest: dict[str, int] = {}
        for body in filter(None, (self.get("role", arn) for arn in dict.fromkeys(role_arns))):
            for caller, last in _role(body).callers.items():
                latest[caller] = max(last, latest.get(caller, 0))
        recent = [caller for caller, last in latest.items() if last >= since.timestamp()]
        return tuple(sorted(recent, key=lambda caller: (-latest[caller], caller)))

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, _mapped(self._path):
            yield self._open()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, _mapped(self._path):
            db = self._open()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            db = sqlite3.connect(self._path, timeout=5, check_same_thread=False, isolation_level=None)
            try:
                # FULL: messages are deleted from the queue right after the commit, so it must survive a power cut.
                db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;")
                db.executescript(_SCHEMA)
            except BaseException:
                db.close()
                raise
            self._connection = db
        return self._connection


def gist(finding: Finding) -> str:
    """What a case acts on: when it changes, the finding is handed over again."""
    hops = sorted((h.role_arn, h.session, h.access_key_id or "") for line in finding.lineages for h in line.hops)
    facts = [finding.confidence, finding.severity, sorted(finding.roles), hops]
    return blake2b(msgspec.json.encode(facts), digest_size=16).hexdigest()


def _check(db: sqlite3.Connection, version: int) -> None:
    current = db.execute("SELECT version FROM leader").fetchone()[0]
    if current != version:
        raise Refused(f"another judge leads (version {current}, this one has {version}): nothing was committed")


def _keep(db: sqlite3.Connection, documents: Changes, now: int) -> None:
    gone = [(kind, _text(key)) for (kind, key), body in documents.items() if body is None]
    kept = [(kind, _text(key), body, now) for (kind, key), body in documents.items() if body is not None]
    db.executemany("DELETE FROM document WHERE kind = ? AND key = ?", gone)
    db.executemany("INSERT OR REPLACE INTO document VALUES (?, ?, ?, ?)", kept)


def _post(db: sqlite3.Connection, finding: Finding, now: int) -> None:
    row = db.execute("SELECT body FROM finding WHERE uid = ?", (finding.uid,)).fetchone()
    known = _finding(row[0]) if row else None
    if known is not None and known.arrived is not None and known.detected == finding.detected:
        finding = finding.model_copy(update={"arrived": known.arrived})
    db.execute(
        "INSERT INTO finding (uid, body, gist, sent, written) VALUES (?, ?, ?, '', ?) ON CONFLICT (uid) DO UPDATE SET"
        " body = excluded.body, gist = excluded.gist, written = excluded.written",
        (finding.uid, finding.model_dump_json(), gist(finding), now),
    )


def _clean(db: sqlite3.Connection, now: int) -> None:
    """Forget a slice of what is old; what is left waits for the next commit."""
    old = now // BUCKET_S - KEPT_BUCKETS
    db.execute(
        "DELETE FROM seen WHERE (bucket, id) IN (SELECT bucket, id FROM seen WHERE bucket < ? LIMIT ?)", (old, SLICE)
    )
    if now % 60:
        return
    for table, key, more in (
        ("document", "kind, key", "kind IN ('identity', 'role')"),
        ("finding", "uid", "gist = sent"),
    ):
        some = f"SELECT {key} FROM {table} WHERE written < ? AND {more} LIMIT ?"  # noqa: S608 - constants
        db.execute(f"DELETE FROM {table} WHERE ({key}) IN ({some})", (now - FORGOTTEN_S, SLICE))  # noqa: S608


@contextmanager
def _mapped(path: str) -> Iterator[None]:
    """SQLite's errors as ours, in one line with the fix."""
    name = Path(path).name
    try:
        yield
    except sqlite3.OperationalError as error:
        if "unable to open" in str(error):
            raise Malformed(f"store {name}: cannot be opened: create its folder, or change HOPSTOP_STORE") from None
        raise Unavailable(f"store {name}: {error}") from None
    except sqlite3.DatabaseError as error:
        raise Malformed(f"store {name}: {error}: move the file away, and learn again or restore a backup") from None


def _finding(body: str) -> Finding:
    try:
        return Finding.model_validate_json(body)
    except ValidationError:
        raise Malformed("store: a finding in it cannot be read: move the file away, or restore a backup") from None


def _role(body: bytes) -> RoleUse:
    try:
        return msgspec.msgpack.decode(body, type=RoleUse)
    except msgspec.MsgspecError:
        raise Malformed("store: a role in it cannot be read: move the file away, or restore a backup") from None


def _short(record_id: str) -> int:
    """63 bits of an id."""
    return int.from_bytes(blake2b(record_id.encode("utf-8", "surrogatepass"), digest_size=8).digest()) >> 1


def _text(key: str) -> str:
    """A key that SQLite can hold, whatever an attacker wrote into it (a lone surrogate)."""
    return key.encode("utf-8", "backslashreplace").decode()

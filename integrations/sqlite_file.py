"""The store's SQLite file: how it is opened, which form it has, what its errors mean."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from model.errors import HopstopError, Malformed, Unavailable
from model.journal import IDS_KEPT_S, stamped

FORM = 1
"""`PRAGMA user_version` of a file that this code wrote; version 0.1.0 of hopstop left it at 0."""
OLD_BUCKET_S = 6 * 3600
"""0.1.0 kept record ids in buckets of commit time."""

_FINDINGS = "CREATE INDEX unsent ON finding (put_off, number) WHERE gist <> sent"
_SCHEMA = (
    """CREATE TABLE leader (
        one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL, holder TEXT NOT NULL, beat INTEGER NOT NULL,
        entry INTEGER NOT NULL, folded INTEGER NOT NULL)""",
    "CREATE TABLE journal (number INTEGER PRIMARY KEY, changes BLOB NOT NULL)",
    "CREATE TABLE assumed (number INTEGER PRIMARY KEY, hour INTEGER NOT NULL, body BLOB NOT NULL)",
    "CREATE INDEX assumed_age ON assumed (hour)",
    """CREATE TABLE seen (
        hour INTEGER, number INTEGER, committed INTEGER NOT NULL, ids BLOB NOT NULL, PRIMARY KEY (hour, number))
        WITHOUT ROWID""",
    "CREATE INDEX seen_age ON seen (committed)",
    """CREATE TABLE document (
        kind TEXT NOT NULL, key BLOB NOT NULL, written INTEGER NOT NULL, body BLOB NOT NULL, UNIQUE (kind, key))""",
    "CREATE INDEX document_age ON document (written)",
    "CREATE TABLE lesson (number INTEGER PRIMARY KEY, body TEXT NOT NULL)",
)
_NEW = (
    *_SCHEMA,
    "INSERT INTO leader VALUES (1, 0, '', 0, 0, 0)",
    """CREATE TABLE finding (
        number INTEGER PRIMARY KEY, uid TEXT UNIQUE NOT NULL, body TEXT NOT NULL, gist TEXT NOT NULL,
        sent TEXT NOT NULL, written INTEGER NOT NULL, put_off INTEGER NOT NULL DEFAULT 0)""",
    _FINDINGS,
)
# Baselines and findings are taken over, record ids are kept for their five days. Lineages (sessions) begin anew.
_OLD = ("leader", "seen", "document", "finding")
_TAKE_OVER = (
    "ALTER TABLE leader RENAME TO old_leader",
    "ALTER TABLE seen RENAME TO old_seen",
    "ALTER TABLE document RENAME TO old_document",
    *_SCHEMA,
    "INSERT INTO leader SELECT 1, version + 1, '', 0, 0, 0 FROM old_leader",
    """INSERT INTO document SELECT kind, CAST(key AS BLOB), written, stamp(body) FROM old_document
        WHERE kind IN ('identity', 'role', 'origin')""",
    "DROP TABLE old_leader",
    "DROP TABLE old_document",
    "ALTER TABLE finding ADD COLUMN put_off INTEGER NOT NULL DEFAULT 0",
    "DROP INDEX unsent",
    _FINDINGS,
)


def opened(path: str, now: float) -> sqlite3.Connection:
    """A connection to the file, made or brought to this form where needed. Raises what `sqlite_errors` maps.

    `now` is the time of day in seconds since 1970 UTC.
    """
    db = sqlite3.connect(path, timeout=5, check_same_thread=False, isolation_level=None)
    try:
        if _form(db) != FORM:
            with written(db):
                _bring(db, path)
        # FULL: messages are deleted from the queue right after the commit, so it must survive a power cut.
        db.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")
        # 64 MB of cache; 16 MB of log between checkpoints, each of which keeps a commit waiting.
        db.executescript("PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 4000;")
        _drop_old_ids(db, now)
    except BaseException:
        db.close()
        raise
    return db


@contextmanager
def written(db: sqlite3.Connection) -> Iterator[None]:
    """One transaction: kept whole, or not at all."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        # Some errors (a full disk) have rolled it back already.
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


@contextmanager
def sqlite_errors(path: str) -> Iterator[None]:
    """SQLite's errors as ours, in one line with the fix."""
    try:
        yield
    except sqlite3.Error as error:
        raise _as_ours(error, Path(path).name) from None


def _as_ours(error: sqlite3.Error, name: str) -> HopstopError:
    primary = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if primary in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return Malformed(f"store {name}: {error}: move the file away, and learn again or restore a backup")
    if primary == sqlite3.SQLITE_CANTOPEN:
        return Malformed(f"store {name}: cannot be opened: create its folder, or change HOPSTOP_STORE")
    if primary in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}:
        return Malformed(f"store {name}: {error}: let hopstop write to the file and to its folder")
    return Unavailable(f"store {name}: {error}")


def _form(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _bring(db: sqlite3.Connection, path: str) -> None:
    form, name = _form(db), Path(path).name
    if form > FORM:
        raise Malformed(f"store {name}: a newer hopstop wrote it (form {form}): upgrade hopstop, or restore a backup")
    if form == FORM:
        return
    tables = {row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if tables and not tables.issuperset(_OLD):
        raise Malformed(f"store {name}: is somebody else's database: change HOPSTOP_STORE")
    db.create_function("stamp", 1, lambda body: stamped(0, body), deterministic=True)
    for statement in _TAKE_OVER if tables else _NEW:
        db.execute(statement)
    db.execute(f"PRAGMA user_version = {FORM}")


def has_old_ids(db: sqlite3.Connection) -> bool:
    """Whether 0.1.0's record ids are still there."""
    return db.execute("SELECT 1 FROM sqlite_schema WHERE name = 'old_seen'").fetchone() is not None


def _drop_old_ids(db: sqlite3.Connection, now: float) -> None:
    if not has_old_ids(db):
        return
    newest = db.execute("SELECT max(bucket) FROM old_seen").fetchone()[0]
    if newest is None or (newest + 1) * OLD_BUCKET_S < now - IDS_KEPT_S:
        db.execute("DROP TABLE IF EXISTS old_seen")

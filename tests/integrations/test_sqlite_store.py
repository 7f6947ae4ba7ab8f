"""What only the SQLite store has: a file, its older and newer forms, crashes, and forgetting in slices."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from integrations import sqlite_file
from integrations.aws import AwsClients
from integrations.sqlite_store import FORGET_EVERY, SLICE, SqliteStore
from integrations.stores import open_store
from model.baseline import digest
from model.errors import Malformed, Refused, Unavailable
from model.journal import Entry, Lead, stamped
from model.outbox import gist
from model.settings import ContainmentSettings
from tests.integrations.store_worlds import HOUR, LEASE_S, NOW, Clock, SqliteWorld, commit, finding

DAY = 86_400
ROOT = Path(__file__).parents[2]
RELEASED = """
CREATE TABLE leader (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL);
INSERT INTO leader VALUES (1, 7);
CREATE TABLE seen (bucket INTEGER, id INTEGER, PRIMARY KEY (bucket, id)) WITHOUT ROWID;
CREATE TABLE document (
    kind TEXT, key TEXT, body BLOB NOT NULL, written INTEGER NOT NULL, PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE TABLE finding (
    number INTEGER PRIMARY KEY, uid TEXT UNIQUE NOT NULL, body TEXT NOT NULL, gist TEXT NOT NULL, sent TEXT NOT NULL,
    written INTEGER NOT NULL);
CREATE INDEX unsent ON finding (number) WHERE gist <> sent;
"""


@pytest.fixture
def world(tmp_path):
    world = SqliteWorld(tmp_path / "hopstop.db")
    yield world
    world.close()


@pytest.fixture
def store(world):
    return world.store()


@pytest.fixture
def version(store):
    return store.lead("first", LEASE_S).version


def rows(path: Path, query: str) -> list[tuple]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(query).fetchall()


# --- a file of version 0.1.0


def write_released(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.executescript(RELEASED)
        bucket = int(NOW) // sqlite_file.OLD_BUCKET_S
        db.executemany("INSERT INTO seen VALUES (?, ?)", [(bucket, digest("now")), (bucket - 8, digest("before"))])
        kinds = ("identity", "role", "origin", "session", "normaliser")
        db.executemany("INSERT INTO document VALUES (?, 'ana', ?, ?)", [(kind, b"\x00old", int(NOW)) for kind in kinds])
        for uid, sent in (("sent", gist(finding())), ("unsent", "")):
            given = (uid, finding(uid).model_dump_json(), gist(finding()), sent, int(NOW))
            db.execute("INSERT INTO finding (uid, body, gist, sent, written) VALUES (?, ?, ?, ?, ?)", given)


def test_a_released_file_is_taken_over_with_its_baselines_ids_and_findings(world, store):
    write_released(world.path)
    assert store.lead("first", LEASE_S) == Lead(version=9, entry=0)
    for kind in ("identity", "role", "origin"):
        assert [*store.every(kind)] == [("ana", stamped(0, b"\x00old"))]
    for kind in ("session", "normaliser"):
        assert [*store.every(kind)] == []
    assert store.unsent() == (finding("unsent"),)
    commit(store, 9, 1, {("identity", "ana"): stamped(1, b"new")}, ids={HOUR: (5,)}, findings=(finding("sent"),))
    assert store.get("identity", "ana") == stamped(1, b"new")
    assert store.unsent() == (finding("unsent"),)
    store.put_off(store.unsent())
    assert store.unsent() == ()
    assert set(store.ids(HOUR)) == {5, digest("now")}


def test_ids_of_a_released_file_count_for_the_six_hours_of_their_commit_and_those_before(world, store):
    write_released(world.path)
    begin = int(NOW) // sqlite_file.OLD_BUCKET_S * 6
    counted = [hour - begin for hour in range(begin - 20, begin + 20) if digest("now") in store.ids(hour)]
    assert counted == [*range(-6, 6)]


def test_ids_of_a_released_file_go_when_all_are_five_days_old(world, store):
    write_released(world.path)
    [*store.ids(HOUR)]
    store.close()
    assert rows(world.path, "SELECT count(*) FROM sqlite_schema WHERE name = 'old_seen'") == [(1,)]
    with closing(sqlite3.connect(world.path, isolation_level=None)) as db:
        db.execute("UPDATE old_seen SET bucket = 1 + (bucket = (SELECT max(bucket) FROM old_seen))")
    assert [*store.ids(HOUR)] == []
    assert rows(world.path, "SELECT count(*) FROM sqlite_schema WHERE name = 'old_seen'") == [(0,)]


def test_a_takeover_that_fails_half_way_leaves_the_file_as_it_was(world, store):
    write_released(world.path)
    with closing(sqlite3.connect(world.path, isolation_level=None)) as db:
        db.execute("CREATE TABLE lesson (in_the_way)")
    before = rows(world.path, "SELECT name, sql FROM sqlite_schema ORDER BY name")
    with pytest.raises(Unavailable, match="lesson already exists"):
        store.lead("first", LEASE_S)
    assert rows(world.path, "SELECT name, sql FROM sqlite_schema ORDER BY name") == before
    assert rows(world.path, "SELECT count(*) FROM document") == [(5,)]


# --- what is wrong with a file


def test_a_newer_form_is_one_clear_line(world, store):
    with closing(sqlite3.connect(world.path)) as db:
        db.execute(f"PRAGMA user_version = {sqlite_file.FORM + 1}")
    with pytest.raises(Malformed, match=r"^store hopstop\.db: a newer hopstop wrote it \(form 2\): upgrade hopstop"):
        store.lead("first", LEASE_S)


def test_somebody_elses_database_is_left_alone(world, store):
    with closing(sqlite3.connect(world.path, isolation_level=None)) as db:
        db.execute("CREATE TABLE recipes (name)")
    before = world.path.read_bytes()
    with pytest.raises(Malformed, match="somebody else's database: change HOPSTOP_STORE"):
        store.lead("first", LEASE_S)
    assert world.path.read_bytes() == before


def test_a_file_that_is_no_database_is_one_clear_line(world, store):
    world.path.write_bytes(b"this is not a database, only words " * 100)
    with pytest.raises(Malformed, match=r"^store hopstop\.db: .*move the file away") as caught:
        store.lead("first", LEASE_S)
    assert "\n" not in str(caught.value)


def test_a_damaged_page_is_one_clear_line_and_a_restored_backup_is_taken_up(world, store, version):
    commit(store, version, 1, {("identity", str(n)): stamped(1, os.urandom(3000)) for n in range(50)})
    store.close()
    whole = world.path.read_bytes()
    world.path.write_bytes(whole[: 40 * 1024] + b"\xff" * 60_000 + whole[100 * 1024 :])
    with pytest.raises(Malformed, match="restore a backup"):
        [*store.every("identity")]
    world.path.write_bytes(whole)
    assert len([*store.every("identity")]) == 50


def test_a_missing_folder_is_one_clear_line(tmp_path):
    with pytest.raises(Malformed, match=r"create its folder, or change HOPSTOP_STORE"):
        SqliteStore(str(tmp_path / "none" / "x.db")).lead("first", LEASE_S)


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(Malformed, match=r"cannot be opened"):
        SqliteStore(str(tmp_path)).lead("first", LEASE_S)


def test_a_locked_file_is_unavailable_and_nothing_is_half_done(world, store, version):
    with closing(sqlite3.connect(world.path, isolation_level=None)) as blocker:
        blocker.execute("BEGIN IMMEDIATE")
        store._connection.execute("PRAGMA busy_timeout = 50")
        with pytest.raises(Unavailable, match=r"^store hopstop\.db: database is locked"):
            commit(store, version, 1, ids={HOUR: (1,)})
        assert [*store.ids(HOUR)] == []
        blocker.execute("ROLLBACK")
    commit(store, version, 1, ids={HOUR: (1,)})
    assert [*store.ids(HOUR)] == [1]


def test_a_file_that_cannot_be_written_to_is_one_clear_line(store, version):
    store._connection.execute("PRAGMA query_only = 1")
    with pytest.raises(Malformed, match="let hopstop write to the file and to its folder"):
        commit(store, version, 1)
    commit(store, version, 1)


def test_a_full_disk_is_unavailable_and_what_was_there_stays(store, version):
    commit(store, version, 1, ids={HOUR: (1,)})
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {pages + 5}")
    with pytest.raises(Unavailable, match="disk is full"):
        commit(store, version, 2, {("identity", "a"): b"x" * 200_000}, ids={HOUR: (2,)}, changes=b"c" * 200_000)
    assert [*store.ids(HOUR)] == [1]
    commit(store, version, 2, ids={HOUR: (2,)})
    assert [*store.ids(HOUR)] == [1, 2]


def test_a_finding_that_cannot_be_read_is_said_and_holds_nothing_up(world, store, version):
    commit(store, version, 1, findings=(finding(),))
    with closing(sqlite3.connect(world.path, isolation_level=None)) as db:
        db.execute("UPDATE finding SET body = '{}'")
    with pytest.raises(Malformed, match="a finding in it cannot be read"):
        store.unsent()
    commit(store, version, 2, findings=(finding("another"),))
    assert [each.uid for each in store.unsent()] == ["another"]
    commit(store, version, 3, findings=(finding(confidence="high"),))
    assert {each.uid for each in store.unsent()} == {"another", finding().uid}


def test_a_commit_that_fails_half_way_leaves_nothing(store, version):
    with pytest.raises(AttributeError):
        commit(store, version, 1, {("identity", "a"): b"x"}, ids={HOUR: (1,)}, findings=(None,))
    assert ([*store.ids(HOUR)], store.get("identity", "a")) == ([], None)
    commit(store, version, 1, ids={HOUR: (1,)})


# --- crashes

LOOP = """
import sys
from integrations.sqlite_store import SqliteStore
from model.journal import Entry, stamped
from tests.integrations.store_worlds import HOUR, finding
store = SqliteStore(sys.argv[1])
lead = store.lead(sys.argv[2], 0.0)
for n in range(lead.entry + 1, lead.entry + 100_000):
    ids, body = {HOUR: (2 * n,), HOUR + 1: (2 * n + 1,)}, b"%d" % n
    entry = Entry(number=n, ids=ids, changes=body * 500, assumed=body, findings=(finding(body.decode()),))
    store.commit(lead.version, entry, {("identity", "a"): stamped(n, body), ("origin", body.decode()): body}, 0)
    print(n, flush=True)
"""


def test_whatever_was_committed_when_the_process_is_killed_is_there_whole(world):
    for kill, wanted in enumerate((3, 20, 57)):
        command = [sys.executable, "-c", LOOP, str(world.path), f"judge {kill}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
            said = [int(child.stdout.readline()) for _ in range(wanted)]
            child.send_signal(signal.SIGKILL)
            said += [int(line) for line in child.stdout if line.endswith("\n")]
        check_whole(world.store(), said[-1], f"reader {kill}")


def check_whole(store: SqliteStore, said: int, holder: str) -> None:
    entry = store.lead(holder, 0.0).entry
    numbers = [*range(1, entry + 1)]
    assert said <= entry <= said + 1
    assert [*store.journal()] == [(n, b"%d" % n * 500) for n in numbers]
    assert [int(body) for body in store.assumed(0)] == numbers
    assert sorted(store.ids(HOUR)) == [2 * n for n in numbers]
    assert sorted(store.ids(HOUR + 1)) == [2 * n + 1 for n in numbers]
    assert store.get("identity", "a") == stamped(entry, b"%d" % entry)
    assert len([*store.every("origin")]) == entry
    assert [each.uid for each in store.unsent()] == [str(n) for n in numbers[:100]]


def test_commits_survive_a_power_cut(store, version):
    modes = [store._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    assert modes == ["wal", 2]


# --- forgetting


def forget(store: SqliteStore, version: int, number: int) -> int:
    """Commit from that number on until old things were forgotten once; the next number."""
    while number % FORGET_EVERY:
        commit(store, version, number)
        number += 1
    commit(store, version, number)
    return number + 1


def test_record_ids_are_kept_for_five_days_from_their_commit_whatever_their_hour(world, store, version):
    commit(store, version, 1, ids={HOUR: (1,), HOUR - 24 * 30: (2,)})
    world.now.at += 5 * DAY
    commit(store, version, 2, ids={HOUR: (3,)})
    number = forget(store, version, 3)
    assert ([*store.ids(HOUR)], [*store.ids(HOUR - 24 * 30)]) == ([1, 3], [2])
    world.now.at += 3600
    forget(store, version, number)
    assert ([*store.ids(HOUR)], [*store.ids(HOUR - 24 * 30)]) == ([3], [])


def test_what_was_assumed_is_kept_for_forty_hours(world, store, version):
    commit(store, version, 1, assumed=b"1")
    world.now.at += 40 * 3600
    commit(store, version, 2, assumed=b"2")
    number = forget(store, version, 3)
    assert [*store.assumed(0)] == [b"1", b"2"]
    world.now.at += 3600
    forget(store, version, number)
    assert [*store.assumed(0)] == [b"2"]


def test_documents_that_age_go_after_45_days_without_being_written(world, store, version):
    kinds = ("identity", "role", "peer", "origin")
    commit(store, version, 1, {(kind, key): stamped(1, b"x") for kind in kinds for key in ("old", "new")})
    world.now.at += 30 * DAY
    commit(store, version, 2, {(kind, "new"): stamped(2, b"y") for kind in kinds})
    world.now.at += 15 * DAY + 60
    commit(store, version, 3)
    left = {kind: [name for name, _ in store.every(kind)] for kind in kinds}
    assert left == {"identity": ["new"], "role": ["new"], "peer": ["new"], "origin": ["new", "old"]}


def test_acknowledged_findings_go_after_45_days(world, store, version):
    commit(store, version, 1, findings=(finding("sent"), finding("unsent")))
    store.acknowledge(store.unsent()[:1])
    world.now.at += 45 * DAY + 60
    commit(store, version, 2)
    assert rows(world.path, "SELECT uid FROM finding") == [("unsent",)]


def test_much_is_forgotten_in_slices_larger_than_what_may_come(world, store, version):
    for number in range(1, 26):
        commit(store, version, number, ids=dict.fromkeys(range(number * 1000, number * 1000 + 100), (1,)))
    assert SLICE > 100 * FORGET_EVERY
    world.now.at += 6 * DAY
    left, number = [], 26
    for _ in range(3):
        number = forget(store, version, number)
        left.append(rows(world.path, "SELECT count(*) FROM seen")[0][0])
    assert left == [2500 - SLICE, 2500 - 2 * SLICE, 0]


def test_folded_entries_leave_in_slices(world, store, version):
    with closing(sqlite3.connect(world.path)) as db, db:
        db.executemany("INSERT INTO journal VALUES (?, 'x')", [(n,) for n in range(1, 2401)])
        db.execute("UPDATE leader SET entry = 2400")
    left = []
    for number in range(2401, 2425):
        commit(store, version, number, folded=2300)
        assert [each for each, _ in store.journal()] == [*range(2301, 2401)]
        left.append(rows(world.path, "SELECT min(number), count(*) FROM journal")[0])
    assert left[7::8] == [(1001, 1400), (2001, 400), (2301, 100)]


def test_at_most_a_hundred_findings_come_at_once(store, version):
    commit(store, version, 1, findings=tuple(finding(f"{n:03d}") for n in range(150)))
    first = store.unsent()
    store.acknowledge(first)
    assert [each.uid for each in first + store.unsent()] == [f"{n:03d}" for n in range(150)]


# --- the setting


@pytest.mark.parametrize("url", ["", "hopstop.db", "sqlite:///", "sqlite://host/x.db", "dynamodb://", "dynamodb://a/b"])
def test_an_unknown_store_names_the_setting(url):
    with pytest.raises(Malformed, match=r"^HOPSTOP_STORE is not a store that is known; write sqlite:///"):
        open_store(url, AwsClients(ContainmentSettings()))


def test_a_setting_opens_it(tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/x.db", AwsClients(ContainmentSettings()))
    assert store.lead("first", LEASE_S) == Lead(1, 0)
    assert (tmp_path / "x.db").exists()


def test_a_judge_that_was_cut_off_between_two_stores_of_one_file_is_refused(world, store, version):
    other = SqliteStore(str(world.path), Clock(0.0), Clock(NOW))
    other.commit(version, Entry(number=1), {}, 0)
    with pytest.raises(Refused, match="entry 1 does not follow 1"):
        commit(store, version, 1)
    other.close()

import sqlite3
import threading
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from integrations.sqlite_store import BUCKET_S, KEPT_BUCKETS, SqliteStore
from model.baseline import RoleUse, use
from model.confidence import Confidence, Severity
from model.errors import Malformed, Refused, Unavailable
from model.finding import Finding
from model.identity import Identity, Kind
from model.lineage import Hop, Lineage

AT = datetime(2026, 10, 3, 2, 47, tzinfo=UTC)
ORIGIN = Identity(key="user:ana", kind=Kind.USER)


def finding(
    uid: str = "f1", confidence: str = "medium", roles: tuple[str, ...] = ("arn:ci",), message: str = "odd"
) -> Finding:
    hops = tuple(Hop(role_arn=role, account="111111111111", session_name="s", time=AT) for role in roles)
    return Finding(
        uid=uid,
        time=AT,
        last_time=AT,
        detected=AT,
        origin=ORIGIN,
        principal=None,
        confidence=Confidence(confidence),
        severity=Severity(confidence),
        detectors=("chain",),
        techniques=(),
        source_accounts=(),
        target_accounts=(),
        roles=roles,
        hops=len(roles),
        records=("e1",),
        message=message,
        playbook="record_only",
        anomalies=(),
        lineages=(Lineage(origin=ORIGIN, hops=hops),),
    )


@pytest.fixture
def path(tmp_path):
    return tmp_path / "hopstop.db"


@pytest.fixture
def store(path):
    store = SqliteStore.from_url(f"sqlite:///{path}")
    yield store
    store.close()


def test_a_poll_is_kept_whole_and_survives_the_process(store, path):
    version = store.lead()
    store.commit(version, ["e1", "e2"], {("identity", "a"): b"one", ("role", "r"): b"two"}, [finding()])
    store.close()
    again = SqliteStore(str(path))
    assert again.seen(["e1", "e3", "e2"]) == {"e1", "e2"}
    assert again.get("identity", "a") == b"one"
    assert again.every("role") == [("r", b"two")]
    assert again.unsent() == (finding(),)
    again.close()


def test_a_document_that_is_gone_is_gone(store):
    version = store.lead()
    store.commit(version, [], {("origin", "a"): b"1", ("origin", "b"): b"2"}, [])
    store.commit(version, [], {("origin", "a"): None, ("origin", "b"): b"3"}, [])
    assert store.get("origin", "a") is None
    assert store.every("origin") == [("b", b"3")]


def test_a_deposed_judge_changes_nothing(store, path):
    old = store.lead()
    other = SqliteStore(str(path))
    other.commit(other.lead(), ["e1"], {("identity", "a"): b"new"}, [])
    with pytest.raises(Refused, match="another judge leads"):
        store.commit(old, ["e2"], {("identity", "a"): b"old"}, [finding()])
    assert store.get("identity", "a") == b"new"
    assert store.seen(["e2"]) == frozenset()
    assert store.unsent() == ()
    other.close()


def test_a_commit_that_fails_half_way_leaves_nothing(store):
    version = store.lead()
    with pytest.raises(AttributeError):
        store.commit(version, ["e1"], {("identity", "a"): b"x"}, [None])
    assert store.seen(["e1"]) == frozenset()
    assert store.get("identity", "a") is None
    store.commit(version, ["e1"], {}, [])
    assert store.seen(["e1"]) == {"e1"}


@pytest.mark.parametrize(
    ("later", "again"),
    [
        (finding(), False),
        (finding(message="said otherwise"), False),
        (finding(confidence="high"), True),
        (finding(roles=("arn:ci", "arn:deploy")), True),
    ],
)
def test_a_finding_is_sent_again_only_when_it_changed(store, later, again):
    version = store.lead()
    store.commit(version, [], {}, [finding()])
    store.acknowledge(store.unsent())
    assert store.unsent() == ()
    store.commit(version, [], {}, [later])
    assert store.unsent() == ((later,) if again else ())


def test_a_finding_that_grew_while_it_was_sent_is_still_unsent(store):
    version = store.lead()
    store.commit(version, [], {}, [finding()])
    sent = store.unsent()
    store.commit(version, [], {}, [finding(confidence="high")])
    store.acknowledge(sent)
    assert store.unsent() == (finding(confidence="high"),)


def test_findings_leave_oldest_first(store):
    version = store.lead()
    store.commit(version, [], {}, [finding("b"), finding("a")])
    store.commit(version, [], {}, [finding("c"), finding("b", confidence="high")])
    assert [each.uid for each in store.unsent()] == ["b", "a", "c"]


def test_when_the_deciding_record_arrived_is_not_forgotten(store):
    version = store.lead()
    first = finding().model_copy(update={"arrived": AT})
    store.commit(version, [], {}, [first])
    store.commit(version, [], {}, [first.model_copy(update={"arrived": AT + timedelta(hours=1), "message": "grown"})])
    assert store.unsent()[0].arrived == AT
    decided = {"arrived": AT + timedelta(hours=2), "detected": AT + timedelta(hours=2)}
    store.commit(version, [], {}, [first.model_copy(update=decided)])
    assert store.unsent()[0].arrived == AT + timedelta(hours=2)


def test_who_used_the_roles_lately_latest_first(store):
    role, other = RoleUse(), RoleUse()
    for n, name in enumerate(("old", "ana", "bot")):
        use(role, name, AT.timestamp() + 100 * n)
    use(other, "ana", AT.timestamp() + 900)
    bodies = {("role", "arn:a"): msgspec.msgpack.encode(role), ("role", "arn:b"): msgspec.msgpack.encode(other)}
    store.commit(store.lead(), [], bodies, [])
    since = AT + timedelta(seconds=50)
    assert store.sessions(["arn:a", "arn:b", "arn:unknown"], since) == ("ana", "bot")
    assert store.sessions([], since) == ()


def test_many_ids_at_once(store):
    ids = [f"event-{n}" for n in range(3000)]
    store.commit(store.lead(), ids[:1500], {}, [])
    assert store.seen(ids) == frozenset(ids[:1500])


def test_old_record_ids_leave_in_slices(store, path):
    store.commit(store.lead(), [], {}, [])
    with sqlite3.connect(path) as db:
        db.executemany("INSERT INTO seen VALUES (?, ?)", [(1, n) for n in range(1200)])
    db.close()
    version = store.lead()
    counts = []
    for _ in range(3):
        store.commit(version, ["new"], {}, [])
        with sqlite3.connect(path) as db:
            counts.append(db.execute("SELECT count(*) FROM seen").fetchone()[0])
        db.close()
    assert counts == [701, 201, 1]
    assert BUCKET_S * KEPT_BUCKETS == 4 * 86_400


def test_threads_share_one_store(store):
    version = store.lead()
    failures = []

    def work(number: int) -> None:
        try:
            for n in range(20):
                store.commit(version, [f"{number}-{n}"], {("identity", f"{number}-{n}"): b"x"}, [])
                store.seen([f"{number}-{n}"])
        except (sqlite3.Error, Unavailable) as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(store.every("identity")) == 80


def test_a_file_that_is_no_database_is_one_clear_line(path):
    path.write_bytes(b"this is not a database, only words " * 100)
    with pytest.raises(Malformed, match=r"^store hopstop\.db: .*move the file away") as caught:
        SqliteStore(str(path)).lead()
    assert "\n" not in str(caught.value)


def test_a_locked_database_is_unavailable(store, path):
    version = store.lead()
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with store._lock:
        store._connection.execute("PRAGMA busy_timeout = 50")
    with pytest.raises(Unavailable, match=r"^store hopstop\.db: database is locked"):
        store.commit(version, ["e1"], {}, [])
    blocker.execute("ROLLBACK")
    blocker.close()
    store.commit(version, ["e1"], {}, [])
    assert store.seen(["e1"]) == {"e1"}


def test_a_missing_folder_is_one_clear_line(tmp_path):
    with pytest.raises(Malformed, match=r"create its folder, or change HOPSTOP_STORE"):
        SqliteStore(str(tmp_path / "none" / "x.db")).lead()


@pytest.mark.parametrize("url", ["", "hopstop.db", "sqlite:///", "dynamodb://table", "sqlite://host/x.db"])
def test_an_unknown_store_names_the_setting(url):
    with pytest.raises(Malformed, match=r"^HOPSTOP_STORE: "):
        SqliteStore.from_url(url)


def test_keys_that_strangers_wrote_are_only_text(store):
    nasty = "x'; DROP TABLE seen; --\ud800\x00"
    version = store.lead()
    store.commit(version, [nasty], {("identity", nasty): b"x"}, [])
    assert store.get("identity", nasty) == b"x"
    assert store.seen([nasty]) == {nasty}

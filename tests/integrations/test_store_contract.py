"""What every store keeps to (activities.ports.Store), whatever it is made of."""

from datetime import UTC, datetime, timedelta

import pytest

from activities.ports import Store
from integrations.sqlite_store import SqliteStore
from model.confidence import Confidence, Severity
from model.errors import Refused
from model.finding import Finding
from model.identity import Identity, Kind
from model.journal import Entry, Lead, Lesson, stamped
from model.lineage import Hop, Lineage

AT = datetime(2026, 10, 3, 2, 47, tzinfo=UTC)
NOW = AT.timestamp()
HOUR = int(NOW) // 3600
LEASE_S = 30.0
ORIGIN = Identity(key="user:ana", kind=Kind.USER)


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self, at: float) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


class World:
    """One place where stores are kept, with its clocks; `store` is one more process that uses it."""

    def __init__(self, path) -> None:
        self.clock, self.now = Clock(0.0), Clock(NOW)
        self._path = path
        self._opened: list[SqliteStore] = []

    def store(self) -> Store:
        self._opened.append(SqliteStore(str(self._path), self.clock, self.now))
        return self._opened[-1]

    def close(self) -> None:
        for store in self._opened:
            store.close()


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


def lesson(name: str, told: datetime = AT) -> Lesson:
    return Lesson(origin="user:ana", finding=name, verdict="benign", told=told, until=told + timedelta(days=30))


@pytest.fixture(params=["sqlite"])
def world(request, tmp_path):
    world = World(tmp_path / "hopstop.db")
    yield world
    world.close()


@pytest.fixture
def store(world):
    return world.store()


@pytest.fixture
def version(store):
    return store.lead("first", LEASE_S).version


def commit(store: Store, version: int, number: int, documents=None, folded: int = 0, **entry) -> None:
    store.commit(version, Entry(number=number, **entry), documents or {}, folded)


# --- the lead


def test_an_empty_store_is_led_at_once_from_entry_nought(store):
    assert store.lead("first", LEASE_S) == Lead(version=1, entry=0)


def test_the_lead_says_which_entry_was_the_last(store, version):
    commit(store, version, 1)
    commit(store, version, 2)
    assert store.lead("first", LEASE_S) == Lead(version + 1, 2)


def test_a_standby_leads_when_the_leader_stood_still_for_the_lease(world, store, version):
    standby = world.store()
    assert standby.lead("second", LEASE_S) is None
    world.clock.at += LEASE_S - 1
    assert standby.lead("second", LEASE_S) is None
    world.clock.at += 1
    assert standby.lead("second", LEASE_S) == Lead(version + 1, 0)
    with pytest.raises(Refused, match="another judge leads"):
        commit(store, version, 1)


@pytest.mark.parametrize("sign", ["commit", "renew"])
def test_a_leader_that_commits_or_renews_keeps_the_lead(world, store, version, sign):
    standby = world.store()
    for number in range(1, 5):
        assert standby.lead("second", LEASE_S) is None
        world.clock.at += LEASE_S * 0.9
        commit(store, version, number) if sign == "commit" else store.renew(version)
    assert standby.lead("second", LEASE_S) is None


def test_the_lease_is_counted_from_when_the_standby_first_looked(world, store, version):
    world.clock.at += 10 * LEASE_S
    assert world.store().lead("second", LEASE_S) is None


def test_who_resigns_is_followed_at_once_and_writes_no_more(world, store, version):
    store.resign(version)
    with pytest.raises(Refused):
        commit(store, version, 1)
    lead = world.store().lead("second", LEASE_S)
    assert lead is not None
    store.resign(version)
    assert world.store().lead("third", LEASE_S) is None


# --- entries


def test_a_poll_is_kept_whole_and_another_process_sees_it(world, store, version):
    documents = {("identity", "a"): stamped(1, b"one"), ("role", "r"): stamped(1, b"two")}
    ids = {HOUR: (1, 2), HOUR - 1: (3,)}
    commit(store, version, 1, documents, ids=ids, changes=b"c", assumed=b"a", findings=(finding(),))
    again = world.store()
    assert set(again.ids(HOUR)) == {1, 2}
    assert set(again.ids(HOUR - 1)) == {3}
    assert [*again.ids(HOUR + 1)] == []
    assert again.get("identity", "a") == stamped(1, b"one")
    assert [*again.every("role")] == [("r", stamped(1, b"two"))]
    assert [*again.journal()] == [(1, b"c")]
    assert [*again.assumed(HOUR)] == [b"a"]
    assert again.unsent() == (finding(),)


@pytest.mark.parametrize("number", [0, 1, 3])
def test_an_entry_that_is_not_the_next_is_refused(store, version, number):
    commit(store, version, 1, ids={HOUR: (1,)})
    with pytest.raises(Refused, match="does not follow"):
        commit(store, version, number, ids={HOUR: (2,)})
    assert set(store.ids(HOUR)) == {1}

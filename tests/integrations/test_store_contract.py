"""What every store keeps to (activities.ports.Store), whatever it is made of."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import boto3
import pytest

from model.errors import Refused
from model.journal import Lead, stamped, unstamped
from tests.integrations.store_worlds import (
    AT,
    HOUR,
    LEASE_S,
    NOW,
    DynamoDbWorld,
    SqliteWorld,
    clients_of,
    commit,
    finding,
    lesson,
)
from tests.servers import ministack, moto_url  # noqa: F401 - fixtures

MANY = 12
RACES = 15


@pytest.fixture(scope="module")
def on_ministack(ministack):  # noqa: F811
    return clients_of(ministack.url, ministack.root(ministack.new_account()))


@pytest.fixture(scope="module")
def on_moto(moto_url):  # noqa: F811
    return clients_of(moto_url, boto3.Session("AKIAMOTO", "secret", region_name="us-east-1"))


@pytest.fixture(params=["sqlite", "on_ministack", "on_moto"])
def world(request, tmp_path):
    if request.param == "sqlite":
        world = SqliteWorld(tmp_path / "hopstop.db")
    else:
        world = DynamoDbWorld(request.getfixturevalue(request.param))
    yield world
    world.close()


@pytest.fixture
def safe_for_threads(request):
    """A server that keeps transactions apart, as AWS and SQLite do."""
    if request.node.callspec.params["world"] == "on_moto":
        pytest.skip("moto's transactions take no lock: two at once overwrite each other there")


@pytest.fixture
def store(world):
    return world.store()


@pytest.fixture
def version(store):
    return store.lead("first", LEASE_S).version


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


def test_a_commit_without_a_lead_is_refused(store):
    for version in (0, 1):
        with pytest.raises(Refused):
            commit(store, version, 1)


def test_a_deposed_judge_changes_nothing(world, store, version):
    commit(store, version, 1, {("identity", "a"): stamped(1, b"first")})
    world.clock.at += LEASE_S
    other = world.store()
    other.lead("second", LEASE_S)
    world.clock.at += LEASE_S
    newer = other.lead("second", LEASE_S).version
    documents = {("identity", "a"): stamped(2, b"old"), ("origin", "b"): stamped(2, b"old")}
    entry = {"ids": {HOUR: (1,)}, "changes": b"c", "assumed": b"a", "findings": (finding(),)}
    with pytest.raises(Refused, match="another judge leads"):
        commit(store, version, 2, documents, folded=1, **entry)
    with pytest.raises(Refused, match="another judge leads"):
        store.renew(version)
    store.resign(version)
    assert store.get("identity", "a") == stamped(1, b"first")
    assert store.get("origin", "b") is None
    assert ([*store.ids(HOUR)], [*store.journal()], [*store.assumed(HOUR)], store.unsent()) == ([], [], [], ())
    commit(other, newer, 2)


@pytest.mark.usefixtures("safe_for_threads")
def test_two_that_race_never_both_commit_a_number(world):
    """Two judges that take the lead from each other: every entry is one judge's, whole."""
    kept: dict[str, list[int]] = {"one": [], "two": []}
    barrier = threading.Barrier(2)

    def judge(name: str) -> None:
        store = world.store()
        barrier.wait()
        for _ in range(RACES):
            lead = store.lead(name, 0.0)
            if lead is None:
                continue
            number = lead.entry + 1
            try:
                commit(store, lead.version, number, ids={HOUR: (2 * number + (name == "two"),)}, changes=name.encode())
            except Refused:
                continue
            kept[name].append(number)

    run_together(judge, ("one", "two"))
    store = world.store()
    numbers = sorted(kept["one"] + kept["two"])
    assert numbers == [*range(1, len(numbers) + 1)]
    assert len(numbers) > 0
    assert [*store.journal()] == [(n, b"one" if n in kept["one"] else b"two") for n in numbers]
    assert sorted(store.ids(HOUR)) == sorted(2 * n + (n in kept["two"]) for n in numbers)


# --- what is kept


def test_ids_are_kept_by_the_records_hour(store, version):
    commit(store, version, 1, ids={HOUR: (1, 2**63 - 1), HOUR - 700: (3,)})
    commit(store, version, 2, ids={HOUR: (0, 4), HOUR + 9000: (5,)})
    assert sorted(store.ids(HOUR)) == [0, 1, 4, 2**63 - 1]
    assert [*store.ids(HOUR - 700)] == [3]
    assert [*store.ids(HOUR + 9000)] == [5]


def test_a_poll_may_hold_a_hundred_hours(store, version):
    ids = {hour: (hour, hour + 1) for hour in (*range(HOUR - 95, HOUR), 0, -3, HOUR + 10**6, 2, 5)}
    commit(store, version, 1, ids=ids)
    assert len(ids) == 100
    looked_at = [*ids][80:]
    assert {hour: tuple(store.ids(hour)) for hour in looked_at} == {hour: ids[hour] for hour in looked_at}


def test_changes_come_back_in_order_until_they_are_folded(store, version):
    for number in range(1, 13):
        commit(store, version, number, changes=b"%d" % number, folded=0)
    assert [*store.journal()] == [(number, b"%d" % number) for number in range(1, 13)]
    commit(store, version, 13, folded=10)
    assert [number for number, _ in store.journal()] == [11, 12]
    commit(store, version, 14, folded=12, changes=b"x")
    assert [*store.journal()] == [(14, b"x")]


def test_what_was_assumed_comes_back_from_an_hour_on_in_order(world, store, version):
    for number in range(1, 6):
        world.now.at = NOW + 3600 * (number - 1)
        commit(store, version, number, assumed=b"%d" % number)
    assert [*store.assumed(HOUR)] == [b"1", b"2", b"3", b"4", b"5"]
    assert [*store.assumed(HOUR + 3)] == [b"4", b"5"]
    assert [*store.assumed(HOUR + 5)] == []


def test_big_entries_are_kept_whole(world, store, version):
    changes, assumed = os.urandom(3_000_000), os.urandom(800_000)
    found = tuple(finding(f"f{n}", message="m" * 60_000) for n in range(12))
    commit(store, version, 1, ids={HOUR: range(50_000)}, changes=changes, assumed=assumed, findings=found)
    again = world.store()
    assert [*again.journal()] == [(1, changes)]
    assert [*again.assumed(HOUR)] == [assumed]
    assert again.unsent() == found
    assert sorted(again.ids(HOUR)) == [*range(50_000)]
    commit(store, version, 2)
    commit(store, version, 3, folded=1)
    assert [*again.journal()] == []


@pytest.mark.parametrize("size", [0, 399_000, 1_200_000])
def test_documents_of_any_size(store, version, size):
    body = os.urandom(size)
    commit(store, version, 1, {("origin", "big"): stamped(1, body)})
    assert unstamped(store.get("origin", "big")) == (1, body)
    assert [*store.every("origin")] == [("big", stamped(1, body))]
    commit(store, version, 2, {("origin", "big"): stamped(2, b"small")})
    assert store.get("origin", "big") == stamped(2, b"small")


def test_many_documents_at_once(store, version):
    documents = {("identity", f"{n:03d}"): stamped(1, bytes([n]) * 50_000) for n in range(130)}
    commit(store, version, 1, documents)
    assert {("identity", name): body for name, body in store.every("identity")} == documents


def test_a_document_that_is_gone_is_gone(store, version):
    commit(store, version, 1, {("origin", "a"): stamped(1, b"1"), ("origin", "b"): stamped(1, b"2")})
    commit(store, version, 2, {("origin", "a"): None, ("origin", "b"): stamped(2, b"3"), ("origin", "never"): None})
    assert store.get("origin", "a") is None
    assert [*store.every("origin")] == [("b", stamped(2, b"3"))]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "x'; DROP TABLE seen; --",
        "\ud800",
        "\x00",
        "a\x00b",
        "=",
        "#1",
        "ñ😀\u202e",
        "k" * 5000,
        "ü" * 600,
        "\\ud800",
    ],
    ids=ascii,
)
def test_keys_that_strangers_wrote_are_only_text(store, version, name):
    commit(store, version, 1, {("identity", name): stamped(1, b"x"), ("identity", "other"): stamped(1, b"y")})
    assert store.get("identity", name) == stamped(1, b"x")
    assert dict(store.every("identity")) == {name: stamped(1, b"x"), "other": stamped(1, b"y")}
    commit(store, version, 2, {("identity", name): None})
    assert [name for name, _ in store.every("identity")] == ["other"]


# --- findings


@pytest.mark.parametrize(
    ("later", "again"),
    [
        (finding(), False),
        (finding(message="said otherwise"), False),
        (finding(confidence="high"), True),
        (finding(roles=("arn:ci", "arn:deploy")), True),
    ],
)
def test_a_finding_is_sent_again_only_when_it_changed(store, version, later, again):
    commit(store, version, 1, findings=(finding(),))
    store.acknowledge(store.unsent())
    assert store.unsent() == ()
    commit(store, version, 2, findings=(later,))
    assert store.unsent() == ((later,) if again else ())


def test_a_finding_that_grew_while_it_was_sent_is_still_unsent(store, version):
    commit(store, version, 1, findings=(finding(),))
    sent = store.unsent()
    commit(store, version, 2, findings=(finding(confidence="high"),))
    store.acknowledge(sent)
    assert store.unsent() == (finding(confidence="high"),)
    store.acknowledge(store.unsent())
    store.acknowledge((finding("never heard of"),))
    assert store.unsent() == ()


def test_findings_leave_oldest_first(store, version):
    commit(store, version, 1, findings=(finding("b"), finding("a")))
    commit(store, version, 2, findings=(finding("c"), finding("b", confidence="high")))
    assert [each.uid for each in store.unsent()] == ["b", "a", "c"]


def test_the_last_word_of_one_poll_counts(store, version):
    commit(store, version, 1, findings=(finding(), finding(confidence="high")))
    assert store.unsent() == (finding(confidence="high"),)


def test_refused_findings_come_again_after_all_others_in_an_hour(world, store, version):
    commit(store, version, 1, findings=(finding("a"), finding("b"), finding("c")))
    store.put_off(store.unsent()[:2])
    assert [each.uid for each in store.unsent()] == ["c"]
    world.now.at += 3599
    assert [each.uid for each in store.unsent()] == ["c"]
    world.now.at += 1
    commit(store, version, 2, findings=(finding("d"),))
    assert [each.uid for each in store.unsent()] == ["c", "d", "a", "b"]
    store.acknowledge(store.unsent()[2:])
    assert [each.uid for each in store.unsent()] == ["c", "d"]


def test_a_refused_finding_that_grew_does_not_wait(store, version):
    commit(store, version, 1, findings=(finding("a"), finding("b")))
    refused = store.unsent()[:1]
    store.put_off(refused)
    commit(store, version, 2, findings=(finding("a", message="told otherwise"),))
    assert [each.uid for each in store.unsent()] == ["b"]
    commit(store, version, 3, findings=(finding("a", confidence="high"),))
    store.put_off(refused)
    assert [each.uid for each in store.unsent()] == ["a", "b"]


def test_refused_findings_hold_up_no_other(store, version):
    commit(store, version, 1, findings=tuple(finding(f"refused-{n:03d}") for n in range(MANY)))
    while store.unsent():
        store.put_off(store.unsent())
    commit(store, version, 2, findings=(finding("good"),))
    assert [each.uid for each in store.unsent()] == ["good"]


def test_when_the_deciding_record_arrived_is_not_forgotten(store, version):
    first = finding().model_copy(update={"arrived": AT})
    commit(store, version, 1, findings=(first,))
    later = first.model_copy(update={"arrived": AT + timedelta(hours=1), "message": "grown"})
    commit(store, version, 2, findings=(later,))
    assert store.unsent()[0].arrived == AT
    decided = {"arrived": AT + timedelta(hours=2), "detected": AT + timedelta(hours=2)}
    commit(store, version, 3, findings=(first.model_copy(update=decided),))
    assert store.unsent()[0].arrived == AT + timedelta(hours=2)


def test_acknowledged_findings_are_forgotten_in_time_and_unsent_ones_never(world, store, version):
    commit(store, version, 1, findings=(finding("sent"), finding("unsent")))
    store.acknowledge(store.unsent()[:1])
    world.now.at += 46 * 86_400
    commit(store, version, 2)
    commit(store, version, 3, findings=(finding("sent"),))
    assert {each.uid for each in store.unsent()} == {"sent", "unsent"}


# --- lessons


def test_lessons_wait_oldest_first_until_an_entry_takes_them_in(store, version):
    store.teach(lesson("late", AT + timedelta(hours=1)))
    store.teach(lesson("early"))
    store.teach(lesson("early"))
    waiting = store.lessons()
    assert [each for _, each in waiting] == [lesson("early"), lesson("late", AT + timedelta(hours=1))]
    commit(store, version, 1, lessons=(waiting[0][0],))
    assert store.lessons() == waiting[1:]
    commit(store, version, 2, lessons=(waiting[1][0], waiting[1][0], 12345))
    assert store.lessons() == ()


def test_lessons_of_a_refused_entry_still_wait(store, version):
    store.teach(lesson("one"))
    with pytest.raises(Refused):
        commit(store, version, 7, lessons=(store.lessons()[0][0],))
    assert [each for _, each in store.lessons()] == [lesson("one")]


def test_lessons_come_some_at_a_time(store, version):
    for n in range(25):
        store.teach(lesson(f"{n:02d}", AT + timedelta(seconds=n)))
    first = store.lessons()
    commit(store, version, 1, lessons=tuple(number for number, _ in first))
    taught = [each.finding for _, each in first + store.lessons()]
    assert taught == [f"{n:02d}" for n in range(25)]


# --- threads


@pytest.mark.usefixtures("safe_for_threads")
def test_the_judge_and_who_hands_findings_over_share_one_store(store, version):
    """One thread commits, one drains the outbox, one teaches; nothing is lost or kept twice."""
    polls = 12
    committed, drained = threading.Event(), []

    def work(name: str) -> None:
        if name == "judge":
            for number in range(1, polls + 1):
                commit(store, version, number, ids={HOUR: (number,)}, findings=(finding(f"f{number:02d}"),))
            committed.set()
        elif name == "teacher":
            for n in range(5):
                store.teach(lesson(str(n)))
        else:
            while not committed.is_set() or store.unsent():
                some = store.unsent()
                store.acknowledge(some)
                drained.extend(each.uid for each in some)

    run_together(work, ("judge", "drain", "teacher"))
    assert sorted(set(drained)) == [f"f{n:02d}" for n in range(1, polls + 1)]
    assert sorted(store.ids(HOUR)) == [*range(1, polls + 1)]
    assert len(store.lessons()) == 5


# --- the counter of containments


def test_nothing_was_counted_in_an_empty_store(store):
    assert store.ledger() is None


def test_the_counter_is_swapped_only_where_it_is_as_it_was(store):
    assert store.swap_ledger(None, b"one")
    assert not store.swap_ledger(None, b"two")
    assert not store.swap_ledger(b"two", b"three")
    assert store.ledger() == b"one"
    assert store.swap_ledger(b"one", b"two")
    assert store.ledger() == b"two"


def test_the_counter_outlives_the_process(world, store):
    store.swap_ledger(None, b"one")
    assert world.store().ledger() == b"one"


def test_the_counter_is_no_business_of_the_judges(store, version):
    store.swap_ledger(None, b"one")
    commit(store, version, 1)
    assert store.ledger() == b"one"
    assert list(store.every("identity")) == []


@pytest.mark.usefixtures("safe_for_threads")
def test_of_many_that_count_at_once_every_one_is_counted(world):
    def count(_name: str) -> None:
        store = world.store()
        while not store.swap_ledger(before := store.ledger(), (before or b"") + b"x"):
            pass

    run_together(count, [str(n) for n in range(MANY)])
    assert world.store().ledger() == b"x" * MANY


def run_together(work, names) -> None:
    """Each name in a thread of its own; what one raises is raised."""
    with ThreadPoolExecutor(len(names)) as threads:
        for done in [threads.submit(work, name) for name in names]:
            done.result(60)

"""Learning from archives: each record of each file once, whenever the process is killed."""

import gzip
import itertools
import json
from datetime import timedelta

import boto3
import pytest

from activities.ports import Store
from cli import baseline_counts
from cli.baseline_learning import Learning, Order
from cli.baseline_ledger import Ledger
from cli.baseline_pool import pool_of
from cli.baseline_progress import Lines
from integrations.aws import AwsClients
from integrations.sqlite_store import SqliteStore
from model.errors import Malformed, Refused
from model.settings import ContainmentSettings
from tests.cli.baseline_world import Torn, TornStore, layout, learn, learned_in
from tests.detectors.world import ANA, TOOLS, assume, call, laptop, month, night
from tests.integrations.store_worlds import DynamoDbWorld
from tests.servers import moto_url

__all__ = ["moto_url"]

DAYS = 4
RECORDS = [*month(days=DAYS), *laptop(night(DAYS))]


@pytest.fixture(scope="module")
def trail(tmp_path_factory):
    return layout(tmp_path_factory.mktemp("trail"), RECORDS)


@pytest.fixture(scope="module")
def whole(trail):
    """A store that learned the trail without a break, day by day."""
    store = TornStore()
    learn(store, trail)
    return store


def test_a_run_says_what_it_learned(trail):
    line = learn(TornStore(), trail)
    files = len([*trail.rglob("*.gz")])
    assert {**line, "seconds": 0} == {
        "type": "learned",
        "files": files,
        "done": 0,
        "old": 0,
        "failed": 0,
        "records": len(RECORDS),
        "unique": len(RECORDS),
        "unparsed": 0,
        "identities": 7,
        "assumptions": sum(r["eventName"] == "AssumeRole" and "-0000-" in r["eventID"] for r in RECORDS),
        "denied": 0,
        "service_assumptions": 0,
        "seconds": 0,
    }


def test_what_is_learned_does_not_depend_on_the_batches(trail, whole):
    store = TornStore()
    learn(store, trail, batch=1 << 30)
    assert store.learned() == whole.learned()


def test_a_file_is_learned_once(trail, whole):
    store = TornStore(kept=dict(whole.kept), version=whole.version, last=whole.last)
    line = learn(store, trail)
    assert (line["files"], line["records"], line["done"]) == (0, 0, len([*trail.rglob("*.gz")]))
    assert store.learned() == whole.learned()


def kill_points() -> list[int]:
    """Every step of the first day and some of the rest."""
    return [*range(16), *range(16, 60, 7)]


@pytest.mark.parametrize("steps", kill_points())
def test_whenever_it_is_killed_nothing_is_learned_twice_or_lost(trail, whole, steps):
    store = TornStore(steps=steps)
    with pytest.raises(Torn):
        learn(store, trail)
    store.steps = float("inf")
    learn(store, trail)
    assert store.learned() == whole.learned()


def test_it_may_be_killed_again_and_again(trail, whole):
    store = TornStore()
    for steps in itertools.count(5):
        store.steps = steps
        try:
            learn(store, trail)
        except Torn:
            continue
        break
    assert steps > 10
    assert store.learned() == whole.learned()


def test_where_another_wrote_meanwhile_a_slice_that_was_kept_whole_is_known_by_the_cursor(trail, whole, tmp_path):
    """SQLite keeps a slice whole or not at all, so the cursor alone is exact."""
    for steps in range(3, 9, 2):
        store = Dying(SqliteStore(str(tmp_path / f"{steps}.db")), steps)
        with pytest.raises(Torn):
            learn(store, trail)
        store.steps = 10**9
        lead = store.lead("a watch", 0.0)
        store.resign(lead.version)
        learn(store, trail)
        assert learned_in(store) == whole.learned()


class Dying:
    """A store whose process dies before its nth commit."""

    def __init__(self, store: Store, steps: int) -> None:
        self.steps = steps
        self._store = store

    def __getattr__(self, name: str):
        return getattr(self._store, name)

    def commit(self, *given) -> None:
        self.steps -= 1
        if self.steps < 0:
            raise Torn
        self._store.commit(*given)


def test_a_stopped_run_is_finished_before_another_begins(trail, tmp_path):
    store = TornStore(steps=9)
    with pytest.raises(Torn):
        learn(store, trail)
    store.steps = float("inf")
    other = layout(tmp_path, month(days=1))
    with pytest.raises(Refused, match="name the same paths again, or add --abandon"):
        learn(store, other)
    assert learn(store, other, abandon=True)["files"] > 0
    assert learn(store, other)["files"] == 0


def test_new_files_are_linked_to_what_was_learned_the_day_before(tmp_path):
    made, session = assume(ANA, "ci", TOOLS, night() - timedelta(hours=1), "ana")
    create = call(session, night() - timedelta(hours=1, seconds=-30), "CreateUser")
    create |= {"eventSource": "iam.amazonaws.com"}
    second, third = layout(tmp_path / "1", [made]), layout(tmp_path / "2", [create])
    apart, together = TornStore(), TornStore()
    learn(apart, second)
    line = learn(apart, second, third)
    learn(together, second, third)
    assert (line["files"], line["done"], line["records"], line["assumptions"]) == (1, 1, 1, 0)
    assert apart.learned() == together.learned()


def test_until_teaches_what_is_earlier_and_a_later_run_the_rest(trail, whole):
    store = TornStore()
    noon = night(2).replace(hour=12, minute=0)
    first = learn(store, trail, until=noon.timestamp())
    assert 0 < first["unique"] < len(RECORDS)
    second = learn(store, trail)
    assert first["unique"] + second["unique"] == len(RECORDS)
    assert learned_counts(store) == learned_counts(whole)


def learned_counts(store) -> dict:
    return {place: len(body) for place, body in store.learned().items()}


def test_a_record_that_two_files_hold_is_learned_once(tmp_path, trail, whole):
    for file in [*trail.rglob("*.gz")]:
        copy = tmp_path / file.relative_to(trail)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    store = TornStore()
    line = learn(store, trail, tmp_path)
    assert (line["records"], line["unique"]) == (2 * len(RECORDS), len(RECORDS))
    assert store.learned() == whole.learned()


def test_ids_in_memory_are_bounded_and_the_hours_read_last_stay():
    seen = baseline_counts.Seen()
    for hour in range(20):
        seen.add({hour: [*range(hour * 100_000, (hour + 1) * 100_000)]})
    assert seen.known({0: [5], 19: [1_900_005]}) == {1_900_005}


def test_files_older_than_a_month_before_the_newest_are_passed_over(tmp_path):
    old = call(ANA, night() - timedelta(days=40))
    line = learn(TornStore(), layout(tmp_path, [old, call(ANA, night())]))
    assert (line["files"], line["old"], line["unique"]) == (1, 1, 1)


def test_a_file_that_says_no_time_is_never_taken_for_old(tmp_path):
    for name, days in (("a", 40), ("b", 0)):
        (tmp_path / f"{name}.json").write_text(json.dumps({"Records": [call(ANA, night() - timedelta(days=days))]}))
    assert learn(TornStore(), tmp_path)["files"] == 2


def test_what_cannot_be_read_is_counted_and_stops_nothing(tmp_path):
    layout(tmp_path, [call(ANA, night())])
    (tmp_path / "broken.json.gz").write_bytes(gzip.compress(b'{"Records": [')[:-4])
    line = learn(TornStore(), tmp_path)
    assert (line["files"], line["unique"], line["unparsed"]) == (2, 1, 1)


def test_a_file_that_cannot_be_opened_is_tried_again_by_the_next_run(tmp_path):
    layout(tmp_path, [call(ANA, night())])
    (tmp_path / "gone.json").symlink_to(tmp_path / "nowhere")
    store = TornStore()
    assert learn(store, tmp_path)["failed"] == 1
    (tmp_path / "nowhere").write_text(json.dumps({"Records": [call(ANA, night())]}))
    line = learn(store, tmp_path)
    assert (line["failed"], line["unique"]) == (0, 1)


def test_a_file_that_changed_is_another_file(tmp_path):
    layout(tmp_path, [call(ANA, night())])
    store = TornStore()
    learn(store, tmp_path)
    layout(tmp_path, [call(ANA, night()), call(ANA, night())])
    assert learn(store, tmp_path)["files"] == 1


@pytest.mark.parametrize(
    ("names", "said"),
    [((), "no files in"), (("notes.json",), "no CloudTrail records in .*name the trail's folder or bucket")],
)
def test_what_holds_no_records_is_told_in_one_line(tmp_path, names, said):
    for name in names:
        (tmp_path / name).write_text("{}")
    with pytest.raises(Malformed, match=said):
        learn(TornStore(), tmp_path)


def test_standard_input_cannot_be_gone_on_with():
    with pytest.raises(Malformed, match="standard input cannot be learned from"):
        learn(TornStore(), "-")


def test_several_processes_learn_the_same(trail, whole):
    store = TornStore()
    lead = store.lead()
    with pool_of(2) as pool:
        Learning(store, Ledger(store, lead.version, lead.entry), pool, Lines()).run(Order([str(trail)], 4e9))
    assert store.learned() == whole.learned()


def test_a_table_learns_what_a_file_learns(moto_url, trail, whole):
    session = boto3.Session("AKIA", "s", region_name="us-east-1")
    world = DynamoDbWorld(AwsClients(ContainmentSettings(), base=session, endpoint=moto_url))
    dying = Dying(world.store(), 4)
    with pytest.raises(Torn):
        learn(dying, trail)
    again = world.store()
    learn(again, trail)
    assert learned_in(again) == whole.learned()
    assert learn(again, trail)["files"] == 0

import copy
import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.baseline import DAY, HOUR, KEPT_S, Baseline, Fact, digest
from model.learning import learn, prune, reach, seen, teach
from model.past import Past, packed
from model.thresholds import Learning
from tests.model.made_facts import BATCHES, FACTS, NOW, take

ARN = "arn:aws:iam::{:012}:role/{}"


def learned(*batches) -> Baseline:
    """What batches of facts teach, pruned after each."""
    baseline = Baseline()
    for batch in batches:
        for fact in batch:
            take(baseline, fact)
        prune(baseline)
    return baseline


@settings(max_examples=60)
@given(BATCHES, st.randoms(use_true_random=False))
def test_neither_order_nor_batches_matter(batches, chance):
    facts = [fact for batch in batches for fact in batch]
    chance.shuffle(facts)
    assert learned(*batches, []) == learned(facts)


@settings(max_examples=30)
@given(st.lists(FACTS, max_size=40), st.randoms(use_true_random=False))
def test_answers_before_and_after_pruning_are_the_same(facts, chance):
    one, other = Baseline(), learned(facts)
    for fact in facts:
        take(one, fact)
    for fact in facts:
        hour = int(fact.time // HOUR)
        assert one.was_active(hour)
        assert other.was_active(hour)
        assert one.knows_target("arn:a", NOW) == other.knows_target("arn:a", NOW)
    assert one.counts() == other.counts()
    assert one.active_hours == other.active_hours == len(one.counts().active)
    assert one.first == other.first


@settings(max_examples=30)
@given(st.lists(FACTS, max_size=40))
def test_what_is_stored_is_what_was_known(facts):
    baseline = learned(facts)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(baseline), type=Baseline) == baseline


def test_days_packed_one_by_one_are_as_if_packed_at_once():
    chance = random.Random(4)
    daily, at_once = Baseline(), Baseline()
    for day in range(45):
        facts = [
            Fact(time=float(NOW + day * DAY + chance.randrange(DAY)), target=chance.choice([None, "arn:a"]))
            for _ in range(chance.randrange(12))
        ]
        for fact in facts:
            learn(daily, fact)
        for fact in sorted(facts, key=lambda fact: fact.time):
            learn(at_once, fact)
        prune(daily)
    assert daily == prune(at_once)
    assert 28 <= (daily.last - daily.first) / DAY <= 30.1
    assert daily.past == packed(Past(), copy.deepcopy(daily).counts(), daily.last)


def hostile(n: int, chance: random.Random) -> Fact:
    """Nothing is said twice, and everything is as long as it can be."""
    long = "𝔸" * 300
    return Fact(
        time=NOW - KEPT_S + n * KEPT_S / 8_000,
        target=f"{n}{long}",
        account=f"{n}{long}",
        denied=n % 7 == 0,
        network=f"{n}{long}",
        tool=f"{n}{long}",
        region=f"{n}{long}",
        duration=(1 << 31) - 1 - n,
        reached=(chance.getrandbits(63), chance.getrandbits(63)),
        depth=100_000 + n % 90,
        record=f"{n:040}" if n % 2 else long,
        after=f"{n}{long}",
        deed=f"{n:06}{'d' * 55}",
        read=(chance.getrandbits(32), chance.getrandbits(32)),
    )


def test_a_baseline_stays_under_64_kib_however_hostile_its_facts():
    chance = random.Random(3)
    baseline = Baseline()
    for n in range(8_000):
        fact = hostile(n, chance)
        reach(learn(baseline, fact), fact)
        seen(baseline, fact)
        if n % 100 == 0:
            teach(baseline, fact, fact.time + 90 * DAY)
    for n in range(7500):
        seen(baseline, Fact(time=NOW - 1.0 * n, target=f"{n}", record=f"{n:040}"))
    hour = baseline.last // HOUR
    baseline.active = {h: (1 << 31) - 1 - chance.randrange(1 << 30) for h in range(hour - 720, hour + 1)}
    baseline.quarters = {h * 4 + q: chance.randrange(1, 1 << 16) for h in baseline.active for q in range(4)}
    baseline.past = Past()
    prune(baseline)
    assert len(msgspec.msgpack.encode(baseline)) < 64 * 1024
    kept = (baseline.targets, baseline.accounts, baseline.networks, baseline.after, baseline.taught, baseline.recent)
    assert [len(each) for each in kept] == [750, 120, 40, 80, 100, 224]
    assert [len(each) for each in (baseline.deeds, baseline.read)] == [80, 80]


@settings(max_examples=20)
@given(
    st.lists(
        st.builds(
            Fact,
            time=st.floats(NOW - 40 * DAY, NOW + 40 * DAY),
            target=st.none() | st.text(max_size=2048),
            account=st.none() | st.text(max_size=300),
            network=st.none() | st.text(max_size=300),
            duration=st.none() | st.integers(-(10**30), 10**30),
            record=st.text(max_size=200),
            after=st.none() | st.text(max_size=300),
        ),
        max_size=60,
    )
)
def test_whatever_is_learned_can_be_stored(facts):
    baseline = learned(facts)
    assert len(msgspec.msgpack.encode(baseline)) < 64 * 1024


def ordinary() -> Baseline:
    """A month of working days, nine to five: five roles, two networks."""
    chance = random.Random(1)
    monday = NOW // DAY * DAY - 4 * DAY
    batches = [
        [
            Fact(
                time=float(monday - day * DAY + hour * HOUR + chance.randrange(HOUR)),
                target=ARN.format(111111111111, f"team-{chance.randrange(5)}") if n == 0 else None,
                account="111111111111",
                network=chance.choice(["192.0.2", "198.51.100"]),
                tool="aws-cli",
                region="eu-west-1",
                record="12345678-1234-1234-1234-123456789012",
            )
            for hour in range(9, 17)
            for n in range(chance.randrange(2, 20))
        ]
        for day in range(29, -1, -1)
        if day % 7 not in (2, 3)
    ]
    return learned(*batches)


def test_an_ordinary_month_takes_a_kilobyte():
    baseline = ordinary()
    assert baseline.active_hours > 160
    assert len(baseline.targets) == 5
    assert len(msgspec.msgpack.encode(baseline)) < 1024


def test_what_is_older_than_thirty_days_is_forgotten():
    baseline = Baseline()
    for day in range(60):
        learn(baseline, Fact(time=float(NOW + day * DAY), target=f"arn:{day}", network=f"net{day}", after=f"s3:{day}"))
    prune(baseline)
    assert len(baseline.targets) == len(baseline.after) == baseline.active_hours == 31
    assert "net0" not in baseline.networks
    assert not baseline.knows_target("arn:29", NOW + 60 * DAY)
    assert baseline.knows_target("arn:30", NOW + 60 * DAY)
    assert not baseline.has_called_after("s3:29", NOW + 60 * DAY)
    assert baseline.has_called_after("s3:30", NOW + 60 * DAY)
    assert KEPT_S <= baseline.last - baseline.first < KEPT_S + HOUR
    before = copy.deepcopy(baseline)
    assert learn(baseline, Fact(time=float(NOW), target="arn:old")) == before


@pytest.mark.parametrize(
    ("days", "hours", "mature"), [(14, 10, True), (13.9, 10, False), (14, 9, False), (30, 400, True), (0, 0, False)]
)
@pytest.mark.parametrize("stored", [False, True])
def test_maturity_takes_time_and_activity(days, hours, mature, stored):
    baseline = Baseline()
    for n in range(hours):
        learn(baseline, Fact(time=NOW - days * DAY + n * HOUR))
    assert (prune(baseline) if stored else baseline).mature(NOW, 14, 10) is mature


def test_an_hour_that_is_packed_and_gets_a_late_fact_is_one_hour():
    baseline = Baseline()
    for day in (20, 0):
        learn(baseline, Fact(time=float(NOW - day * DAY)))
    late = Fact(time=float(NOW - 20 * DAY + 60))
    assert learn(prune(baseline), late).active_hours == 2
    assert prune(baseline).counts().active[int(late.time // HOUR)] == 2


def test_a_denied_assumption_is_a_try_and_not_a_target():
    baseline = learn(Baseline(), Fact(time=float(NOW), target="arn:x", denied=True))
    assert baseline.has_tried("arn:x", NOW)
    assert not baseline.knows_target("arn:x", NOW)
    assert baseline.quarters == {}


def flooded(many: int, day: int = 1, again: float | None = None) -> Baseline:
    """Five roles of every day for 20 days, and many new ones on one day, `again` so many hours later."""
    baseline = Baseline()
    for past in range(20, 0, -1):
        for n in range(5):
            learn(baseline, Fact(time=float(NOW - past * DAY + n), target=f"arn:own{n}"))
    for n in range(many):
        learn(baseline, Fact(time=float(NOW - day * DAY + HOUR), target=f"arn:new{n}"))
        if again is not None:
            learn(baseline, Fact(time=NOW - day * DAY + HOUR + again * HOUR, target=f"arn:new{n}"))
    return baseline


def known_of(baseline: Baseline, name: str, many: int, **learning) -> int:
    return sum(baseline.knows_target(f"arn:{name}{n}", NOW, Learning(**learning)) for n in range(many))


@pytest.mark.parametrize(
    ("many", "again", "learning", "known"),
    [
        (4, None, {}, 4),
        (300, None, {}, 10),
        (300, None, {"new_a_day": 20}, 20),
        (300, None, {"new_a_day": 1, "new_share": 0.8}, 4),
        (300, 10, {}, 10),
        (300, 20, {}, 300),
    ],
)
@pytest.mark.parametrize("stored", [False, True])
def test_one_unnoticed_day_of_new_roles_teaches_a_days_share_and_the_day_after_the_rest(
    many, again, learning, known, stored
):
    baseline = flooded(many, 3, again)
    baseline = prune(baseline) if stored else baseline
    assert known_of(baseline, "new", many, **learning) == known
    assert known_of(baseline, "own", 5) == 5


def test_ten_new_roles_a_day_are_all_learned():
    baseline = flooded(0)
    for day in range(7):
        for n in range(10):
            learn(baseline, Fact(time=float(NOW - 8 * DAY + day * DAY + n), target=f"arn:drift{day * 10 + n}"))
    assert known_of(baseline, "drift", 70) == 70


def test_a_share_of_many_habits_is_more_than_ten():
    baseline = Baseline()
    for day in (9, 7):
        for n in range(200):
            learn(baseline, Fact(time=float(NOW - day * DAY + n), target=f"arn:own{n}"))
    for n in range(300):
        learn(baseline, Fact(time=float(NOW - DAY), target=f"arn:new{n}"))
    assert known_of(baseline, "new", 300) == 50


def test_what_people_vouch_for_is_known_until_then_however_full_the_day():
    baseline = flooded(300)
    fact = Fact(time=float(NOW - DAY), target="arn:new299", reached=(5, 6), depth=3)
    teach(baseline, fact, NOW + DAY)
    teach(baseline, fact, NOW - DAY)
    assert baseline.knows_target("arn:new299", NOW)
    assert baseline.has_reached(6, NOW)
    assert not baseline.has_reached(6, NOW + DAY)
    assert baseline.targets[digest("arn:new299")][1] <= NOW


def test_what_people_vouch_for_is_bounded_too():
    baseline = Baseline()
    for n in range(1000):
        teach(baseline, Fact(time=float(NOW), target=f"arn:{n}"), NOW + n)
    assert len(prune(baseline).taught) == 100
    assert baseline.knows_target("arn:999", NOW)


def test_it_wanders_only_when_two_days_have_shown_it():
    baseline = flooded(1200, 2)
    assert not baseline.wanders
    again = flooded(1200, 3, 24)
    assert prune(again).wanders
    assert len(again.targets) == 750


def test_calls_after_a_hop_are_counted_with_first_and_last():
    baseline = Baseline()
    for day in (3, 1, 2):
        learn(baseline, Fact(time=float(NOW - day * DAY), after="iam:CreateUser"))
    hours = [(NOW - day * DAY) // HOUR * HOUR for day in (3, 1)]
    assert baseline.after == {"iam:CreateUser": (*hours, 3)}
    assert baseline.has_called_after("iam:CreateUser", NOW)
    assert not baseline.has_called_after("iam:CreateRole", NOW)


def test_texts_that_are_cut_stay_apart():
    baseline = Baseline()
    for end in "ab":
        learn(baseline, Fact(time=float(NOW), network="é" * 200 + end, after="é" * 200 + end))
    assert len(baseline.networks) == 2
    assert all(len(name.encode()) <= 40 for name in baseline.networks)
    assert baseline.has_called_after("é" * 200 + "a", NOW)
    assert not baseline.has_called_after("é" * 200 + "c", NOW)


def test_digests_are_the_same_on_every_machine():
    assert digest("role") == 1730710723176922838
    assert digest("a") != digest("b")
    assert 0 <= digest("\ud800") < 2**63

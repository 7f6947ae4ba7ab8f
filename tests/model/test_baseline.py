import copy
import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.baseline import (
    DAY,
    HOUR,
    KEPT_S,
    Baseline,
    Fact,
    RoleUse,
    count,
    digest,
    hour_spread,
    learn,
    prune,
    prune_use,
    quarter_spread,
    reach,
    seen,
    use,
    window,
)

NOW = 1_790_000_000
FACTS = st.builds(
    Fact,
    time=st.integers(NOW - 29 * DAY, NOW).map(float),
    target=st.none() | st.sampled_from(["arn:a", "arn:b", "arn:c"]),
    account=st.sampled_from(["111111111111", "222222222222"]),
    denied=st.booleans(),
    network=st.none() | st.sampled_from(["192.0.2", "198.51.100"]),
    tool=st.none() | st.just("boto3"),
    region=st.none() | st.just("eu-west-1"),
    duration=st.none() | st.sampled_from([900, 3600]),
    reached=st.tuples() | st.just((5, 6)),
    depth=st.integers(0, 4),
    record=st.text("abc", max_size=3),
)


def learned(facts) -> Baseline:
    baseline = Baseline()
    for fact in facts:
        reach(learn(baseline, fact), fact)
    return prune(baseline)


@settings(max_examples=60, deadline=None)
@given(st.lists(FACTS, max_size=40), st.randoms(use_true_random=False))
def test_the_order_within_a_batch_does_not_matter(facts, chance):
    shuffled = facts[:]
    chance.shuffle(shuffled)
    assert learned(facts) == learned(shuffled)


@settings(max_examples=40, deadline=None)
@given(st.lists(FACTS.filter(lambda fact: fact.target), max_size=60), st.randoms(use_true_random=False))
def test_the_windows_do_not_depend_on_the_order_either(facts, chance):
    shuffled = facts[:]
    chance.shuffle(shuffled)
    one, other = Baseline(), Baseline()
    for fact in facts:
        seen(one, fact)
    for fact in shuffled:
        seen(other, fact)
    assert one.recent == other.recent


@settings(max_examples=40, deadline=None)
@given(st.lists(FACTS, max_size=40))
def test_what_is_stored_is_what_was_known(facts):
    baseline = Baseline()
    for fact in facts:
        learn(baseline, fact)
        seen(baseline, fact)
    prune(baseline)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(baseline), type=Baseline) == baseline


def test_a_baseline_stays_under_64_kib_however_busy():
    chance = random.Random(3)
    baseline = Baseline()
    for n in range(40_000):
        fact = Fact(
            time=NOW - KEPT_S + n * KEPT_S / 40_000,
            target=f"arn:aws:iam::{n % 900:012}:role/{'long/' * 40}{n % 3000}",
            account=f"{n % 900:012}",
            denied=n % 7 == 0,
            network=f"{n % 9000}.1.2",
            tool=f"tool-{n}"[:40].ljust(40, "x"),
            region=f"region-{n % 500}",
            duration=900 + n % 4000,
            reached=(chance.getrandbits(63), chance.getrandbits(63)),
            depth=n % 30,
            record="12345678-1234-1234-1234-123456789012",
        )
        reach(learn(baseline, fact), fact)
        seen(baseline, fact)
    assert len(msgspec.msgpack.encode(prune(baseline))) < 64 * 1024
    assert baseline.wanders


def test_what_is_older_than_thirty_days_is_forgotten():
    baseline = Baseline()
    for day in range(60):
        learn(baseline, Fact(time=float(NOW + day * DAY), target=f"arn:{day}", network=f"net{day}"))
    prune(baseline)
    assert len(baseline.targets) == 31
    assert "net0" not in baseline.networks
    assert not baseline.knows_target("arn:29", NOW + 60 * DAY)
    assert baseline.knows_target("arn:30", NOW + 60 * DAY)
    assert KEPT_S <= baseline.last - baseline.first < KEPT_S + HOUR
    before = copy.deepcopy(baseline)
    assert learn(baseline, Fact(time=float(NOW), target="arn:old")) == before


@pytest.mark.parametrize(
    ("days", "hours", "mature"), [(14, 10, True), (13.9, 10, False), (14, 9, False), (30, 400, True), (0, 0, False)]
)
def test_maturity_takes_time_and_activity(days, hours, mature):
    baseline = Baseline()
    for n in range(hours):
        learn(baseline, Fact(time=NOW - days * DAY + n * HOUR))
    assert baseline.mature(NOW, 14, 10) is mature


def test_a_denied_assumption_is_a_try_and_not_a_target():
    baseline = learn(Baseline(), Fact(time=float(NOW), target="arn:x", denied=True))
    assert baseline.has_tried("arn:x", NOW)
    assert not baseline.knows_target("arn:x", NOW)
    assert baseline.assumed == {}


def test_means_and_deviations_leave_the_running_window_out():
    baseline = Baseline()
    for day, many in ((3, 2), (2, 4), (1, 6), (0, 50)):
        for _ in range(many):
            learn(baseline, Fact(time=float(NOW - day * DAY), target="arn:x"))
    usual = quarter_spread(baseline, NOW)
    assert (usual.slots, usual.mean) == (3, 4.0)
    assert usual.sigma == pytest.approx((8 / 3) ** 0.5)
    assert hour_spread(baseline, NOW, 2).slots == 2
    assert hour_spread(Baseline(), NOW, 7) == (0, 0.0, 0.0)


def test_windows_are_exact_at_both_ends():
    baseline = Baseline()
    for time in (0.0, 10.0, 20.0, 30.0):
        seen(baseline, Fact(time=NOW + time, target="arn:x"))
    assert [entry.time - NOW for entry in window(baseline, NOW + 10, NOW + 30)] == [20, 30]
    assert count(baseline, NOW - 1, NOW + 20) == 3


def test_beyond_what_is_kept_one_by_one_minutes_count():
    baseline = Baseline()
    for n in range(2000):
        seen(baseline, Fact(time=float(NOW + n), target="arn:x"))
    assert 1990 <= count(baseline, NOW - 1, NOW + 2000) <= 2000
    assert len(baseline.recent) == 224
    assert count(baseline, NOW + 1899, NOW + 2000) == 100


def test_who_uses_a_role_is_kept_with_the_last_time():
    role = RoleUse()
    for n in range(500):
        use(role, f"caller{n % 250}", NOW + n)
    prune_use(role)
    assert len(role.callers) == 200
    assert role.callers["caller249"] == NOW + 499
    assert sum(role.hours.values()) == 500
    assert use(role, "late", NOW - KEPT_S - DAY).callers.get("late") is None


def test_digests_are_the_same_on_every_machine():
    assert digest("role") == 1730710723176922838
    assert digest("a") != digest("b")
    assert 0 <= digest("\ud800") < 2**63

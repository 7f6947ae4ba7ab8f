import random
from functools import reduce

from hypothesis import given, settings
from hypothesis import strategies as st

from model.baseline import Baseline, Fact
from model.learning import prune, teach
from model.merging import merge, merge_peers, merge_use
from model.peer_use import PeerUse, learn_peer, prune_peer
from model.role_use import RoleUse, attempt, prune_use, use
from tests.model.made_facts import FACTS, NOW, take

LISTS = st.lists(FACTS, max_size=25)
MEMBERS = st.sampled_from(["m1", "m2", "m3", "m4"])
MEMBER_LISTS = st.lists(st.tuples(MEMBERS, FACTS), max_size=25)


def learned(facts) -> Baseline:
    baseline = Baseline()
    for fact in facts:
        take(baseline, fact)
        if fact.record == "a":
            teach(baseline, fact, NOW + 9)
    return prune(baseline)


def used(facts) -> RoleUse:
    role = RoleUse()
    for fact in facts:
        (attempt if fact.denied else use)(role, fact.network or "x", fact.time, fact.target or "y")
    return prune_use(role)


def shared(facts) -> PeerUse:
    peer = PeerUse()
    for member, fact in facts:
        learn_peer(peer, member, fact)
    return prune_peer(peer)


@settings(max_examples=60)
@given(LISTS, LISTS, LISTS)
def test_baselines_join_in_any_grouping_into_that_of_all_facts(one, two, three):
    a, b, c = learned(one), learned(two), learned(three)
    assert merge(a, merge(b, c)) == merge(merge(a, b), c) == learned([*one, *two, *three])
    assert merge(a, b) == merge(b, a)
    assert merge(a, Baseline()) == merge(Baseline(), a) == a


@settings(max_examples=60)
@given(LISTS, LISTS, LISTS)
def test_roles_use_joins_the_same_way(one, two, three):
    a, b, c = used(one), used(two), used(three)
    assert merge_use(a, merge_use(b, c)) == merge_use(merge_use(a, b), c) == used([*one, *two, *three])
    assert merge_use(a, b) == merge_use(b, a)
    assert merge_use(a, RoleUse()) == merge_use(RoleUse(), a) == a


@settings(max_examples=60)
@given(MEMBER_LISTS, MEMBER_LISTS, MEMBER_LISTS)
def test_groups_join_the_same_way(one, two, three):
    a, b, c = shared(one), shared(two), shared(three)
    assert merge_peers(a, merge_peers(b, c)) == merge_peers(merge_peers(a, b), c) == shared([*one, *two, *three])
    assert merge_peers(a, b) == merge_peers(b, a)
    assert merge_peers(a, PeerUse()) == merge_peers(PeerUse(), a) == a


def test_what_outgrew_its_bound_keeps_the_same_things_in_any_grouping():
    """Only when a thing was first seen may be told later."""
    chance = random.Random(5)
    parts = [
        learned(
            Fact(time=float(NOW - chance.randrange(20 * 86_400)), target=f"arn:{n}", network=f"net{n}")
            for n in (chance.randrange(1500) for _ in range(900))
        )
        for _ in range(4)
    ]
    ways = [reduce(merge, parts), reduce(merge, parts[::-1]), merge(merge(*parts[:2]), merge(*parts[2:]))]
    kept = [[{key: last for key, (_, last) in each.items()} for each in (way.targets, way.networks)] for way in ways]
    assert kept[0] == kept[1] == kept[2]
    assert ways[0].counts() == ways[1].counts()


def test_neither_is_changed_by_joining():
    one, other = learned([Fact(time=float(NOW), target="arn:a", after="s3:x")]), learned([Fact(time=NOW - 9.0)])
    before = repr((one, other))
    merge(one, other)
    assert repr((one, other)) == before

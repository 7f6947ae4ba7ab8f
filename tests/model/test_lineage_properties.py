from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from model.chain import DEEPEST
from model.session import HOP_S, SLACK_S
from tests.model.lineage_world import START, Told, parsed, steps

FEW = settings(deadline=None, max_examples=150)


def told(records):
    world = Told()
    world.poll(parsed(*records), START)
    return world.end()


def same(one, other):
    return (one.role_arn, one.session_name) == (other.role_arn, other.session_name)


@given(steps(), st.randoms())
@FEW
def test_any_order_gives_the_same_assumptions_and_the_same_lineages(records, chance):
    other = chance.sample(records, k=len(records))
    assert told(other).lineages() == told(records).lineages()


@given(steps(most=25))
@FEW
def test_no_chain_has_a_cycle_or_a_hop_before_its_parent_or_after_its_end(records):
    """A session that made itself anew takes its own place in the chain, and so may outlive the hop before it."""
    world = told(records)
    every = [made for made in world.given.values() if not made.denied]
    for record, made in world.given.items():
        chain = world.book.by_record(record) if not made.denied else world.book.of(made)
        hops = chain.hops
        assert len({hop.records for hop in hops}) == len(hops) <= min(chain.depth, DEEPEST)
        for earlier, later in pairwise(hops):
            assert earlier.time - SLACK_S <= later.time
            first = min(each.time for each in every if same(each, later) and each.time >= earlier.time - SLACK_S)
            assert first <= earlier.time + HOP_S + 60


@given(steps(most=16), st.lists(st.integers(0, 200), min_size=1, max_size=6), st.randoms())
@FEW
def test_a_restart_between_any_two_polls_changes_nothing(records, pauses, chance):
    every = parsed(*chance.sample(records, k=len(records)))
    cuts = sorted(chance.choices(range(len(every) + 1), k=len(pauses)))
    polls = [every[a:b] for a, b in pairwise([0, *cuts, len(every)])]
    straight, restarted = Told(), Told()
    now = START
    for poll, pause in zip(polls, [*pauses, 0], strict=True):
        now += pause
        straight.poll(poll, now)
        restarted.poll(poll, now)
        restarted.restart()
    assert restarted.end().said == straight.end().said
    assert restarted.lineages() == straight.lineages()

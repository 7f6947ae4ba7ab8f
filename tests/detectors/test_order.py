import random
import time

import msgspec
import pytest

from detectors.order import in_order
from model.assumption import ApiCall
from tests.detectors.test_rootless import ALICE, START, acting, made


def call(role: str, at: float, record: str = "call") -> ApiCall:
    return ApiCall(
        record=record,
        time=START + at,
        caller=acting(role),
        caller_key=f"ASIA{role}KEY0",
        caller_session=None,
        source="ec2.amazonaws.com",
        name="DescribeInstances",
        error=None,
        source_ip=None,
        user_agent=None,
        region=None,
        read_only=True,
    )


CHAIN = [made(ALICE, "a", 0), made(acting("a"), "b", 0), made(acting("b"), "c", 0), call("c", 0)]


def test_by_time():
    items = [call("a", 3, "3"), made(ALICE, "a", 1), call("a", 2, "2")]
    assert [item.time - START for item in in_order(items)] == [1, 2, 3]


@pytest.mark.parametrize("seed", range(12))
def test_within_a_second_who_made_a_session_comes_before_who_used_it(seed):
    items = random.Random(seed).sample(CHAIN, k=len(CHAIN))
    assert list(in_order(items)) == CHAIN


def test_a_session_is_known_by_its_name_where_there_is_no_key():
    keyless = msgspec.structs.replace(CHAIN[1], caller_key=None, caller_session=f"{made(ALICE, 'a', 0).role_id}:a")
    assert list(in_order([keyless, CHAIN[0]])) == [CHAIN[0], keyless]


def test_a_denied_attempt_made_no_session():
    denied = msgspec.structs.replace(CHAIN[0], denied=True, records=("z",))
    assert list(in_order([denied, CHAIN[1]])) == [CHAIN[1], denied]


def test_assumptions_that_made_each_other_are_each_given_once():
    items = [made(acting("a"), "b", 0), made(acting("b"), "a", 0), made(acting("a"), "a", 0)]
    assert sorted(item.records for item in in_order(items)) == sorted(item.records for item in items)


def test_a_long_chain_within_one_second_costs_its_length():
    def took(length: int) -> float:
        items = [made(acting(f"r{n}"), f"r{n + 1}", 0) for n in range(length)]
        random.Random(1).shuffle(items)
        began = time.thread_time()
        assert [item.role_arn for item in in_order(items)][-1].endswith(f"r{length}")
        return time.thread_time() - began

    assert min(took(4000) for _ in range(3)) < 40 * min(took(400) for _ in range(3))

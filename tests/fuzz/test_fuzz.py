"""A short run of the fuzzer, and of hypothesis over the same rules; `make fuzz` runs it for long."""

import gzip
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.cloudtrail import CloudTrailRecord
from tests.fuzz.__main__ import failure, shrunk
from tests.fuzz.__main__ import given as body_of
from tests.fuzz.bodies import MARK, SECRET
from tests.fuzz.held import hold
from tests.model.records import dumped, record

NAMES = [*record(), "Records", "detail", "detail-type", "Message", "CloudTrailEvent", "principalid", "x"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=12,
)


@pytest.mark.parametrize("seed", range(4))
def test_every_rule_holds_for_bodies_made_at_random(seed: int) -> None:
    for number in range(250):
        body, marks = body_of(seed, number)
        assert failure(body, marks) == "", body


def test_bodies_made_at_random_hold_records() -> None:
    items = [item for number in range(200) for item in hold(body_of(5, number)[0])]
    assert 0.3 < sum(isinstance(item, CloudTrailRecord) for item in items) / 200 < 5


def test_the_rules_see_a_secret_that_is_kept() -> None:
    assert failure(dumped(record(awsRegion=SECRET)), (MARK.encode(),)).endswith("a secret is kept")


def test_a_reproducer_is_made_short() -> None:
    assert shrunk(b"x" * 500 + b"needle" + b"y" * 500, lambda body: b"needle" in body) == b"needle"


@given(st.binary(max_size=300))
@settings(max_examples=40)
def test_no_bytes_raise(data: bytes) -> None:
    for body in (data, b"\x1f\x8b" + data, gzip.compress(data), b'{"Records":[' + dumped(record()) + b"," + data):
        hold(body)


@given(JSON)
@settings(max_examples=60)
def test_no_json_breaks_a_rule(value: object) -> None:
    hold(json.dumps(value).encode())


@given(st.dictionaries(st.sampled_from(NAMES), JSON, max_size=8))
@settings(max_examples=60)
def test_no_record_breaks_a_rule(fields: dict[str, object]) -> None:
    hold(dumped(record() | fields))

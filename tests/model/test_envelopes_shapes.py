"""Each odd shape through each carrier: what comes out is the same, and is stated."""

import msgspec
import pytest

from model.cloudtrail import CloudTrailRecord, Unparsed
from model.envelopes import unwrap
from model.identities import identity_of
from model.sts import assumption, call
from tests.model.carried import ACCOUNT, BESIDE, SOURCE, TIME, WAYS, Way
from tests.model.shapes import BASE, SHAPES, TIMELESS, Shape, told


def enveloped(way: Way) -> dict[str, str]:
    return {"envelope_account": ACCOUNT, "envelope_source": SOURCE} if way.event else {}


def one(shape: Shape, way: Way) -> CloudTrailRecord | Unparsed:
    """What comes out for the shape; what stands beside it comes out whole."""
    found = list(unwrap(way.carry(shape.body)))
    if way.beside:
        assert list(unwrap(BESIDE)) == found[1:]
        return found[0]
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_shape_gives_the_same_values_whatever_carries_it(shape: Shape) -> None:
    for name, way in WAYS.items():
        found = one(shape, way)
        if isinstance(found, Unparsed):
            assert (found.reason, {}) == (shape.reason, shape.told), name
            continue
        assert told(found) == shape.told | enveloped(way), name
        msgspec.msgpack.encode((found, identity_of(found).key, call(found).time, assumption(found) is None))


@pytest.mark.parametrize("shape", TIMELESS.values(), ids=TIMELESS)
def test_only_an_event_dates_a_record_without_a_time(shape: Shape) -> None:
    for name, way in WAYS.items():
        found = one(shape, way)
        if isinstance(found, Unparsed):
            assert (found.reason, way.event) == (shape.reason, False), name
        else:
            assert told(found) == shape.told | enveloped(way) | {"event_time": TIME}, name


def test_the_plain_record_is_read_whole() -> None:
    (found,) = unwrap(SHAPES["as AWS writes it"].body)
    assert told(found) == BASE

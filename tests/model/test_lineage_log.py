import msgspec
from hypothesis import given, settings

from model.assumed import Given, Minted, Principal, Told, Voice, decode, encode
from model.assumption import Copy
from model.identity import Identity, Kind
from tests.model.lineage_world import START, parsed, steps
from tests.model.lineage_world import Told as World
from tests.model.records import assume
from tests.model.test_lineage_chain import ORIGIN, hop

ITEMS = [
    Given(hop("a"), ("shared-1",), 1),
    Told(Copy("r2", "r0", "AssumeRole", caller=ORIGIN, caller_key="K"), ("shared-1 a",), 1),
    Told(Copy("r3", "r0", "AssumeRole"), ("shared-1 a",), 1),
    Principal(Identity(key="role:2", kind=Kind.ROLE, arn="arn", unique_id="AROA2", session_name="s"), 5.0),
    Voice("222222222222", False, 6.0),
]


def test_what_was_logged_is_read_again():
    assert decode(encode(ITEMS)) == ITEMS


def test_nothing_is_nothing():
    assert encode([]) == b""
    assert decode(b"") == []


def test_an_identity_stands_in_a_batch_once():
    many = [Given(hop("a", number), (), 1) for number in range(50)]
    assert encode(many).count(ORIGIN.key.encode()) == 1
    assert {id(item.made.caller) for item in decode(encode(many))} == {id(decode(encode(many))[0].made.caller)}


def test_a_kind_of_item_that_is_not_known_is_passed_over():
    batch = msgspec.msgpack.decode(encode(ITEMS))
    batch[1].insert(1, [99, "of a later version"])
    assert decode(msgspec.msgpack.encode(batch)) == ITEMS


def test_a_field_that_is_not_known_is_passed_over():
    batch = msgspec.msgpack.decode(encode(ITEMS))
    batch[1][4].append("of a later version")
    batch[0][0].append("of a later version")
    assert decode(msgspec.msgpack.encode(batch)) == ITEMS


def test_a_kind_of_identity_that_is_not_known_is_unknown():
    batch = msgspec.msgpack.decode(encode(ITEMS[:1]))
    batch[0][0][1] = "robot"
    assert decode(msgspec.msgpack.encode(batch))[0].made.caller.kind is Kind.UNKNOWN


@given(steps())
@settings(deadline=None, max_examples=50)
def test_everything_that_is_logged_can_be_read(records):
    world = World()
    world.poll(parsed(*records), START)
    ((_, batch),) = world.log
    again = decode(batch)
    assert decode(encode(again)) == again
    assert sum(isinstance(item, Given | Minted) for item in again) <= len(records)


def test_no_secret_and_no_user_agent_is_logged():
    world = World()
    world.poll(parsed(assume(eventID="a", userAgent="a-curious-agent")), START)
    ((_, batch),) = world.log
    assert b"ASIADEPLOY0000000001" in batch
    assert b"SECRET" not in batch
    assert b"curious" not in batch

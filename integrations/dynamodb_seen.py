"""Record ids in DynamoDB: packed, one item for each record hour and entry."""

import struct
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from integrations.dynamodb_calls import Action, Calls
from integrations.dynamodb_table import digits, key
from model.errors import Malformed
from model.journal import packed, unpacked

MOST_IDS = 150_000
"""Of one entry: with its other items they stay under the 4 MB of a transaction."""
HOURS = 60
"""Record hours of one entry with items of their own; the rest, from late or made-up times, share one."""
IDS_OF_AN_ITEM = 40_000
PAIRS_OF_AN_ITEM = 20_000
ODD = "seen#odd"


def seen_actions(number: int, ids: Mapping[int, Sequence[int]], expires: int) -> list[Action]:
    """The actions that keep an entry's record ids: at most 72. Raises Malformed for more ids than one entry holds."""
    total = sum(len(some) for some in ids.values())
    if total > MOST_IDS:
        raise Malformed(f"store: {total:,} records in one entry; DynamoDB takes {MOST_IDS:,}: commit more often")
    fullest = sorted(ids, key=lambda hour: -len(ids[hour]))
    kept = [_put(f"seen#{hour}", number, bodies) for hour in fullest[:HOURS] if (bodies := _bodies(ids[hour]))]
    pairs = [(hour, one) for hour in fullest[HOURS:] for one in ids[hour]]
    odd = [_pairs(pairs[at : at + PAIRS_OF_AN_ITEM]) for at in range(0, len(pairs), PAIRS_OF_AN_ITEM)]
    actions = [*chain.from_iterable(kept), *_put(ODD, number, odd)]
    for action in actions:
        action["Put"]["Item"]["expires"] = {"N": str(expires)}
    return actions


def seen_ids(calls: Calls, hour: int) -> Iterator[int]:
    """Ids of the records of an hour."""
    for item in calls.query(f"seen#{hour}"):
        yield from unpacked(bytes(item["ids"]["B"]))
    for item in calls.query(ODD):
        yield from (one for of, one in struct.iter_unpack("<qq", bytes(item["ids"]["B"])) if of == hour)


def _bodies(ids: Sequence[int]) -> list[bytes]:
    return [packed(ids[at : at + IDS_OF_AN_ITEM]) for at in range(0, len(ids), IDS_OF_AN_ITEM)]


def _pairs(pairs: Sequence[tuple[int, int]]) -> bytes:
    return packed(tuple(chain.from_iterable(pairs)))


def _put(pk: str, number: int, bodies: Sequence[bytes]) -> list[Action]:
    return [
        {"Put": {"Item": {**key(pk, f"{digits(number)}#{at}"), "ids": {"B": body}}}} for at, body in enumerate(bodies)
    ]

"""Bodies of any size: in the item where they fit, else in parts that mean nothing until an item names them."""

from uuid import uuid4

from integrations.dynamodb_calls import Calls
from integrations.dynamodb_table import Item, key, number_of
from model.errors import Malformed

INLINE = 350_000
"""Bytes of a body; an item holds 400 KB, keys and all (DynamoDB)."""
LINGER_S = 7 * 86_400
"""Parts outlive what names them."""


def place_body(calls: Calls, body: bytes, expires: int) -> Item:
    """The attributes that hold or name the body; its parts are written first. `expires` as in DynamoDB's TTL."""
    if len(body) <= INLINE:
        return {"body": {"B": body}}
    token = uuid4().hex
    pieces = [body[at : at + INLINE] for at in range(0, len(body), INLINE)]
    until = {"expires": {"N": str(expires + LINGER_S)}}
    for at, piece in enumerate(pieces):
        calls.put({**key(f"part#{token}", f"{at:06d}"), "body": {"B": piece}, **until})
    return {"part": {"S": token}, "parts": {"N": str(len(pieces))}}


def body_of(calls: Calls, item: Item) -> bytes:
    """The item's body. Raises Malformed where a part is gone."""
    if "part" not in item:
        return bytes(item["body"]["B"])
    pieces = [bytes(piece["body"]["B"]) for piece in calls.query(f"part#{item['part']['S']}")]
    if len(pieces) != number_of(item, "parts"):
        raise Malformed(f"store: a part of it is gone from table {calls.table}: restore a backup, or learn again")
    return b"".join(pieces)


def drop_parts(calls: Calls, item: Item) -> None:
    """Remove the parts that an item named."""
    for at in range(number_of(item, "parts")):
        calls.delete(f"part#{item['part']['S']}", f"{at:06d}")

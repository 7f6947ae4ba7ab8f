"""The store's DynamoDB table: its shape, and how strangers' words become keys."""

from hashlib import blake2b
from typing import Any

from model.errors import Malformed

Item = dict[str, dict[str, Any]]
"""An item as DynamoDB writes it: attribute, type, value."""

MOST_KEY_BYTES = 1000
"""DynamoDB takes 1,024 in a sort key; one byte says what it is."""


def table_definition(name: str) -> dict[str, Any]:
    """What CreateTable is told. UpdateTimeToLive has to name the attribute `expires` afterwards."""
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    }


def missing(name: str) -> Malformed:
    """There is no such table."""
    return Malformed(f"HOPSTOP_STORE: AWS knows no table {name} in this region: create it (docs/operations.md)")


def other_keys(name: str) -> Malformed:
    """The table was made for something else."""
    return Malformed(
        f"HOPSTOP_STORE: the keys of table {name} are not pk and sk, both strings: name another table, or create one"
        " (docs/operations.md)"
    )


def key(pk: str, sk: str) -> Item:
    """An item's key."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def digits(number: int) -> str:
    """A number as a sort key that sorts as numbers do."""
    return f"{number:019d}"


def short(text: str) -> str:
    """A digest that stands for a text in a key."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()


def named(text: str) -> tuple[str, Item]:
    """A stranger's text as a sort key, and the attribute that keeps it where the key only stands for it."""
    if text.isascii() and text.isprintable() and len(text) <= MOST_KEY_BYTES:
        return f"={text}", {}
    return f"#{short(text)}", {"text": {"B": text.encode("utf-8", "surrogatepass")}}


def name_of(item: Item) -> str:
    """The text that `named` made the item's sort key of."""
    if "text" in item:
        return bytes(item["text"]["B"]).decode("utf-8", "surrogatepass")
    return str(item["sk"]["S"])[1:]


def number_of(item: Item, attribute: str) -> int:
    """A number of an item; 0 where it has none."""
    return int(item.get(attribute, {"N": "0"})["N"])

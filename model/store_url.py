"""Where the store is, as the setting HOPSTOP_STORE says it."""

import re
from typing import Literal

from model.errors import Malformed

Kind = Literal["sqlite", "dynamodb"]

# A table's name, as DynamoDB takes it.
_TABLE = re.compile(r"dynamodb://([A-Za-z0-9_.-]{3,255})", re.ASCII)


def store_of(url: str) -> tuple[Kind, str]:
    """The path of `sqlite:///relative.db` or `sqlite:////absolute.db`, or the table of `dynamodb://table`.

    Raises Malformed for anything else.
    """
    path = url.removeprefix("sqlite:///")
    if path not in {url, ""}:
        return "sqlite", path
    table = _TABLE.fullmatch(url)
    if table:
        return "dynamodb", table[1]
    raise Malformed("HOPSTOP_STORE is not a store that is known; write sqlite:///hopstop.db or dynamodb://table")

"""Condition operators, by family, with what stands around them: `ForAllValues:`, `Not`, `IfExists`."""

import re
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple


class Family(StrEnum):
    """What is compared, and how."""

    EQUALS = "string"
    EQUALS_IGNORING_CASE = "string, whatever its case"
    LIKE = "pattern"
    NUMBER = "number"
    DATE = "date"
    BOOL = "bool"
    BINARY = "binary"
    IP = "address"
    ARN = "ARN"
    NULL = "null"


class Each(StrEnum):
    """Which values of a key must fit."""

    ALL = "ForAllValues"
    ANY = "ForAnyValue"


class Operator(NamedTuple):
    """One operator. `order` is `<`, `<=`, `>`, `>=` or `=`."""

    text: str
    family: Family
    order: str = "="
    is_negated: bool = False
    if_exists: bool = False
    each: Each | None = None


def _orders(word: str, family: Family) -> dict[str, tuple[Family, str, bool]]:
    names = {"Equals": "=", "LessThan": "<", "LessThanEquals": "<=", "GreaterThan": ">", "GreaterThanEquals": ">="}
    found = {f"{word}{name}".lower(): (family, order, False) for name, order in names.items()}
    return found | {f"{word}NotEquals".lower(): (family, "=", True)}


_KNOWN: dict[str, tuple[Family, str, bool]] = {
    "stringequals": (Family.EQUALS, "=", False),
    "stringnotequals": (Family.EQUALS, "=", True),
    "stringequalsignorecase": (Family.EQUALS_IGNORING_CASE, "=", False),
    "stringnotequalsignorecase": (Family.EQUALS_IGNORING_CASE, "=", True),
    "stringlike": (Family.LIKE, "=", False),
    "stringnotlike": (Family.LIKE, "=", True),
    **_orders("Numeric", Family.NUMBER),
    **_orders("Date", Family.DATE),
    "bool": (Family.BOOL, "=", False),
    "binaryequals": (Family.BINARY, "=", False),
    "ipaddress": (Family.IP, "=", False),
    "notipaddress": (Family.IP, "=", True),
    "arnequals": (Family.ARN, "=", False),
    "arnlike": (Family.ARN, "=", False),
    "arnnotequals": (Family.ARN, "=", True),
    "arnnotlike": (Family.ARN, "=", True),
    "null": (Family.NULL, "=", False),
}
_SHAPE = re.compile(r"(?:(ForAllValues|ForAnyValue):)?([a-z]+?)(IfExists)?", re.IGNORECASE)


@lru_cache(maxsize=1024)
def operator(text: str) -> Operator | None:
    """The operator of that name, in any case; None where IAM has none."""
    found = _SHAPE.fullmatch(text)
    if found is None or found[2].lower() not in _KNOWN:
        return None
    family, order, is_negated = _KNOWN[found[2].lower()]
    if family is Family.NULL and (found[1] or found[3]):
        return None
    each = None if found[1] is None else Each.ALL if found[1].lower() == "forallvalues" else Each.ANY
    return Operator(text, family, order, is_negated, bool(found[3]), each)

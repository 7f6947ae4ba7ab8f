"""The service control policies that people prepare for hopstop, and what each of them denies. Pure.

The list of people is ours only where writing anew what it says gives the same document; whatever else somebody wrote
there stays as it is, and nothing is done.
"""

import json
from collections.abc import Iterable
from typing import Any

from model.frozen import Frozen

SCP_QUOTA = 5_120
"""Characters of one SCP, white space not counted where it is saved without (AWS)."""
NOBODY = "nobody"
"""What stands in the list of people while nobody is denied: a condition needs a value."""
_PEOPLE = "HopstopPeople"


class ScpState(Frozen):
    """An SCP as Organizations has it: its document, and whether it is attached to a root."""

    document: str
    everywhere: bool


def people_document(people: Iterable[str]) -> str:
    """The SCP that denies these people of Identity Center everything, as compact JSON."""
    names = sorted({*people} - {NOBODY}) or [NOBODY]
    condition = {"StringEquals": {"identitystore:UserId": names}}
    statement = {"Sid": _PEOPLE, "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, separators=(",", ":"))


def people_of(document: str) -> tuple[str, ...] | None:
    """Whom the list denies; None where somebody else wrote it."""
    try:
        given = json.loads(document)
        names = given["Statement"][0]["Condition"]["StringEquals"]["identitystore:UserId"]
        listed = [names] if isinstance(names, str) else list(names)
        if not all(isinstance(name, str) for name in listed):
            return None
        found = tuple(sorted({*listed} - {NOBODY}))
        return found if json.loads(people_document(found)) == _sorted(given, listed) else None
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        return None


def _sorted(given: Any, listed: list[str]) -> Any:
    given["Statement"][0]["Condition"]["StringEquals"]["identitystore:UserId"] = sorted({*listed})
    return given


def is_quarantine(document: str) -> bool:
    """Whether a policy denies everything to everybody but principals that it names by ARN, in whatever words."""
    try:
        statements = json.loads(document)["Statement"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    each = statements if isinstance(statements, list) else [statements]
    return any(isinstance(one, dict) and _stops(one) for one in each)


def _stops(statement: dict[str, Any]) -> bool:
    fields = {*statement} <= {"Sid", "Effect", "Action", "Resource", "Condition"}
    everything = all(statement.get(field) in ("*", ["*"]) for field in ("Action", "Resource"))
    return fields and everything and statement.get("Effect") == "Deny" and _spares_named(statement.get("Condition"))


def _spares_named(condition: Any) -> bool:
    if condition is None:
        return True
    operators = {"ArnNotLike", "ArnNotEquals"}
    if not isinstance(condition, dict) or not {*condition} <= operators or not condition:
        return False
    return all(isinstance(keys, dict) and {*keys} == {"aws:PrincipalArn"} for keys in condition.values())

"""The deny policies that hopstop writes, and what each of them denies. Pure.

A document is ours only where writing anew what it says gives the same document: one character of somebody else's, and
it is somebody else's.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from model.frozen import Frozen

ROLE_QUOTA, USER_QUOTA = 10_240, 2_048
"""Characters of all inline policies of a role or a user together, white space not counted (AWS)."""

_DENY = "HopstopContainment"
_SOURCE = "HopstopSourceIdentity"
_WINDOW = "HopstopWindow"


class Denial(Frozen):
    """What one policy of ours denies: everything, to those whom it names.

    `cut`: only sessions minted before it (AWS: `aws:TokenIssueTime`, whole seconds UTC); None: whenever they were
    minted, and long-term keys as well. `sessions` (`role id:session name`, as `aws:userid` has them) and
    `source_identity` say whose; both empty: everybody's. `since`: besides these, every session that was minted from
    then until the cut, whatever its name, since whoever still held a parent chose that name.
    """

    cut: datetime | None = None
    sessions: tuple[str, ...] = ()
    source_identity: str = ""
    since: datetime | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether it denies some sessions only."""
        return bool(self.sessions or self.source_identity)

    def denies(self, session: str, issued: datetime | None, source_identity: str = "") -> bool:
        """Whether a session (`role id:session name`) minted then is denied; long-term keys have no such time."""
        if self.cut is not None and (issued is None or issued >= self.cut):
            return False
        named = session in self.sessions or bool(source_identity and source_identity == self.source_identity)
        late = self.since is not None and issued is not None and issued >= self.since
        return named or late or not self.is_narrow


def document_of(denial: Denial) -> str:
    """The policy as compact JSON."""
    return json.dumps({"Version": "2012-10-17", "Statement": [*_statements(denial)]}, separators=(",", ":"))


def denial_of(document: str) -> Denial | None:
    """What a document of ours denies; None where it is not exactly one that `document_of` makes."""
    try:
        given = json.loads(document)
        found = _read(given["Statement"])
        return found if json.loads(document_of(found)) == given else None
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        return None


def merged(one: Denial, other: Denial) -> Denial:
    """What denies all that either denies; both have a cut, or neither has. A cut only moves forward."""
    wide = not (one.is_narrow and other.is_narrow)
    return Denial(
        cut=max(one.cut, other.cut) if one.cut and other.cut else None,
        sessions=() if wide else tuple(dict.fromkeys((*one.sessions, *other.sessions))),
        source_identity="" if wide else one.source_identity or other.source_identity,
        since=None if wide else min(filter(None, (one.since, other.since)), default=None),
    )


def size_of(document: str) -> int:
    """Characters as AWS counts them against the quota: without white space."""
    return len("".join(document.split()))


def is_deny_all(document: str) -> bool:
    """Whether somebody's policy denies everything to everybody, in whatever words: what `managed` needs of one."""
    try:
        statements = json.loads(document)["Statement"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    each = statements if isinstance(statements, list) else [statements]
    return any(_is_total(statement) for statement in each)


def _is_total(statement: Any) -> bool:
    plain = isinstance(statement, dict) and {*statement} <= {"Sid", "Effect", "Action", "Resource"}
    return (
        plain
        and statement.get("Effect") == "Deny"
        and _is_star(statement, "Action")
        and _is_star(statement, "Resource")
    )


def _is_star(statement: dict[str, Any], field: str) -> bool:
    value = statement.get(field)
    return value == "*" or (isinstance(value, list) and "*" in value)


def _statements(denial: Denial) -> Iterator[dict[str, object]]:
    before = {"DateLessThan": {"aws:TokenIssueTime": _stamp(denial.cut)}} if denial.cut else {}
    if denial.sessions or not denial.source_identity:
        names = {"StringEquals": {"aws:userid": list(denial.sessions)}} if denial.sessions else {}
        yield _deny(_DENY, before | names)
    if denial.source_identity:
        yield _deny(_SOURCE, before | {"StringEquals": {"aws:SourceIdentity": denial.source_identity}})
    if denial.since and denial.cut and denial.since < denial.cut and denial.is_narrow:
        yield _deny(_WINDOW, before | {"DateGreaterThanEquals": {"aws:TokenIssueTime": _stamp(denial.since)}})


def _deny(sid: str, condition: dict[str, Any]) -> dict[str, object]:
    statement: dict[str, object] = {"Sid": sid, "Effect": "Deny", "Action": "*", "Resource": "*"}
    return statement | {"Condition": condition} if condition else statement


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _read(statements: list[dict[str, Any]]) -> Denial:
    found = {statement["Sid"]: statement.get("Condition", {}) for statement in statements}
    first: dict[str, Any] = next(iter(found.values()), {})
    names = found.get(_DENY, {}).get("StringEquals", {}).get("aws:userid", ())
    return Denial(
        cut=_time(first, "DateLessThan"),
        sessions=(names,) if isinstance(names, str) else tuple(names),
        source_identity=found.get(_SOURCE, {}).get("StringEquals", {}).get("aws:SourceIdentity", ""),
        since=_time(found.get(_WINDOW, {}), "DateGreaterThanEquals"),
    )


def _time(condition: dict[str, Any], operator: str) -> datetime | None:
    stamp = condition.get(operator, {}).get("aws:TokenIssueTime")
    return None if stamp is None else datetime.fromisoformat(stamp)

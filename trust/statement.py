"""One statement of a trust policy, read as IAM reads it."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from model.text import code
from trust.condition import Condition, moment, network, number
from trust.operator import Family, Operator, operator
from trust.principal import ANYONE, Principal, aws, federated, service
from trust.value import Value, value
from trust.wildcard import matches, pattern

_KEYS = frozenset(
    ("Sid", "Effect", "Action", "NotAction", "Principal", "NotPrincipal", "Condition", "Resource", "NotResource")
)
_SID = re.compile(r"[0-9A-Za-z]*")
_ACTION = re.compile(r"\*|\*:\*|([a-z0-9-]+):[a-z0-9*?]+", re.IGNORECASE)
_KEY = re.compile(r"[^\s:]+:\S.*", re.DOTALL)
_TYPES: dict[str, Callable[[str], Principal | str]] = {"AWS": aws, "Service": service, "Federated": federated}
_READABLE: dict[Family, tuple[Callable[[str], object], str]] = {
    Family.NUMBER: (number, "is no number"),
    Family.DATE: (moment, "is no time like 2026-01-31T08:00:00Z"),
    Family.IP: (network, "is no address or range like 203.0.113.0/24"),
    Family.BOOL: (lambda text: text.lower() in ("true", "false") or None, "is neither true nor false"),
    Family.NULL: (lambda text: text.lower() in ("true", "false") or None, "is neither true nor false"),
}


class Statement(NamedTuple):
    """Who (`principals`, or with `not_principals` all but them) may or may not do what (`actions` in small letters,
    or with `not_actions` all but them), under which conditions, all of which must hold. `number` counts from 1."""

    number: int
    sid: str
    allow: bool
    actions: tuple[str, ...]
    not_actions: bool
    principals: tuple[Principal, ...]
    not_principals: bool
    conditions: tuple[Condition, ...]

    def covers(self, action: str) -> bool:
        """Whether an action like `sts:AssumeRole` is meant."""
        return _covers(self.actions, action.lower()) is not self.not_actions

    @property
    def name(self) -> str:
        """What to call it: its Sid, else its number."""
        return f"statement {code(self.sid)}" if self.sid else f"statement {self.number}"


@lru_cache(maxsize=4096)
def _covers(actions: tuple[str, ...], action: str) -> bool:
    return any(each == "*:*" or matches(pattern(each), action) for each in actions)


def read_statement(written: Any, count: int, variables: bool, reasons: list[str]) -> Statement | None:
    """The statement, or None with the reasons noted."""
    if not isinstance(written, dict):
        reasons.append(f"statement {count}: is no JSON object")
        return None
    noted = len(reasons)
    told = _Telling(count, reasons)
    _frame(written, told)
    actions = _actions(written, told)
    principals = _principals(written, told)
    conditions = _conditions(written.get("Condition", {}), variables, told)
    if len(reasons) > noted:
        return None
    return Statement(
        count,
        written.get("Sid", ""),
        written["Effect"] == "Allow",
        actions,
        "NotAction" in written,
        principals,
        "NotPrincipal" in written,
        conditions,
    )


class _Telling(NamedTuple):
    """Notes reasons with the statement's number."""

    statement: int
    reasons: list[str]

    def __call__(self, why: str) -> None:
        self.reasons.append(f"statement {self.statement}: {why}")


def _frame(written: dict[str, Any], told: _Telling) -> None:
    for key in sorted(written.keys() - _KEYS):
        told(f"{code(str(key))} is no element of a statement")
    for key in ("Resource", "NotResource"):
        if key in written:
            told(f"{key} is prohibited in a trust policy: the role itself is the resource")
    if written.get("Effect") not in ("Allow", "Deny"):
        told(f"Effect is {code(str(written.get('Effect', 'missing')))}; it must be Allow or Deny")
    sid = written.get("Sid", "")
    if not isinstance(sid, str) or not _SID.fullmatch(sid):
        told(f"Sid {code(str(sid))} has other characters than letters and digits")
    for one, other in (("Action", "NotAction"), ("Principal", "NotPrincipal")):
        if (one in written) is (other in written):
            told(f"must have either {one} or {other}")


def _actions(written: dict[str, Any], told: _Telling) -> tuple[str, ...]:
    actions = _texts(written.get("Action", written.get("NotAction", "*")))
    if not actions:
        told("has no action: name sts:AssumeRole or another")
        return ()
    for action in actions:
        found = _ACTION.fullmatch(action)
        if found is None:
            told(f"action {code(action)} is not written like sts:AssumeRole")
        elif found[1] and found[1].lower() != "sts":
            told(f"action {code(action)}: a trust policy may only name actions of sts")
    return tuple(action.lower() for action in actions)


def _principals(written: dict[str, Any], told: _Telling) -> tuple[Principal, ...]:
    named = written.get("Principal", written.get("NotPrincipal", "*"))
    if named == "*":
        return (ANYONE,)
    if not isinstance(named, dict) or not named:
        told('the principal must be "*" or an object with AWS, Service or Federated')
        return ()
    return tuple(each for kind, entries in named.items() for each in _entries(kind, entries, told))


def _entries(kind: str, entries: Any, told: _Telling) -> list[Principal]:
    read = _TYPES.get(kind)
    if read is None:
        told(f"principals of type {code(str(kind))} cannot assume roles: there are AWS, Service and Federated")
        return []
    texts = _texts(entries)
    if not texts:
        told(f"principal {kind} names nobody")
    found: list[Principal] = []
    for text in texts or ():
        principal = read(text)
        if isinstance(principal, str):
            told(f"principal {code(text, 200)}: {principal}")
        else:
            found.append(principal)
    return found


def _conditions(written: Any, variables: bool, told: _Telling) -> tuple[Condition, ...]:
    if not isinstance(written, dict):
        told("Condition is no JSON object")
        return ()
    found: list[Condition] = []
    for name, tests in written.items():
        known = operator(name)
        if known is None:
            told(f"there is no condition operator {code(name)}")
        elif not isinstance(tests, dict):
            told(f"{known.text}: must be an object of condition keys")
        else:
            found += [each for key, values in tests.items() if (each := _test(known, key, values, variables, told))]
    return tuple(found)


def _test(known: Operator, key: str, written: Any, variables: bool, told: _Telling) -> Condition | None:
    texts = _texts(written, scalars=True)
    if not _KEY.fullmatch(key):
        told(f"condition key {code(key)} is not written like aws:PrincipalOrgID")
    elif texts is None:
        told(f"{known.text} {code(key)}: the values must be texts, numbers or true and false")
    else:
        values = tuple(value(text, variables=variables) for text in texts)
        for each in values:
            if _is_unreadable(known, each):
                told(f"{known.text} {code(key)}: {code(each.text)} {_READABLE[known.family][1]}")
        return Condition(known, key.lower(), key, values)
    return None


def _is_unreadable(known: Operator, written: Value) -> bool:
    return known.family in _READABLE and not written.variables and _READABLE[known.family][0](written.text) is None


def _texts(written: Any, *, scalars: bool = False) -> list[str] | None:
    """One text or a list of them as a list; with `scalars` numbers and true and false too; None where neither."""
    found = [_text(each, scalars) for each in (written if isinstance(written, list) else [written])]
    texts = [each for each in found if each is not None]
    return texts if len(texts) == len(found) else None


def _text(written: Any, scalars: bool) -> str | None:
    if isinstance(written, str):
        return written
    if not scalars or not isinstance(written, bool | int | float):
        return None
    return str(written).lower() if isinstance(written, bool) else str(written)

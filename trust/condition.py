"""One condition of a statement, and whether what a caller brings fits it."""

from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import NamedTuple

from trust.operator import Each, Family, Operator
from trust.truth import FALSE, TRUE, UNKNOWN, Truth, every, negated, some, truth
from trust.value import Brought, Unresolved, Value
from trust.wildcard import Pattern, matches

Network = IPv4Network | IPv6Network


class Condition(NamedTuple):
    """A key (small letters; `written` as it stands), an operator, and the values of which one must fit."""

    operator: Operator
    key: str
    written: str
    values: tuple[Value, ...]


def holds(condition: Condition, brought: Brought) -> Truth:
    """Whether the condition is met by what a caller brings."""
    operator = condition.operator
    values = brought(condition.key)
    if operator.family is Family.NULL:
        return _null(condition, values)
    if values is None:
        return _unknown(condition)
    if not values:
        return truth(_when_absent(operator))
    judged = [_fits(condition, each, brought) for each in values]
    if operator.each is Each.ALL:
        return every(judged)
    if operator.each is Each.ANY or not operator.is_negated:
        return some(judged)
    return every(judged)


def _null(condition: Condition, values: tuple[str, ...] | None) -> Truth:
    if values is None:
        wanted = {value.text.lower() for value in condition.values}
        return TRUE if wanted >= {"true", "false"} else UNKNOWN
    return truth(any((value.text.lower() == "true") is not bool(values) for value in condition.values))


def _unknown(condition: Condition) -> Truth:
    """Whatever is brought, or nothing, `IfExists` with `*` is met; all else depends."""
    operator = condition.operator
    is_open = operator.family is Family.LIKE and any(value.text == "*" for value in condition.values)
    if not is_open or operator.is_negated:
        return UNKNOWN
    return TRUE if operator.if_exists or operator.each is Each.ALL else UNKNOWN


def _when_absent(operator: Operator) -> bool:
    if operator.if_exists or operator.each is Each.ALL:
        return True
    return operator.is_negated and operator.each is None


def _fits(condition: Condition, brought: str, context: Brought) -> Truth:
    """Whether one value that was brought fits one of the condition's, or with a negated operator none."""
    operator = condition.operator
    found = some(_same(operator, value, brought, context) for value in condition.values)
    return negated(found) if operator.is_negated else found


def _same(operator: Operator, value: Value, brought: str, context: Brought) -> Truth:
    wild = operator.family in (Family.LIKE, Family.ARN)
    wanted = value.resolved(context, wild=wild)
    if isinstance(wanted, Unresolved):
        return FALSE if wanted.is_known and not operator.is_negated else UNKNOWN
    if operator.family is Family.LIKE:
        return truth(matches(wanted, brought))
    if operator.family is Family.ARN:
        return _arn(wanted, brought)
    return truth(_compare(operator, "".join(mark or "" for mark in wanted), brought))


def _compare(operator: Operator, wanted: str, brought: str) -> bool:
    family = operator.family
    if family in (Family.EQUALS, Family.BINARY):
        return wanted == brought
    if family is Family.EQUALS_IGNORING_CASE:
        return wanted.casefold() == brought.casefold()
    if family is Family.BOOL:
        return wanted.lower() == brought.lower()
    if family is Family.IP:
        return _within(network(wanted), brought)
    read = number if family is Family.NUMBER else moment
    return _ordered(read(brought), operator.order, read(wanted))


def _ordered(brought: float | None, order: str, wanted: float | None) -> bool:
    if brought is None or wanted is None:
        return False
    if order == "=":
        return brought == wanted
    if order in ("<=", ">=") and brought == wanted:
        return True
    return brought < wanted if order[0] == "<" else brought > wanted


def _within(wanted: Network | None, brought: str) -> bool:
    try:
        address = ip_address(brought)
    except ValueError:
        return False
    return wanted is not None and address.version == wanted.version and address in wanted


def _arn(wanted: Pattern, brought: str) -> Truth:
    """ARNs are compared field by field: a wildcard does not pass a colon, but in the last of the six fields."""
    fields = _fields(wanted)
    if len(fields) < 6:
        return (TRUE if wanted == (None,) else UNKNOWN) if matches(wanted, brought) else FALSE
    parts = brought.split(":", 5)
    return truth(len(parts) == 6 and all(matches(*each) for each in zip(fields, parts, strict=True)))


@lru_cache(maxsize=4096)
def _fields(wanted: Pattern) -> tuple[Pattern, ...]:
    fields: list[list[str | None]] = [[]]
    for mark in wanted:
        if mark == ":" and len(fields) < 6:
            fields.append([])
        else:
            fields[-1].append(mark)
    return tuple(tuple(field) for field in fields)


@lru_cache(maxsize=4096)
def network(text: str) -> Network | None:
    """An address or range; None where it is none."""
    try:
        return ip_network(text.strip(), strict=False)
    except ValueError:
        return None


def number(text: str) -> float | None:
    """A number; None where it is none."""
    try:
        found = float(text)
    except ValueError:
        return None
    return found if found - found == 0 else None


def moment(text: str) -> float | None:
    """A time in seconds since 1970, written as ISO 8601 or as that number; None where it is none."""
    if (seconds := number(text)) is not None:
        return seconds
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()

"""Yes, no, or it depends on the caller."""

from collections.abc import Iterable
from enum import IntEnum


class Truth(IntEnum):
    """Ordered, so that the least is a conjunction and the greatest a disjunction (Kleene's logic)."""

    FALSE = 0
    UNKNOWN = 1
    TRUE = 2


FALSE, UNKNOWN, TRUE = Truth.FALSE, Truth.UNKNOWN, Truth.TRUE


def truth(value: bool) -> Truth:
    """A plain yes or no."""
    return TRUE if value else FALSE


def negated(value: Truth) -> Truth:
    """What depends on the caller still does."""
    return Truth(2 - value)


def every(values: Iterable[Truth]) -> Truth:
    """Whether all hold; nothing to hold is true."""
    least = TRUE
    for value in values:
        if value is FALSE:
            return FALSE
        least = min(least, value)
    return least


def some(values: Iterable[Truth]) -> Truth:
    """Whether one holds; nothing to hold is false."""
    most = FALSE
    for value in values:
        if value is TRUE:
            return TRUE
        most = max(most, value)
    return most

"""Windows of time around one moment, also where later moments were seen before it."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def windows(items: Sequence[T], when: Callable[[T], float], at: float, length: float) -> Iterator[list[T]]:
    """Every window (end - length, end] that holds `at` and ends at it or at a later item's time, the earliest first.

    Nothing where no item is that late: put the item of `at` itself among them.
    """
    for end in sorted({when(item) for item in items if at <= when(item) < at + length}):
        yield [item for item in items if end - length < when(item) <= end]

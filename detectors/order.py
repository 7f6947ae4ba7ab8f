"""Records of one poll in the order in which they can have happened."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from model.assumption import ApiCall, RoleAssumption

Item = RoleAssumption | ApiCall


def in_order(items: Iterable[Item]) -> Iterator[Item]:
    """By time; within a second, who made a session before who used it, whatever order they were written in."""
    ordered = sorted(items, key=_when)
    for _, same in groupby(ordered, key=lambda item: item.time):
        together = list(same)
        yield from _causal(together) if len(together) > 1 else together


def _when(item: Item) -> tuple[float, bool, str]:
    return (item.time, True, item.record) if isinstance(item, ApiCall) else (item.time, False, min(item.records))


def _causal(items: list[Item]) -> Iterator[Item]:
    made = [item for item in items if isinstance(item, RoleAssumption)]
    makers = {name: item for item in reversed(made) for name in _names(item)}
    done: set[int] = set()
    for item in items:
        waiting = _ancestors(item, makers, done)
        done.update(id(each) for each in waiting)
        yield from reversed(waiting)


def _ancestors(item: Item, makers: dict[str, RoleAssumption], done: set[int]) -> list[Item]:
    """The item and, after it, those that must come before it and did not yet."""
    found: list[Item] = []
    at: Item | None = item
    while at is not None and id(at) not in done and at not in found:
        found.append(at)
        at = makers.get(at.caller_key or "") or makers.get(at.caller_session or "")
    return found


def _names(made: RoleAssumption) -> list[str]:
    session = f"{made.role_id}:{made.session_name}" if made.role_id else None
    return [name for name in (made.new_key, session) if name and not made.denied]

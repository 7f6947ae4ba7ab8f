"""Records of one poll in the order in which they can have happened."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from model.assumption import ApiCall, RoleAssumption

Item = RoleAssumption | ApiCall


def in_order(items: Iterable[Item]) -> Iterator[Item]:
    """By time; within a second, who made a session before who used it, whatever order they were written in."""
    for _, same in groupby(sorted(items, key=_when), key=_time):
        together = list(same)
        yield from _causal(together) if len(together) > 1 else together


def _when(item: Item) -> tuple[float, bool, str]:
    return (item.time, True, item.record) if isinstance(item, ApiCall) else (item.time, False, min(item.records))


def _time(item: Item) -> float:
    return item.time


def _causal(items: list[Item]) -> Iterator[Item]:
    """Assumptions come first as they are sorted, so only they can be out of order."""
    made = [item for item in items if isinstance(item, RoleAssumption)]
    if len(made) < 2:
        yield from items
        return
    makers = {name: item for item in reversed(made) for name in _names(item)}
    done: set[int] = set()
    for item in made:
        waiting = _ancestors(item, makers, done)
        done.update(waiting)
        yield from reversed(waiting.values())
    yield from items[len(made) :]


def _ancestors(item: RoleAssumption, makers: dict[str, RoleAssumption], done: set[int]) -> dict[int, RoleAssumption]:
    """The assumption and, after it, those that must come before it and did not yet."""
    found: dict[int, RoleAssumption] = {}
    at: RoleAssumption | None = item
    while at is not None and id(at) not in done and id(at) not in found:
        found[id(at)] = at
        at = makers.get(at.caller_key or "") or makers.get(at.caller_session or "")
    return found


def _names(made: RoleAssumption) -> list[str]:
    session = f"{made.role_id}:{made.session_name}" if made.role_id else None
    return [name for name in (made.new_key, session) if name and not made.denied]

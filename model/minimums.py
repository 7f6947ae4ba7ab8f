"""When identities asked for sessions of the shortest length: the latest few of each."""

from bisect import insort
from collections import OrderedDict
from collections.abc import Iterable

from model.assumed import Assumed, Given
from model.assumption import RoleAssumption

SHORTEST_S = 900
"""The shortest session that STS gives, in seconds."""
LATEST = 12
MOST = 20_000


class Minimums:
    """Bounded: the latest 12 times of the 20,000 identities that asked last. `restore` makes it anew from the log."""

    def __init__(self) -> None:
        self._asked: OrderedDict[str, list[float]] = OrderedDict()

    def add(self, made: RoleAssumption) -> None:
        """Remember the assumption where it asked for a shortest session and got it."""
        if made.duration is None or made.duration > SHORTEST_S or made.denied:
            return
        times = self._asked.setdefault(made.caller.key, [])
        self._asked.move_to_end(made.caller.key)
        insort(times, made.time)
        del times[:-LATEST]
        if len(self._asked) > MOST:
            self._asked.popitem(last=False)

    def of(self, key: str) -> list[float]:
        """The times of an identity, in order (seconds since 1970 UTC)."""
        return self._asked.get(key, [])

    def restore(self, items: Iterable[Assumed]) -> None:
        """Go on from a log."""
        for item in items:
            if isinstance(item, Given):
                self.add(item.made)

"""Chains whose beginning was not seen yet: a late record may show it."""

from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Iterable
from functools import lru_cache

from detectors.order import Item
from model.assumed import Assumed, Given, Odd, Told
from model.assumption import ApiCall, Copy, RoleAssumption, corrected
from model.chain import Chain
from model.identities import role_session
from model.identity import Kind
from model.lineage_book import LineageBook

MOST_ROOTS = 20_000
MOST_CHILDREN = 64
"""Assumptions and odd calls of one root that are remembered: the latest."""
MOST = 200_000
"""Assumptions and odd calls that are remembered in all."""
LATE_S = 12 * 3600

Root = tuple[str, str | None]
_OPEN = frozenset((Kind.ROLE, Kind.ACCOUNT, Kind.UNKNOWN))


class Rootless:
    """Assumptions and odd calls by the origin they have so far, where that may itself be somebody's session."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._children: OrderedDict[Root, list[Item]] = OrderedDict()
        self._log: list[Assumed] = []
        self._roots: dict[str, Root] = {}
        self._names: dict[str | None, int] = {}  # how many roots have this session name

    def add(self, item: Item, chain: Chain) -> None:
        """Remember an assumption, or a call that is odd, where its chain's origin is no person or service, or where
        only a session's name led there."""
        origin = chain.origin
        if origin.kind not in _OPEN and not any(_is_named(each) for each in (item, *chain.hops)):
            return
        root = (origin.key, origin.session_name)
        children = self._children.get(root)
        if children is None:
            children = self._children[root] = []
            self._names[root[1]] = self._names.get(root[1], 0) + 1
        self._children.move_to_end(root)
        self._roots[_record(item)] = root
        if isinstance(item, ApiCall):
            self._log.append(Odd(item))
        if children and _order(children[-1]) > _order(item):
            insort(children, item, key=_order)
        else:
            children.append(item)
        if len(children) > MOST_CHILDREN:
            self._roots.pop(_record(children.pop(0)), None)
        while len(self._children) > MOST_ROOTS or len(self._roots) > self._most:
            self._pop(next(iter(self._children)))

    def take(self, made: RoleAssumption) -> tuple[str, list[Item]]:
        """The origin's key, and what was done in the session that `made` made before it was known how it came to be."""
        if made.session_name not in self._names:
            return "", []
        for key in _keys(made.role_arn, made.role_id, made.session_name):
            children = self._children.get((key, made.session_name))
            if children is None or children[-1].time < made.time - 2:
                continue
            first = bisect_left(children, made.time - 2, key=_time)
            if children[first].time <= made.time + LATE_S:
                return key, self._pop((key, made.session_name))
        return "", []

    def take_with(self, copy: Copy) -> tuple[str, list[Item]]:
        """The same, for everything that has its origin in common with the assumption that this is a copy of."""
        root = self._roots.get(copy.of)
        if root is None:
            return "", []
        return root[0], [_corrected(item, copy) for item in self._pop(root)]

    def logged(self) -> list[Assumed]:
        """What must be logged since the last call."""
        found = self._log[:]
        self._log.clear()
        return found

    def restore(self, items: Iterable[Assumed], book: LineageBook) -> None:
        """Go on from a log, with the book that was restored from it."""
        given: dict[str, RoleAssumption] = {}
        odd: dict[str, ApiCall] = {}
        for item in items:
            if isinstance(item, Given):
                given[item.made.records[0]] = item.made
            elif isinstance(item, Told) and item.copy.of in given:
                given[item.copy.of] = corrected(given[item.copy.of], item.copy)
            elif isinstance(item, Odd):
                odd[item.call.record] = item.call
        for record, made in given.items():
            self.add(made, book.by_record(record) or book.of(made))
        for call in odd.values():
            self.add(call, book.of(call))
        self._log.clear()

    def _pop(self, root: Root) -> list[Item]:
        children = self._children.pop(root)
        for child in children:
            self._roots.pop(_record(child), None)
        self._names[root[1]] -= 1
        if not self._names[root[1]]:
            del self._names[root[1]]
        return children


@lru_cache(maxsize=65_536)
def _keys(role_arn: str, role_id: str | None, session_name: str) -> tuple[str, ...]:
    """The keys that a role's session can have in records: by the role's unique id, and where they do not say it."""
    return tuple([role_session(role_arn, each, session_name).key for each in dict.fromkeys((role_id, None))])


def _is_named(item: Item) -> bool:
    return item.caller_key is None and item.caller.session_name is not None


def _corrected(item: Item, copy: Copy) -> Item:
    return corrected(item, copy) if isinstance(item, RoleAssumption) and item.records[0] == copy.of else item


def _record(item: Item) -> str:
    return item.record if isinstance(item, ApiCall) else item.records[0]


def _time(item: Item) -> float:
    return item.time


def _order(item: Item) -> tuple[float, str]:
    return item.time, _record(item)

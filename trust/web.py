"""A graph of numbers: who comes where in how many hops, over sets of marks. It knows nothing of IAM.

Nodes are 0 … n-1. A *stop* is a node that bears a mark (a role in its account); coming to a stop is one hop. A *join*
has no mark and costs no hop: it stands for a crowd (everybody of an account) on one side or a set of roles on the
other, so that a crowd of p and a set of r are p + r edges and not p x r. Joins never form a ring among themselves.

Sets of marks are whole numbers, a bit a mark: the union of two sets is one operation however many they hold.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property

Edges = Sequence[Sequence[int]]
Pass = Callable[[int], bool]


class Web:
    """`to[n]`: where node n leads. `marks[n]`: the bit of a stop, 0 for whoever nobody comes to; joins are the nodes
    from `joins` on, each leading only to stops and to joins before it."""

    def __init__(self, to: Edges, marks: Sequence[int], joins: int) -> None:
        self.to = to
        self.marks = marks
        self.joins = joins

    def within(self, hops: int, passes: Pass | None = None) -> list[int]:
        """For each node the set of marks that it comes to in so many hops at most; only over joins that pass."""
        found = [0] * len(self.to)
        for _ in range(hops):
            grown = self._one_more(found, passes)
            if grown == found:
                break
            found = grown
        return found

    def _one_more(self, found: Sequence[int], passes: Pass | None) -> list[int]:
        there = [mark | more for mark, more in zip(self.marks, found, strict=True)]
        grown = [0] * len(self.to)
        order = (*range(self.joins, len(self.to)), *range(self.joins))
        for node in order:
            if passes is not None and node >= self.joins and not passes(node):
                continue
            held = 0
            for target in self.to[node]:
                held |= grown[target] if target >= self.joins else there[target]
            grown[node] = held
        return grown

    @cached_property
    def whole(self) -> list[int]:
        """For each node the set of marks that it comes to in any number of hops."""
        found = [0] * len(self.to)
        for ring in rings(self.to):
            held = 0
            for node in ring:
                for target in self.to[node]:
                    held |= found[target] | self.marks[target]
            if len(ring) > 1:
                for node in ring:
                    held |= self.marks[node]
            for node in ring:
                found[node] = held
        return found

    def reversed(self) -> list[list[int]]:
        """For each node those that lead to it."""
        back: list[list[int]] = [[] for _ in self.to]
        for node, targets in enumerate(self.to):
            for target in targets:
                back[target].append(node)
        return back

    def ways(self, begins: Iterable[int], passes: Pass | None = None) -> dict[int, tuple[int, int]]:
        """Every node that these come to: how many hops at least, and the node before it on such a way (-1: a begin)."""
        found = dict.fromkeys(begins, (0, -1))
        edge, hops = list(found), 0
        while edge:
            stops: list[int] = []
            while edge:
                node = edge.pop()
                for target in self.to[node]:
                    if target in found or (passes is not None and target >= self.joins and not passes(target)):
                        continue
                    joins = target >= self.joins
                    found[target] = (hops if joins else hops + 1, node)
                    (edge if joins else stops).append(target)
            edge, hops = stops, hops + 1
        return found


def way_to(node: int, ways: dict[int, tuple[int, int]]) -> list[int]:
    """The way that `ways` found to a node, from its begin, with the joins on it."""
    way = [node]
    while ways[way[-1]][1] >= 0:
        way.append(ways[way[-1]][1])
    return way[::-1]


def bits(held: int) -> list[int]:
    """The places of the bits that are set, rising."""
    text = f"{held:b}"[::-1]
    found, at = [], text.find("1")
    while at >= 0:
        found.append(at)
        at = text.find("1", at + 1)
    return found


def rings(to: Edges) -> list[list[int]]:
    """The strongly connected components (Tarjan), each after all that it leads to."""
    search = _Rings(to)
    for node in range(len(to)):
        if not search.number[node]:
            search.walk(node)
    return search.found


class _Rings:
    """One search. `number`: when a node was met first, 0 before and -1 once its component is found."""

    def __init__(self, to: Edges) -> None:
        self.to = to
        self.number = [0] * len(to)
        self.low = [0] * len(to)
        self.found: list[list[int]] = []
        self._waiting: list[int] = []
        self._count = 0

    def walk(self, begin: int) -> None:
        """Everything that is come to from here and was not met yet."""
        path = [self._meet(begin)]
        while path:
            node, rest = path[-1]
            target = self._unmet(node, rest)
            if target is not None:
                path.append(self._meet(target))
                continue
            path.pop()
            if path:
                self.low[path[-1][0]] = min(self.low[path[-1][0]], self.low[node])
            if self.low[node] == self.number[node]:
                self._close(node)

    def _meet(self, node: int) -> tuple[int, Iterator[int]]:
        self._count += 1
        self.number[node] = self.low[node] = self._count
        self._waiting.append(node)
        return node, iter(self.to[node])

    def _unmet(self, node: int, rest: Iterator[int]) -> int | None:
        for target in rest:
            if not self.number[target]:
                return target
            if self.number[target] > 0:
                self.low[node] = min(self.low[node], self.number[target])
        return None

    def _close(self, node: int) -> None:
        ring: list[int] = []
        while not ring or ring[-1] != node:
            ring.append(self._waiting.pop())
            self.number[ring[-1]] = -1
        self.found.append(ring)


def gates(to: Edges, begins: Sequence[int]) -> dict[int, int]:
    """For each node that the begins come to, the last node that every way to it passes (-1: none but the begins).

    The immediate dominators, by Cooper, Harvey and Kennedy's iteration.
    """
    order = _postorder(to, begins)
    place = {node: at for at, node in enumerate(order)}
    root = len(order)
    place[-1] = root
    before: dict[int, list[int]] = {node: [-1] for node in begins}
    for node in order:
        for target in to[node]:
            before.setdefault(target, []).append(node)
    gate = {-1: -1}
    changed = True
    while changed:
        changed = False
        for node in reversed(order):
            new = _meeting([each for each in before[node] if each in gate], gate, place)
            if gate.get(node) != new:
                gate[node], changed = new, True
    del gate[-1]
    return gate


def _meeting(nodes: Sequence[int], gate: dict[int, int], place: dict[int, int]) -> int:
    met = nodes[0]
    for node in nodes[1:]:
        other = node
        while met != other:
            while place[met] < place[other]:
                met = gate[met]
            while place[other] < place[met]:
                other = gate[other]
    return met


def _postorder(to: Edges, begins: Sequence[int]) -> list[int]:
    seen = set(begins)
    order: list[int] = []
    path = [(node, iter(to[node])) for node in reversed(begins)]
    while path:
        node, rest = path[-1]
        target = next((each for each in rest if each not in seen), None)
        if target is None:
            order.append(node)
            path.pop()
        else:
            seen.add(target)
            path.append((target, iter(to[target])))
    return order

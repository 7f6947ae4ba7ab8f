"""Reach in hops over a graph of numbers, held against the plainest way to find it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust.web import Web, bits, gates, rings, way_to

STOPS, BEGINS, JOINS = 6, 2, 4
FIRST = STOPS + BEGINS


@st.composite
def webs(draw: st.DrawFn) -> Web:
    stops = st.lists(st.integers(0, STOPS - 1), max_size=3)
    to = [draw(stops) + draw(st.lists(st.integers(FIRST, FIRST + JOINS - 1), max_size=2)) for _ in range(FIRST)]
    for join in range(JOINS):
        earlier = st.lists(st.integers(FIRST, FIRST + join - 1), max_size=2) if join else st.just([])
        to.append(draw(stops) + draw(earlier))
    marks = [1 << draw(st.integers(0, 3)) for _ in range(STOPS)] + [0] * (BEGINS + JOINS)
    return Web(to, marks, FIRST)


def plainly(web: Web, begin: int) -> dict[int, int]:
    """The fewest hops to every stop, by walking."""
    found: dict[int, int] = {}
    edge = {begin}
    for hop in range(1, STOPS + 2):
        stops: set[int] = set()
        seen: set[int] = set()
        todo = list(edge)
        while todo:
            for target in web.to[todo.pop()]:
                if target >= web.joins and target not in seen:
                    seen.add(target)
                    todo.append(target)
                elif target < web.joins:
                    stops.add(target)
        for stop in stops:
            found.setdefault(stop, hop)
        edge = stops
    return found


def marks_of(web: Web, stops: list[int]) -> int:
    held = 0
    for stop in stops:
        held |= web.marks[stop]
    return held


@given(webs(), st.integers(0, 4))
def test_reach_in_hops_is_what_walking_finds(web: Web, hops: int) -> None:
    found = web.within(hops)
    for begin in range(FIRST):
        near = [stop for stop, hop in plainly(web, begin).items() if hop <= hops]
        assert found[begin] == marks_of(web, near)


@given(webs())
def test_reach_without_a_limit_is_what_walking_finds(web: Web) -> None:
    for begin in range(FIRST):
        assert web.whole[begin] == marks_of(web, [*plainly(web, begin)])


@given(webs())
def test_a_way_is_a_shortest_one_and_walks_along_edges(web: Web) -> None:
    ways = web.ways([STOPS])
    walked = plainly(web, STOPS)
    assert {node: hop for node, (hop, _) in ways.items() if node < STOPS} == walked
    for stop in walked:
        way = way_to(stop, ways)
        assert way[0] == STOPS
        assert all(b in web.to[a] for a, b in pairwise(way))


@given(webs(), st.lists(st.integers(0, FIRST - 1), min_size=1, max_size=3, unique=True))
def test_without_its_gate_a_node_is_not_come_to(web: Web, begins: list[int]) -> None:
    gate = gates(web.to, begins)
    assert gate.keys() == web.ways(begins).keys()
    for node in gate:
        chain = _chain(gate, node)
        for other in gate.keys() - {node}:
            assert (node not in _come_to(web, begins, {other})) == (other in chain)


def _chain(gate: dict[int, int], node: int) -> set[int]:
    found = set()
    while gate[node] >= 0:
        node = gate[node]
        found.add(node)
    return found


def _come_to(web: Web, begins: list[int], closed: set[int]) -> frozenset[int]:
    todo = [begin for begin in begins if begin not in closed]
    seen = set(todo)
    while todo:
        for target in web.to[todo.pop()]:
            if target not in seen and target not in closed:
                seen.add(target)
                todo.append(target)
    return frozenset(seen)


@given(webs())
def test_rings_are_everything_once_and_lead_only_to_earlier_ones(web: Web) -> None:
    found = rings(web.to)
    place = {node: at for at, ring in enumerate(found) for node in ring}
    assert sorted(place) == list(range(len(web.to)))
    for node, targets in enumerate(web.to):
        assert all(place[target] <= place[node] for target in targets)


def test_a_long_chain_neither_overflows_the_stack_nor_takes_its_square() -> None:
    size = 50_000
    web = Web([[n + 1] for n in range(size - 1)] + [[]], [1] * size, size)
    assert web.whole[0] == 1
    assert len(gates(web.to, [0])) == size
    assert web.ways([0])[size - 1][0] == size - 1


def test_joins_that_do_not_pass_are_closed() -> None:
    web = Web([[2], [], [1]], [1, 2, 0], 2)
    assert web.within(3)[0] == 2
    assert web.within(3, lambda _join: False)[0] == 0
    assert web.ways([0], lambda _join: False) == {0: (0, -1)}


@pytest.mark.parametrize(("held", "places"), [(0, []), (1, [0]), (0b1010, [1, 3]), (1 << 500, [500])])
def test_bits_are_told_by_their_places(held: int, places: list[int]) -> None:
    assert bits(held) == places

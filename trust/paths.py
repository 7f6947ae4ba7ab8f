"""What to worry about in a trust graph: ways in from outside, from development to production, and where they narrow."""

from collections.abc import Iterable, Sequence
from enum import Enum
from typing import NamedTuple

from model.trust_map import DEVELOPMENT, PRODUCTION, TrustMap
from trust.graph import Step, TrustGraph
from trust.nodes import Kind, Node
from trust.web import Web, bits, gates

MOST_STEPS = 4_000_000
"""Some seconds."""


class Concern(Enum):
    """What makes a way one to worry about."""

    OUTSIDE = "outside"
    PRODUCTION = "development_to_production"


class Path(NamedTuple):
    """A shortest way to an account. `free`: nothing has to hold on it that a stranger lacks. `rank`: who begins it, the
    worst first: anybody or who is not known, strangers with tokens, development, vendors that are known."""

    concern: Concern
    account: str
    free: bool
    steps: tuple[Step, ...]
    rank: int

    @property
    def hops(self) -> int:
        """How many hops it has."""
        return len(self.steps)


class Choke(NamedTuple):
    """A role that every way to some roles passes: with it closed, `accounts` and `roles` are not come to."""

    concern: Concern
    role: Node
    accounts: tuple[str, ...]
    roles: int


class Crossing(NamedTuple):
    """A role between accounts: from how many it is come to, and to how many it leads, its own left out."""

    role: Node
    comes_from: int
    leads_to: int


def development(graph: TrustGraph) -> list[int]:
    """The principals of development accounts; of those without files the account."""
    told, known = TrustMap(graph.organization), graph.snapshot.accounts
    return [
        number
        for number, node in enumerate(graph.nodes.all)
        if (node.kind in (Kind.ROLE, Kind.USER) or (node.kind is Kind.ACCOUNT and node.account not in known))
        and told.environment(node.account) is DEVELOPMENT
    ]


def production(graph: TrustGraph) -> frozenset[str]:
    """The accounts that are production."""
    told = TrustMap(graph.organization)
    return frozenset(account for account in graph.accounts if told.environment(account) is PRODUCTION)


def paths(graph: TrustGraph) -> list[Path]:
    """The worst first: freely, by who begins them (Path.rank), into production, in few hops. From outside one way for
    each begin and each account that it comes to, where there are not too many begins for that; else one for each
    account."""
    targets, every = production(graph), frozenset(graph.accounts)
    found = [path for begins in _apart(graph) for path in _paths(graph, Concern.OUTSIDE, begins, every)]
    found += _paths(graph, Concern.PRODUCTION, development(graph), targets)
    return sorted(
        found, key=lambda path: (not path.free, path.rank, path.account not in targets, path.hops, path.account)
    )


def _rank(graph: TrustGraph, concern: Concern, begin: Node) -> int:
    if concern is Concern.PRODUCTION:
        return 2
    if begin.kind is Kind.CUSTOMERS:
        return 1
    return 3 if graph.is_known(begin) else 0


def _apart(graph: TrustGraph) -> list[list[int]]:
    """The begins outside one by one, as long as that takes no more steps than people wait for; else all together."""
    steps = len(graph.outside) * sum(map(len, graph.web.to))
    return [[begin] for begin in graph.outside] if steps <= MOST_STEPS else [graph.outside]


def _paths(graph: TrustGraph, concern: Concern, begins: Sequence[int], targets: frozenset[str]) -> Iterable[Path]:
    if not begins or not targets:
        return
    met: set[str] = set()
    for free in (True, False):
        ways = graph.ways(begins, freely=free)
        for account, role in _nearest(graph, ways, targets - met).items():
            met.add(account)
            steps = graph.steps(role, ways)
            yield Path(concern, account, free, steps, _rank(graph, concern, steps[0].source))


def _nearest(graph: TrustGraph, ways: dict[int, tuple[int, int]], targets: frozenset[str]) -> dict[str, int]:
    """The role that is come to first in each account."""
    found: dict[str, int] = {}
    for number, (hops, _) in ways.items():
        if not hops or number >= len(graph.nodes.roles):
            continue
        account = graph.nodes.all[number].account
        if account in targets and (account not in found or hops < ways[found[account]][0]):
            found[account] = number
    return found


def chokes(graph: TrustGraph, most: int = 20) -> list[Choke]:
    """The roles through which most of what is come to is come to, and nowhere else."""
    found = [*_chokes(graph, Concern.OUTSIDE, graph.outside)]
    found += _chokes(graph, Concern.PRODUCTION, development(graph))
    found.sort(key=lambda choke: (-len(choke.accounts), -choke.roles, choke.role.name, choke.concern.value))
    return found[:most]


def _chokes(graph: TrustGraph, concern: Concern, begins: Sequence[int]) -> Iterable[Choke]:
    """From development only what leads into production counts."""
    counted = production(graph) if concern is Concern.PRODUCTION else frozenset(graph.accounts)
    gate, known = gates(graph.web.to, begins) if begins else {}, frozenset(begins)
    held: dict[int, int] = {}
    roles: dict[int, int] = {}
    for node in reversed(gate):
        above = gate[node]
        counts = node < len(graph.nodes.roles) and graph.nodes.all[node].account in counted
        held[above] = held.get(above, 0) | held.get(node, 0) | (graph.web.marks[node] if counts else 0)
        roles[above] = roles.get(above, 0) + roles.get(node, 0) + counts
    for node in gate:
        if node < len(graph.nodes.roles) and node not in known and (behind := graph.others(node, held.get(node, 0))):
            yield Choke(concern, graph.nodes.all[node], tuple(behind), roles[node])


def crossings(graph: TrustGraph, most: int = 20) -> list[Crossing]:
    """The roles through which most pairs of accounts are joined."""
    bit = {account: 1 << at for at, account in enumerate(sorted({node.account for node in graph.nodes.all}))}
    marks = [bit[node.account] if node.account else 0 for node in graph.nodes.all]
    marks += [0] * (len(graph.web.to) - len(marks))
    before = Web(graph.web.reversed(), marks, graph.web.joins).whole
    found = []
    for number, role in enumerate(graph.nodes.roles):
        comes = len(bits(before[number] & ~bit[role.account]))
        leads = len(graph.others(number, graph.whole[number]))
        if comes and leads:
            found.append(Crossing(graph.nodes.all[number], comes, leads))
    found.sort(key=lambda each: (-each.comes_from * each.leads_to, each.role.name))
    return found[:most]


class Radius(NamedTuple):
    """What somebody comes to: the accounts in at most 1, 2, … hops, the node's own left out; `free` those of the last
    by what strangers meet; `roles` how many."""

    node: Node
    within: tuple[tuple[str, ...], ...]
    free: tuple[str, ...]
    roles: int

    @property
    def accounts(self) -> tuple[str, ...]:
        """All of them."""
        return self.within[-1] if self.within else ()


def radius(graph: TrustGraph, number: int, hops: int) -> Radius:
    """The blast radius of a node in at most so many hops; it looks only at what is come to."""
    every = _by_hop(graph, number, hops, freely=False)
    free = _by_hop(graph, number, hops, freely=True)
    ways = [way for node, way in graph.ways([number]).items() if node < len(graph.nodes.roles) and 0 < way[0] <= hops]
    return Radius(graph.nodes.all[number], tuple(every), free[-1] if free else (), len(ways))


def _by_hop(graph: TrustGraph, number: int, hops: int, *, freely: bool) -> list[tuple[str, ...]]:
    own = graph.nodes.all[number].account
    first: dict[str, int] = {}
    for node, (hop, _) in graph.ways([number], freely=freely).items():
        if hop and node < len(graph.nodes.roles):
            account = graph.nodes.all[node].account
            first[account] = min(hop, first.get(account, hop))
    first.pop(own, None)
    last = min(hops, max(first.values(), default=1))
    return [tuple(sorted(each for each, hop in first.items() if hop <= limit)) for limit in range(1, last + 1)]

"""What the attacker can still reach: the chain's sessions on the graph of trust as IAM is configured."""

from collections.abc import Iterator
from datetime import datetime
from threading import Lock

from temporalio import activity

from activities.ports import Snapshots
from model.enrichment import Enrichment, StillInReach
from model.frozen import Frozen
from model.organization import Organization
from model.text import clean
from trust.graph import TrustGraph
from trust.paths import production
from trust.reading import Named, read_snapshot
from trust.snapshot import Trouble

HOPS = 5
"""Further nobody's session lives."""
NAMED = 10


class ReachQuestion(Frozen):
    """The principals of a chain: the origin's ARN where it has one, and the roles."""

    principals: tuple[str, ...]


class Reaching:
    """Keeps the graph of the latest snapshot; it is made anew when the files change."""

    def __init__(self, snapshots: Snapshots, organization: Organization) -> None:
        self._snapshots = snapshots
        self._organization = organization
        self._known: tuple[datetime, TrustGraph] | None = None
        self._one = Lock()

    @activity.defn(name="Trust: find what is still in reach")
    def reach(self, question: ReachQuestion) -> Enrichment:
        """How many other accounts the chain's sessions come to, in how many hops."""
        version = self._snapshots.version()
        if version is None:
            return Enrichment(missing=("what is still in reach: no snapshot of IAM (trust.snapshot in hopstop.toml)",))
        graph = self._graph(version)
        begins = [graph.find(name) for name in question.principals]
        unknown = tuple(name for name, found in zip(question.principals, begins, strict=True) if not found)
        if not any(begins):
            return Enrichment(missing=("what is still in reach: the snapshot of IAM knows nobody of this chain",))
        return Enrichment(reach=_reach(graph, [n for found in begins for n in found], version, unknown))

    def _graph(self, version: datetime) -> TrustGraph:
        """Made once, while others wait for it: a large organisation's takes seconds."""
        with self._one:
            if self._known is None or self._known[0] != version:
                self._known = (version, TrustGraph(read_snapshot(self._files()), self._organization))
            return self._known[1]

    def _files(self) -> Iterator[Named]:
        for each in self._snapshots.files():
            yield each.name, Trouble(each.name, each.trouble) if each.trouble else each.data


def _reach(graph: TrustGraph, begins: list[int], version: datetime, unknown: tuple[str, ...]) -> StillInReach:
    own = {graph.nodes.all[number].account for number in begins}
    nearest = _nearest(graph, begins, own, freely=False)
    last = min(HOPS, max(nearest.values(), default=0))
    touched = sorted(production(graph) & nearest.keys())
    return StillInReach(
        within=tuple(sum(hop <= limit for hop in nearest.values()) for limit in range(1, last + 1)),
        free=len(_nearest(graph, begins, own, freely=True)),
        production=tuple(_name(graph, account) for account in touched[:NAMED]),
        productions=len(touched),
        as_of=version,
        unknown=unknown,
    )


def _nearest(graph: TrustGraph, begins: list[int], own: set[str], *, freely: bool) -> dict[str, int]:
    """Other accounts, and the fewest hops to each."""
    found: dict[str, int] = {}
    for node, (hops, _) in graph.ways(begins, freely=freely).items():
        if not 0 < hops <= HOPS or node >= len(graph.nodes.roles):
            continue
        account = graph.nodes.all[node].account
        if account not in own:
            found[account] = min(hops, found.get(account, hops))
    return found


def _name(graph: TrustGraph, account: str) -> str:
    known = graph.organization.accounts.get(account)
    return clean(known.name, 40) if known and known.name else account

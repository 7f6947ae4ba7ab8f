"""The trust graph: reading, building and reaching, at 10,000 and 100,000 roles in 500 accounts; each by itself."""

import time
from pathlib import Path
from typing import NamedTuple

from bench.figures import Figure
from bench.scale import Scale
from bench.timing import resident
from bench.trust_world import files, organization
from bench.world import apart
from model.organization import organization_from
from trust.graph import TrustGraph
from trust.paths import chokes, paths
from trust.reading import read_snapshot

SECTION = "Trust graph"


class Reached(NamedTuple):
    """Seconds of CPU of each step (one core), nodes and edges, bytes of memory that were added."""

    read: float
    build: float
    whole: float
    two_hops: float
    worst: float
    nodes: int
    edges: int
    memory: float


def trust(_folder: Path, scale: Scale) -> list[Figure]:
    """At each size of (accounts, roles)."""
    figures = []
    for accounts, roles in scale.trust:
        name, reached = f"{roles:,} roles", apart(reach, accounts, roles)
        size = f"{accounts} accounts, {reached.nodes:,} nodes, {reached.edges:,} edges, {reached.memory / 1e6:.0f} MB"
        figures += [
            Figure(SECTION, f"{name}: read the files", reached.read, "s of CPU"),
            Figure(SECTION, f"{name}: make the graph", reached.build, "s of CPU", None, size),
            Figure(
                SECTION, f"{name}: everybody's reach", reached.whole, "s of CPU", None, "all principals to all accounts"
            ),
            Figure(SECTION, f"{name}: the same in 2 hops", reached.two_hops, "s of CPU"),
            Figure(SECTION, f"{name}: worst ways, choke points", reached.worst, "s of CPU"),
        ]
    return figures


def reach(accounts: int, roles: int) -> Reached:
    """One organisation, made before anything is timed."""
    made = list(files(accounts, roles))
    before = resident()
    began = time.process_time()
    snapshot = read_snapshot(made)
    read = time.process_time()
    graph = TrustGraph(snapshot, organization_from(organization(accounts)))
    built = time.process_time()
    whole = graph.whole
    reached = time.process_time()
    near = graph.within(2)
    hopped = time.process_time()
    worst = len(paths(graph)) + len(chokes(graph))
    ended = time.process_time()
    if not (any(whole) and any(near) and worst):
        raise RuntimeError("nobody reaches anything: the organisation is not what it should be")
    web = graph.web
    return Reached(
        read - began,
        built - read,
        reached - built,
        hopped - reached,
        ended - hopped,
        len(web.to),
        sum(map(len, web.to)),
        resident() - before,
    )
